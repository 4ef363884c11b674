"""Putting customers into a group that is picked by hand, taking them out, and deleting a group of any kind."""

from collections.abc import Mapping
from typing import Any

from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.groups.group import about
from crm.console.groups.overview import PATH
from crm.core.author import Author
from crm.core.errors import InvalidRequest, StaleVersion
from crm.segments import dependents, handpicked, service
from crm.segments.dependents import InUse
from crm.segments.models import Segment

_PUT_IN, _TAKE_OUT = "put_in", "take_out"


def pick(visit: Visit) -> SeeOther:
    """Put one customer in, or take one out, who is within reach. Raises NotFound, NotHandPicked, InvalidRequest."""
    segment, form = _segment(visit), visit.asked.form
    do, customer_id = form.get("do"), form.get("customer", "")
    if do not in {_PUT_IN, _TAKE_OUT} or not customer_id:
        raise InvalidRequest("the form says not whom, or not what to do")
    chosen = [customer_id]
    picked = handpicked.pick(
        segment,
        add=chosen if do == _PUT_IN else [],
        remove=chosen if do == _TAKE_OUT else [],
        author=Author(visit.actor.who),
        within=visit.actor.within("customers.read"),
    )
    done = "nobody" if picked.unknown else "put_in" if do == _PUT_IN else "taken_out"
    return SeeOther(f"{PATH}/{segment.segment_id}?done={done}")


def ask(visit: Visit) -> Page:
    """Whether a group is really to be deleted, and what stands against it. Raises NotFound."""
    return _asked(visit, _segment(visit))


def delete(visit: Visit) -> Page | SeeOther:
    """Delete it, as it was when somebody was asked. Raises NotFound."""
    segment, version = _segment(visit), forms.number(visit.asked.form.get("version"))
    if visit.asked.form.get("do") != "delete" or version is None:
        return _asked(visit, segment, status=422)
    try:
        service.remove(segment_id=segment.segment_id, expected_version=version)
    except (StaleVersion, InUse) as refused:
        return _asked(visit, segment, status=refused.status.value, has_changed=isinstance(refused, StaleVersion))
    return SeeOther(f"{PATH}?done=deleted")


def _asked(visit: Visit, segment: Segment, *, status: int = 200, has_changed: bool = False) -> Page:
    values: Mapping[str, Any] = {
        **about(visit, segment),
        "used_by": dependents.of(segment.segment_id),
        "has_changed": has_changed,
    }
    return Page("groups/delete.html", values, status)


def _segment(visit: Visit) -> Segment:
    return service.get(segment_id=visit.asked.names["segment_id"], hidden=visit.actor.hidden)
