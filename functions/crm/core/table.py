"""The two tables: base class and attributes of the truth's models, transactions, and the plain client for views."""

import json
import random
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from decimal import Context, Decimal, Inexact
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.attributes import Attribute, DiscriminatorAttribute, UnicodeAttribute
from pynamodb.connection.table import TableConnection
from pynamodb.constants import LIST, MAP, NUMBER, STRING
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from crm.core import cause, direct
from crm.core import reason as reasons
from crm.core.config import settings
from crm.core.errors import StoreUnavailable
from crm.core.reason import Reason
from crm.core.typed import plain, plain_map, typed

if TYPE_CHECKING:
    from botocore.session import Session
    from mypy_boto3_dynamodb import DynamoDBClient

# What DynamoDB, or S3, answers when trying again later can help.
PASSING_CODES = frozenset(
    {
        "InternalError",
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
Fill = Callable[[TransactWrite], None]
"""Puts writes into a transaction."""
STORE_ERRORS = (BotoCoreError, ClientError, PynamoDBException, StoreUnavailable)
"""All that a call of the plain clients or of a model may raise; `is_passing` tells which of it to wait out."""
_ATTEMPTS = 6
_FIRST_PAUSE_SECONDS = 0.02
# DynamoDB numbers hold 38 digits; a value that would lose any is an error, not a rounding.
_WITH_PARTS = "\x1f"
_EXACT = Context(prec=38, traps=[Inexact])


# Our values are of the right kinds; to have botocore look at each costs as much as to send them.
_HOW = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"total_max_attempts": 4, "mode": "standard"},
    parameter_validation=False,
)


class ConditionFailed(Exception):
    """A condition of the write does not hold (any more); read again to learn which and why."""


class _CrmTable(type):
    """Looks the table's name up when it is used, so that importing a model reads no environment."""

    @property
    def table_name(cls) -> str:
        return settings().crm_table


class CrmItem(Model):
    """Base of every item of the truth; `entity` tells the kinds apart that share the table."""

    class Meta(metaclass=_CrmTable):
        pass

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    entity = DiscriminatorAttribute()

    @classmethod
    def _get_connection(cls) -> TableConnection:
        # One connection, and one client, for all kinds of items.
        found: TableConnection = super(CrmItem, CrmItem)._get_connection()
        if found.connection._client is None:
            direct_client: Any = direct.Client(direct.DYNAMODB, session=found.connection.session, how=_HOW)
            found.connection._client = direct_client
        return found


class DecimalAttribute(Attribute[Decimal]):
    """An exact number. PynamoDB's own NumberAttribute passes through a float."""

    attr_type = NUMBER

    def serialize(self, value: Decimal) -> str:
        return format(_EXACT.create_decimal(value), "f")

    def deserialize(self, value: str) -> Decimal:
        return Decimal(value)


class WholeNumberAttribute(Attribute[int]):
    """A count, as an int."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        return str(int(value))

    def deserialize(self, value: str) -> int:
        return int(value)


class ReasonAttribute(Attribute[Reason]):
    """A sentence with what it was made of, to be said in other languages; one without parts is stored as it is."""

    attr_type = STRING

    def serialize(self, value: Reason) -> str:
        whole = reasons.kept(value)
        return whole if isinstance(whole, str) else _WITH_PARTS + json.dumps(whole, ensure_ascii=False)

    def deserialize(self, value: str) -> Reason:
        return reasons.of(json.loads(value.removeprefix(_WITH_PARTS)) if value.startswith(_WITH_PARTS) else value)


class DocumentAttribute(Attribute[dict[str, Any]]):
    """A JSON-like object stored as a DynamoDB map, its numbers exact."""

    attr_type = MAP

    def serialize(self, value: dict[str, Any]) -> Any:
        return typed(value)["M"]

    def deserialize(self, value: Any) -> dict[str, Any]:
        return plain_map(value)


class DocumentsAttribute(Attribute[list[dict[str, Any]]]):
    """A list of JSON-like objects, their numbers exact."""

    attr_type = LIST

    def serialize(self, value: list[dict[str, Any]]) -> Any:
        return typed(value)["L"]

    def deserialize(self, value: Any) -> list[dict[str, Any]]:
        return [plain(one) for one in value]


def client() -> "DynamoDBClient":
    """The plain client, shared with the models; its parameters are not validated, for speed."""
    return cast("DynamoDBClient", CrmItem._get_connection().connection.client)


def session() -> "Session":
    """The session that the plain client is made of: another client of it reads none of botocore's data anew."""
    return CrmItem._get_connection().connection.session


def commit(fill: Fill) -> None:
    """Write all that `fill` puts into the transaction, or nothing.

    Who has it written is recorded with it (`crm.core.cause`).
    Conflicts with another transaction and throttling are waited out. Raises ConditionFailed when a condition does not
    hold and StoreUnavailable when the store does not answer in time; after the latter the writes may have happened,
    so the caller's caller repeats the whole request under its key.
    """
    # One token for all tries: a try whose answer was lost is recognised by the store and not done again. It has to be
    # the same to the letter then, so it is filled once: a stamp that has moved on is another request to the store.
    connection = CrmItem._get_connection().connection
    transaction = TransactWrite(connection=connection, client_request_token=secrets.token_hex(16))
    fill(transaction)
    _record(transaction)
    for pause in pauses():
        try:
            with transaction:
                pass
        except TransactWriteError as error:
            reasons = {reason.code for reason in error.cancellation_reasons if reason}
            if "ConditionalCheckFailed" in reasons:
                raise ConditionFailed from error
            if not (reasons & PASSING_CODES or is_passing(error)):
                raise
            time.sleep(pause)
        else:
            return
    raise StoreUnavailable("the store is busy; nothing was written")


def _record(transaction: TransactWrite) -> None:
    """Put beside the writes who had them written, where they do not tell it themselves."""
    kinds = (
        ("Put", transaction._put_items),
        ("Update", transaction._update_items),
        ("Delete", transaction._delete_items),
    )
    records = cause.records([{kind: write} for kind, writes in kinds for write in writes])
    transaction._put_items.extend(record["Put"] for record in records)


def pauses() -> Iterator[float]:
    """Seconds to wait between tries: doubling, with full jitter so that competitors do not meet again."""
    for attempt in range(_ATTEMPTS):
        yield random.uniform(0, _FIRST_PAUSE_SECONDS * 2**attempt)  # noqa: S311 - not a secret


def is_passing(error: Exception) -> bool:
    """Whether an error of the store is one that passes: throttled, busy, or no answer at all."""
    cause = error.cause if isinstance(error, PynamoDBException) else error
    if isinstance(cause, ClientError):
        return cause.response["Error"]["Code"] in PASSING_CODES
    return isinstance(cause, (BotoCoreError, StoreUnavailable))


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values as the low-level client wants them; None is left out."""
    return {name: typed(value) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """A low-level item as plain values; numbers become Decimal."""
    return plain_map(item)
