"""A merge that was made: how far it is, and taking it back."""

from crm.console.asked import Page, SeeOther, Visit
from crm.console.customers import joining
from crm.console.routes import HOME
from crm.core.errors import Conflict, InvalidRequest, NotFound
from crm.merges import service


def show(visit: Visit) -> Page:
    """The merge; for a script that waits for its end, how far it is. Raises NotFound."""
    return _page(visit)


def take_back(visit: Visit) -> Page | SeeOther:
    """Make two records of one again. Raises NotFound, InvalidRequest."""
    # Here, as taking back is rare and all that it needs is not.
    from crm.merges import undoing

    if visit.asked.form.get("action") != "undo":
        raise InvalidRequest("the form says nothing that can be done")
    merge_id = visit.asked.names["merge_id"]
    try:
        undone = undoing.undo(merge_id=merge_id, caller=visit.actor.who)
    except Conflict as refused:
        return _page(visit, refused)
    if not _is_readable(visit, undone.customer_id):
        return SeeOther(HOME)
    return SeeOther(f"{HOME}/customers/{undone.customer_id}?merge={undone.merge_id}")


def _is_readable(visit: Visit, customer_id: str) -> bool:
    try:
        joining.reached(visit, customer_id)
    except NotFound:
        return False
    return True


def _page(visit: Visit, refused: Conflict | None = None) -> Page:
    merge = service.get(merge_id=visit.asked.names["merge_id"])
    told = joining.told(merge, visit)
    values = {"merge": told, "refused": refused.detail if refused else None}
    if visit.asked.is_partial:
        # The page around it shows what came over meanwhile.
        again = {} if told["is_under_way"] else {"HX-Refresh": "true"}
        return Page("merging/state.html", values, headers=again)
    called = [{**joining.named(one["field"], visit.language), **one} for one in merge.fields]
    name = joining.reached(visit, merge.customer_id).name
    status = refused.status.value if refused else 200
    return Page("merging/merged.html", {**values, "name": name, "fields": called}, status)
