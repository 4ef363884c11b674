"""Keeps runs and their pieces in ViewsTable; each write on the condition that nobody else was first."""

from typing import Any

from crm.core import table, views
from crm.core.config import settings
from crm.fanout import models
from crm.fanout.models import Page, Piece, Run


def read(job: str) -> tuple[Run, list[Piece]] | None:
    """The latest run of a job and its pieces, consistently."""
    found = {item["sk"]: item for item in views.partition(models.partition(job))}
    if models.RUN not in found:
        return None
    run = models.to_run(found.pop(models.RUN))
    return run, [one for one in map(models.to_piece, found.values()) if one.run == run.id]


def latest(job: str) -> Run | None:
    """The run that began last; None where there never was one."""
    found = views.item(models.run_key(job))
    return models.to_run(found) if found else None


def written(run: Run, before: Run | None) -> bool:
    """Put the run and its pieces in the place of the run before, unless somebody else has meanwhile.

    False may also mean that it was written: a write whose answer is lost is sent again, and meets itself.
    """
    name = settings().views_table
    condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
    if before is not None:
        condition = {
            "ConditionExpression": "id = :id",
            "ExpressionAttributeValues": {":id": {"S": before.id}},
        }
    items = [models.piece_item(run.job, Piece(run.id, number)) for number in range(run.pieces)]
    writes: list[Any] = [{"Put": {"TableName": name, "Item": models.run_item(run), **condition}}]
    writes += [{"Put": {"TableName": name, "Item": item}} for item in items]
    # Of a run that never ended each piece may hold a place; none is to outlive the next run.
    surplus = range(run.pieces, before.pieces if before else 0)
    keys = [models.piece_key(run.job, number) for number in surplus]
    writes += [{"Delete": {"TableName": name, "Key": table.to_item({"pk": pk, "sk": sk})}} for pk, sk in keys]
    client = table.client()
    try:
        client.transact_write_items(TransactItems=writes)
    except client.exceptions.TransactionCanceledException as error:
        reasons: Any = error.response.get("CancellationReasons", [])
        codes = {reason.get("Code") for reason in reasons}
        if not codes & (table.PASSING_CODES | {"ConditionalCheckFailed"}):
            raise
        return False
    return True


def piece(page: Page) -> Piece | None:
    """The piece that a page belongs to, as it stands now."""
    found = views.item(models.piece_key(page.job, page.piece))
    return models.to_piece(found) if found else None


def move(page: Page, further: Piece) -> None:
    """Move the piece on, unless somebody else has moved it since it stood at this page."""
    client = table.client()
    try:
        client.put_item(
            TableName=settings().views_table,
            Item=models.piece_item(page.job, further),
            ConditionExpression="#run = :run AND #step = :step",
            ExpressionAttributeNames={"#run": "run", "#step": "step"},
            ExpressionAttributeValues={":run": {"S": page.run}, ":step": {"N": str(page.step)}},
        )
    except client.exceptions.ConditionalCheckFailedException:
        # By another message, or by this one in a try whose answer was lost: the page after it is on its way.
        return


def end(run: Run) -> None:
    """Note that a run is finished, unless one of a higher rank has taken its place."""
    client = table.client()
    try:
        client.put_item(
            TableName=settings().views_table,
            Item=models.run_item(run),
            ConditionExpression="id = :id",
            ExpressionAttributeValues={":id": {"S": run.id}},
        )
    except client.exceptions.ConditionalCheckFailedException:
        # A run of a higher rank has begun meanwhile.
        return
