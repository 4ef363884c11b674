"""The staff's pages: one function, to which the gateway has routed; each page is loaded when it is first asked for."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.console import assets, door, signing_in
from crm.console.asked import Answer, SeeOther, Visit
from crm.console.door import Open, Shown

# By the route of the gateway, which is also that of the policy: where in crm.console.pages the page is.
PAGES: Mapping[str, str] = {
    "GET /console": "my_day:show",
    "POST /console/language": "reading:choose_language",
    "POST /console/sign-out": "leaving:leave",
}
OPEN: Mapping[str, Open] = {
    "GET /": lambda _: SeeOther(signing_in.HOME),
    "GET /console/sign-in": signing_in.begin,
    "GET /console/signed-in": signing_in.finish,
    "GET /console/leaving": signing_in.leaving,
    "GET /console/signed-out": signing_in.left,
    "GET /console/static/{file}": assets.read,
}


def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Answer one HTTP API event."""
    return door.answer(event, pages=_PAGES, open_pages=OPEN, lookups=_LOOKUPS)


def page(where: str) -> Shown:
    """A page that is loaded when it is shown, so that a start loads what the first page needs and no more."""
    module, _, name = where.partition(":")

    def shown(visit: Visit) -> Answer:
        found: Shown = getattr(import_module(f"crm.console.pages.{module}"), name)
        return found(visit)

    return shown


def _owner_of_customer(customer_id: str) -> Iterable[tuple[str | None]] | None:
    from crm.customers import service  # noqa: PLC0415 - only who does not see everybody needs it

    return service.owner_of(customer_id)


_PAGES = {route: page(where) for route, where in PAGES.items()}
_LOOKUPS = {"customer_id": _owner_of_customer}
