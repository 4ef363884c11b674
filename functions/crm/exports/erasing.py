"""The place of exported files in an erasure: all of them go, since any may hold the person, and nobody has to search.

An export under way ends as deleted first; its worker finds that when it comes to move it on, and takes away what it
stored after this went through (crm.exports.chain).
"""

from pynamodb.expressions.update import Action

from crm.core import clock, files, table
from crm.core.places import Person
from crm.exports.models import PARTITION, Export


def erase(_: Person) -> int:
    """Delete the files and parts of all exports; return how many there were. Raises the store's errors."""
    for export in Export.query(PARTITION, Export.sk.startswith("EXPORT#"), consistent_read=True):
        _mark(export)
    return files.delete_prefix("exports/")


def _mark(export: Export) -> None:
    """What was looked for may be a name as well, and a column what only this person had."""
    actions: list[Action] = [Export.asked.set({}), Export.fields.remove()]
    condition = Export.state == export.state
    if export.state in {"running", "done"}:
        actions += [Export.state.set("deleted"), Export.ended_at.set(clock.stamp())]
    target = Export(export.pk, export.sk)
    try:
        table.commit(lambda transaction: transaction.update(target, actions, condition=condition))
    except table.ConditionFailed:
        current = Export.find(export.export_id)
        if current is not None:
            _mark(current)
