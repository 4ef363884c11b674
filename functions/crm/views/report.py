"""What the last reconciliation found, kept beside the mark of the views, and as a metric."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from crm.core import clock, table, views
from crm.core.config import settings
from crm.core.projection import Key

RECONCILED: Key = ("VIEWS", "RECONCILED")


@dataclass(frozen=True)
class Family:
    """A family of views: how many items were compared, how much of it had drifted, and how much of that is mended."""

    items: int
    drift: int
    repaired: int


@dataclass(frozen=True)
class Report:
    """`at`: when the last reconciliation ended. Sums are the family `totals`."""

    at: str
    families: Mapping[str, Family]

    @property
    def drift(self) -> int:
        return sum(family.drift for family in self.families.values())

    @property
    def repaired(self) -> int:
        return sum(family.repaired for family in self.families.values())


def write(counts: Mapping[str, Any]) -> None:
    """Keep what was found, by `items:<family>`, `drift:<family>` and `repaired:<family>`, and tell CloudWatch."""
    names = sorted({name.partition(":")[2] for name in counts})
    families = {
        name: {what: int(counts.get(f"{what}:{name}", 0)) for what in ("items", "drift", "repaired")} for name in names
    }
    table.client().put_item(
        TableName=settings().views_table,
        Item=table.to_item({"pk": RECONCILED[0], "sk": RECONCILED[1], "at": clock.stamp(), "families": families}),
    )
    drift = sum(family["drift"] for family in families.values())
    with single_metric(name="ViewsDrift", unit=MetricUnit.Count, value=drift, namespace="CRM") as metric:
        metric.add_dimension(name="FunctionName", value=settings().function_name)


def last() -> Report | None:
    """What the last reconciliation found; None where there was none since the views were emptied."""
    found = views.item(RECONCILED)
    if found is None:
        return None
    families: Mapping[str, Mapping[str, Decimal]] = found["families"]
    return Report(
        found["at"],
        {name: Family(**{what: int(amount) for what, amount in family.items()}) for name, family in families.items()},
    )
