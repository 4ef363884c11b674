"""Whatever way a consent changes, it is noted when, by whom and having read what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crm.consents import service as consent_service
from crm.consents.service import Text
from crm.core.author import Author
from crm.customers import service as customer_service
from crm.mail import links, templates
from crm.mail.links import Link
from tests.support import faults
from tests.support.rows import all_items, count
from tests.support.visitor import visit
from tests.support.world import Api

if TYPE_CHECKING:
    import pytest

ANY = {"if-match": "*"}
ONE_CLICK = "List-Unsubscribe=One-Click"


def made(api: Api, **fields: Any) -> str:
    return str(api.post("/customers", {"name": "Sara", "email": "sara@example.com", **fields}).body["id"])


def told(api: Api, customer_id: str) -> list[tuple[Any, ...]]:
    """(purpose, answer, way, who, of), the first first."""
    found = api.get(f"/customers/{customer_id}/consents").body["items"]
    return [tuple(one.get(name) for name in ("purpose", "answer", "way", "who", "of")) for one in reversed(found)]


def token(customer_id: str, purpose: str = "greeting") -> str:
    return links.token(Link(customer_id, purpose))


def save(path: str, **answers: str) -> None:
    """Open the page, and send its form with these answers, as a browser does."""
    page = visit("GET", path)["body"]
    seen = dict(re.findall(r'<input type="hidden" name="(text_\w+)" value="([^"]+)">', page))
    form = "&".join(f"{name}={value}" for name, value in {**seen, **answers}.items())
    assert visit("POST", path, raw=form)["status"] == 200


def test_what_the_staff_note_is_on_record_with_who_noted_it(api: Api) -> None:
    sara = made(api, consent={"greeting": True})
    api.patch(f"/customers/{sara}", {"consent": {"marketing": True, "greeting": True}}, headers=ANY)
    api.patch(f"/customers/{sara}", {"consent": {"marketing": None}, "gender": "f"}, headers=ANY)
    api.patch(f"/customers/{sara}", {"gender": None}, headers=ANY)
    staff = ("staff", "manager", None)
    assert told(api, sara) == [
        ("greeting", "yes", *staff),
        ("marketing", "yes", *staff),
        ("marketing", "none", *staff),
    ]


def test_the_preference_page_leaves_the_text_that_was_read(api: Api) -> None:
    sara = made(api, language="ur")
    save(f"/preferences/{token(sara)}", marketing="yes")
    (said,) = api.get(f"/customers/{sara}/consents").body["items"]
    texts = templates.sections("preferences", "ur")
    assert (said["text"]["language"], said["answer"], said["of"]) == ("ur", "yes", "preferences_page")
    assert said["text"]["words"].splitlines()[0] == texts["marketing"]
    assert said["link"]
    assert token(sara) not in str(all_items())


def test_an_answer_on_an_old_page_is_noted_with_what_the_old_page_said(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    sara = made(api)
    path = f"/preferences/{token(sara)}"
    page = visit("GET", path)["body"]
    (seen,) = re.findall(r'name="text_marketing" value="([^"]+)"', page)
    texts = dict(templates.sections("preferences", "en"))
    monkeypatch.setattr(templates, "sections", lambda *_: {**texts, "marketing_about": "Something else."})
    visit("POST", path, raw=f"marketing=yes&text_marketing={seen}")
    save(path, marketing="no")
    newest, oldest = api.get(f"/customers/{sara}/consents").body["items"]
    assert "Something else." in newest["text"]["words"]
    assert "Something else." not in oldest["text"]["words"]
    assert newest["text"]["version"] != oldest["text"]["version"]


def test_a_text_that_we_never_showed_is_no_proof(api: Api) -> None:
    sara = made(api)
    for key in ("k1.e30.AAAA", "greeting", "x" * 500, consent_service.signed(Text("greeting", "en", "Other"))):
        visit("POST", f"/preferences/{token(sara)}", raw=f"marketing=yes&text_marketing={key}")
    (said,) = api.get(f"/customers/{sara}/consents").body["items"]
    assert "text" not in said or said["text"] is None


def test_one_click_is_on_record_without_a_text(api: Api) -> None:
    sara = made(api, consent={"greeting": True, "marketing": True})
    visit("POST", f"/unsubscribe/{token(sara, 'marketing')}", raw=ONE_CLICK)
    assert told(api, sara)[-1] == ("marketing", "no", "customer", None, "one_click")


def test_an_import_is_on_record_with_when_its_source_knew_it(api: Api) -> None:
    sara = made(api)
    author = Author("", way="import", of="import-7", at="2024-05-01")
    customer_service.change(
        customer_id=sara, fields={"consent": {"marketing": False}}, author=author, expected_version=None
    )
    (said,) = api.get(f"/customers/{sara}/consents").body["items"]
    assert (said["way"], said["of"], said["said_at"]) == ("import", "import-7", "2024-05-01")


def test_consent_and_its_note_are_written_together_whoever_dies(api: Api) -> None:
    sara = made(api)
    path = f"/preferences/{token(sara)}"
    answers = ("yes", "no")
    for number, crash in enumerate(faults.crash_points()):
        before = count("consent")
        with crash:
            visit("POST", path, raw=f"marketing={answers[number % 2]}")
        holds = api.get(f"/customers/{sara}").body["consent"].get("marketing")
        newest = [item for item in all_items() if item["entity"]["S"] == "consent"]
        last = max(newest, key=lambda item: item["at"]["S"])["answer"]["S"] if newest else None
        assert {"yes": True, "no": False, None: None}[last] is holds, f"{crash}: {before}"


def test_consents_go_with_the_customer(api: Api) -> None:
    sara = made(api, consent={"greeting": True})
    assert api.post(f"/customers/{sara}/erasure").status == 202
    assert api.get(f"/customers/{sara}/consents").status == 404
