"""Files on their way into the store: all of them, the next one, and the rows and refused rows of one."""

import secrets

from crm.console import forms
from crm.console.asked import Page, SeeOther, Visit
from crm.console.routes import HOME
from crm.console.saying import Saying
from crm.core.errors import InvalidFields
from crm.core.paging import PageRequest
from crm.imports import kinds, outcomes, service, showing

PLACE = f"{HOME}/imports"
OUTCOMES = ("created", "changed", "skipped", "refused", "undone", "kept")
LINK_SECONDS = 900
_ON_A_PAGE = 50
_EXISTING = ("change", "skip")
_CHOSEN = ("existing", "as_of")
_OPTIONS = ("empty_clears", "share_addresses", "create_customers")


def show(visit: Visit) -> Page:
    """The imports of the last three months, and the form that begins another."""
    wanted = visit.asked.query.get("kind", "")
    fields = {"kind": wanted, "file_name": "", "existing": _EXISTING[0], "as_of": "", "create_customers": "yes"}
    return _page(visit, fields)


def begin(visit: Visit) -> Page | SeeOther:
    """A new import, which then waits for its file."""
    from crm.imports.schemas import NewImport  # showing the list needs no schemas

    form = visit.asked.form
    told = forms.filled(form, ("kind", "file_name", "existing", "as_of"))
    options = {name: told.pop(name) for name in _CHOSEN if name in told}
    switches = {name: name in form for name in _OPTIONS}
    try:
        once = forms.once(form)
        named = told.get("file_name") or _called(visit, told.get("kind", ""))
        new = forms.checked(NewImport, {**told, "file_name": named, "options": {**options, **switches}})
        item = service.begin(
            kind=new.kind,
            file_name=new.file_name,
            options=new.options.model_dump(exclude_none=True),
            caller=visit.actor.who,
            idempotency_key=once,
        )
    except InvalidFields as refused:
        return forms.again(_page(visit, form), refused, {f"options.{name}": name for name in (*_CHOSEN, *_OPTIONS)})
    return SeeOther(f"{PLACE}/{item.import_id}")


def rows(visit: Visit) -> Page:
    """What rows came to, and why; for a script the first of them alone. Raises NotFound."""
    import_id, asked = visit.asked.names["import_id"], visit.asked.query
    outcome = asked.get("outcome") if asked.get("outcome") in OUTCOMES else None
    scope = f"console import-rows:{visit.actor.scope}:{import_id}:{outcome}"
    request = PageRequest(scope, 10 if visit.asked.is_partial else _ON_A_PAGE, asked.get("after"))
    found = outcomes.rows(import_id=import_id, outcome=outcome, request=request)
    values = {
        "import_id": import_id,
        "outcome": outcome,
        "outcomes": OUTCOMES,
        "rows": found.items,
        "next": found.next,
        "place": PLACE,
    }
    return Page("imports/some_rows.html" if visit.asked.is_partial else "imports/rows.html", values)


def refused_file(visit: Visit) -> Page:
    """The way to the file of the refused rows, in the reader's language. Raises NotFound."""
    import_id = visit.asked.names["import_id"]
    url = outcomes.refused_link(import_id=import_id, language=visit.language.code, seconds=LINK_SECONDS)
    return Page("download.html", {"url": url, "back": f"{PLACE}/{import_id}"})


def _page(visit: Visit, fields: object) -> Page:
    request = PageRequest(f"console imports:{visit.actor.scope}", _ON_A_PAGE, visit.asked.query.get("after"))
    found = service.page(request)
    values = {
        # Ids say nothing of the order: those of forms follow from what was sent.
        "imports": sorted(map(showing.summary, found.items), key=lambda one: one.created_at, reverse=True),
        "next": found.next,
        "kinds": kinds.names(),
        "fields": fields,
        "errors": {},
        "once": secrets.token_urlsafe(12),
        "place": PLACE,
    }
    return Page("imports/list.html", values)


def _called(visit: Visit, kind: str) -> str:
    """What a file is called in the list of which nobody has said it."""
    return f"{kind} {Saying(visit.language).today}"
