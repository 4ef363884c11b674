"""One English word that means two things is said by two sentences, so that no other language has to choose one."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crm.catalogues.wording import words
from crm.console import markup
from infra.build import catalogues
from tests.console.browser import Browser
from tests.support.flow import settle
from tests.support.world import Api


@pytest.mark.parametrize(("language", "role"), [("ur", "مالک"), ("bn", "মালিক"), ("ne", "मालिक"), ("he", "בעלים")])
def test_ones_own_role_is_called_as_on_the_page_of_roles(boss: Browser, language: str, role: str) -> None:
    boss.accepted = language
    assert f"<bdi>{role}</bdi>" in boss.get("/console/me").body
    assert f"<bdi>{role}</bdi>" in boss.get("/console/roles").body


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "to <bdi>Sales</bdi>"),
        ("ur", "<bdi>Sales</bdi> کو"),
        ("bn", "<bdi>Sales</bdi>-কে"),
        ("ne", "<bdi>Sales</bdi> लाई"),
        ("he", "אל <bdi>Sales</bdi>"),
    ],
)
def test_a_reminder_goes_to_somebody_and_not_until_them(boss: Browser, language: str, said: str) -> None:
    told = {"subject": "Ring up", "at": "2099-03-01T09:00", "to": "staff", "staff": "sales"}
    made = Api().post("/reminders", told, role="owner")
    assert made.status == 201, made.body
    settle()
    boss.accepted = language
    for page in ("/console/reminders?show=everybody", f"/console/reminders/{made.body['id']}"):
        assert said in boss.get(page).body, page


@pytest.mark.parametrize(("language", "mark"), [("en", "?"), ("ur", "؟"), ("he", "?")])
def test_a_question_holds_the_name_and_ends_with_its_own_mark(boss: Browser, language: str, mark: str) -> None:
    made = str(Api().post("/customers", {"name": "Noor <b>", "owner": "jan"}).body["id"])
    boss.accepted = language
    heading = re.search(r"<h1>(.*?)</h1>", boss.get(f"/console/customers/{made}/merge").body, re.DOTALL)
    assert heading
    assert "<bdi>Noor &lt;b&gt;</bdi></a>" in heading[1]
    assert heading[1].strip().endswith(mark)


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_a_field_is_called_on_the_page_of_sources_as_on_the_customers(boss: Browser, language: str) -> None:
    told: dict[str, Any] = {
        "name": "Rana",
        "owner": "jan",
        "source": "a friend",
        "income_band": "high",
        "email": "rana@s.example",
    }
    told["consent"] = {"marketing": True}
    made = str(Api().post("/customers", told, query={"allow_duplicate": "true"}).body["id"])
    boss.accepted = language
    page, known = boss.get(f"/console/customers/{made}/sources"), words(language).gettext
    called = re.findall(r'<tr><th scope="row"><bdi>([^<]*)</bdi>', page.body)
    wanted = [known(word) for word in ("Name", "Came by", "Income", "E-mail", "Looked after by")]
    assert set(wanted) < set(called)
    assert any(one.startswith(f"{known('What they allow')}: ") for one in called)
    assert f'<th scope="col">{known("Where from")}</th>' in page.body


def test_a_consent_is_allowed_or_not_where_a_field_of_ones_own_is_so_or_not(boss: Browser) -> None:
    field: dict[str, Any] = {"name": "garden", "type": "yes_no", "labels": {"ne": "बगैंचा"}, "help": {}}
    assert Api().post("/fields", field, role="owner").status == 201
    told = {"name": "Mira", "owner": "jan", "custom": {"garden": False}, "consent": {"marketing": False}}
    made = str(Api().post("/customers", told, query={"allow_duplicate": "true"}).body["id"])
    boss.accepted, known = "ne", words("ne").gettext
    page = boss.get(f"/console/customers/{made}").body
    consents = page.partition('id="consent"')[2].partition("</section>")[0]
    assert (known("does not allow it") in consents, f">{known('no')}" in consents) == (True, False)
    assert re.search(rf"बगैंचा\W*</dt><dd>{known('no')}", re.sub("</?bdi[^>]*>", "", page))
    asked = boss.get(f"/console/customers/{made}/edit?block=consent").body
    assert (known("allows it") in asked, f">{known('no')}<" in asked) == (True, False)


def test_no_arrow_points_against_the_way_that_is_read() -> None:
    for path in markup.TEMPLATES.rglob("*.html"):
        assert not re.search("[←→⇐⇒]", path.read_text("utf-8")), path
