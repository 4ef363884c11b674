"""Every page that is read, by addresses of things that there are: what looks at all of them finds each new one here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from handlers.console import PAGES

_ARGUMENT = re.compile(r"\{(\w+)\}")
QUERIES: Mapping[str, Sequence[str]] = {
    "GET /console/audit": ("walk=begin&event=denied",),
    "GET /console/staff/{staff_id}": ("ask=leave",),
    "GET /console/keys/{key_id}": ("ask=revoke",),
    "GET /console/webhooks/{webhook_id}": ("ask=delete", "state=failed"),
    "GET /console/teams/{team_id}": ("ask=delete",),
    "GET /console/tags": ("like=e",),
    "GET /console/fields/{name}": ("ask=delete",),
    "GET /console/health": ("ask=rebuild",),
    "GET /console/find": ("q=a", "q=%3Cb%3E"),
    "GET /console/customers/{customer_id}/merge": ("from={another}", "who=hari"),
    "GET /console/customers/{customer_id}/interview": ("questionnaire={questionnaire_id}",),
    "GET /console/customers": ("tag=tea", "sort=newest"),
    "GET /console/customers/{customer_id}/edit": ("block=care", "block=consent", "block=own"),
    "GET /console/greetings/{greeting_id}": ("delete=1",),
    "GET /console/roles/{role_id}": ("delete=1",),
    "GET /console/inbox": ("state=dismissed",),
    "GET /console/inbox/{mail_id}": ("who=a",),
    "GET /console/questionnaires/{questionnaire_id}": ("who=a", "delete=1"),
    "GET /console/questionnaires/{questionnaire_id}/words": ("language=he",),
    "GET /console/routing": ("try=1&language=ur",),
    "GET /console/reminders": ("show=everybody", "show=done"),
    "GET /console/reminders/{reminder_id}": ("delete=1",),
    "GET /console/templates/{name}": ("language=he", "version=0", "delete=1"),
}
"""By the route of a page with what it is asked for, where it shows more than without."""

FRAMED = frozenset(
    {
        "GET /console/customers/{customer_id}/copy/page",
        "GET /console/greetings/{greeting_id}/sample",
        "GET /console/templates/{name}/preview",
    }
)
"""What is for customers, in their language and with a style of its own: mails for a frame, the copy to print."""
_ELSE = {"day": ("tomorrow",), "number": ("0",)}
"""What paths name that is no thing of the shop's."""
_NAMED = {"GET /console/templates/{name}": {"name": ("birthday",)}}
"""Where an argument is called as that of another thing is."""


def read() -> list[str]:
    """The routes of all pages that are read."""
    return [route for route in PAGES if route.startswith("GET ") and route not in FRAMED]


def addresses(route: str, ids: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The page about the first of all that its path names, and once more with each query. `ids`: by argument.

    Raises KeyError for an argument of which the shop has nothing.
    """
    named = {**ids, "another": ids["customer_id"][1:], **_ELSE, **_NAMED.get(route, {})}
    for address in (route, *(f"{route}?{query}" for query in QUERIES.get(route, ()))):
        yield _ARGUMENT.sub(lambda found: named[found[1]][0], address.removeprefix("GET "))
