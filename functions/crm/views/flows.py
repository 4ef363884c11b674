"""Since when the views count who joins and leaves. These counts cannot be made again, so whoever compares two of them
must know that both were counted in the same views: views that were built anew have begun anew."""

from crm.core import ids, table, views
from crm.core.config import settings
from crm.core.projection import FLOWS_BEGUN


def begun() -> str:
    """A name for this run of counting; another one after the views were emptied."""
    for _ in range(2):
        known = views.flows_begun()
        if known is not None:
            return known
        _begin()
    raise AssertionError("the mark was written and is not there")


def _begin() -> None:
    client = table.client()
    pk, sk = FLOWS_BEGUN
    try:
        client.put_item(
            TableName=settings().views_table,
            Item=table.to_item({"pk": pk, "sk": sk, "run": ids.new()}),
            ConditionExpression="attribute_not_exists(pk)",
        )
    except client.exceptions.ConditionalCheckFailedException:
        return  # another was first
