"""What a customer bought, gathered from all purchases so that rules can ask for it without reading them."""

from typing import Any

from pynamodb.attributes import BinaryAttribute

from crm.core.table import CrmItem
from crm.criteria.bought import SORT
from crm.customers.models import partition


class Bought(CrmItem, discriminator="bought"):
    """By day and product; written in the transaction of each purchase. `kept`: crm.criteria.bought.packed."""

    kept = BinaryAttribute(legacy_encoding=False)

    @classmethod
    def keyed(cls, customer_id: str, **attributes: Any) -> "Bought":
        """The one item of a customer."""
        return cls(partition(customer_id), SORT, **attributes)

    @classmethod
    def read(cls, customer_id: str) -> "Bought | None":
        """The item as it is now, consistently; None before the first purchase."""
        try:
            return cls.get(partition(customer_id), SORT, consistent_read=True)
        except cls.DoesNotExist:
            return None
