"""The roles on pages: what each may, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from crm.access import rules
from infra.build import catalogues
from tests.console.browser import Browser
from tests.support.world import Api, know_the_roster

pytestmark = pytest.mark.usefixtures("roles_seen_anew")
ROLES = "/console/roles"
CANARY = "</p><script>alert('x')</script>\"'&{{7*7}}%s"
RTL = "گودام"


@pytest.fixture(scope="module", autouse=True)
def stock(shop: None) -> Iterator[None]:
    """A role of the business's own, that one member has."""
    told = {"id": "stock", "says": f"{RTL} {CANARY}", "own": ["customers.read"], "team": ["purchases.write"]}
    more = {"all": ["fields.read"], "hidden": ["/gender", "/custom/size"], "purpose": "service"}
    api, as_owner = Api(), {"role": "owner", "caller": "boss"}
    assert api.post("/roles", {**told, **more}, **as_owner).status == 201
    assert api.post("/staff", {"id": "zoya", "name": "Zoya", "role": "stock"}, **as_owner).status == 201
    yield
    know_the_roster()


def lines(body: str) -> dict[str, list[str]]:
    """The rows of the page's tables by what stands first in each, and what stands in each column after it."""
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    plain = [[unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in cells]
    return {row[0].partition("\n")[0]: row[1:] for row in plain}


def test_the_table_says_of_every_role_what_it_may_and_how_far(boss: Browser) -> None:
    page = boss.get(ROLES)
    assert page.status == 200
    table = lines(page.body)
    names = table["What"]
    assert names[: len(rules.policy().roles)] == [*list(rules.policy().roles)[:-1], "only looks"]
    may = {name: dict(zip(names, table[says], strict=True)) for name, says in rules.policy().permissions.items()}
    assert [may["customers.delete"][name] for name in ("owner", "manager", "sales", "service", "stock")] == [
        "all",
        "all",
        "own",
        "–",
        "–",
    ]
    assert (may["purchases.write"]["stock"], may["fields.read"]["stock"], may["roles.manage"]["stock"]) == (
        "of the team",
        "yes",
        "–",
    )
    assert (may["roles.manage"]["owner"], may["roles.manage"]["manager"]) == ("yes", "–")


def test_it_says_what_a_role_does_not_see_and_how_many_have_it(boss: Browser) -> None:
    page = boss.get(ROLES)
    own = " ".join(page.text[page.text.index(f"{RTL} {CANARY}") :].split())
    assert "size Gender Only of customers who allow it for this purpose: Service Postal address" in own
    assert "E-mail address Phone number no 1 " in own
    assert "<script>alert" not in page.body


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_every_sentence_stands_there_in_the_readers_language(boss: Browser, language: str) -> None:
    boss.accepted = language
    pages = (boss.get(ROLES), boss.get("/console/me"))
    known = catalogues.read(language)
    for sentence in rules.policy().permissions.values():
        for page in pages:
            assert str(known[sentence].string) in page.text, sentence
            assert sentence not in page.text
    assert str(known["Runs the business: everything, and alone decides on roles and sees the audit."].string) in (
        pages[1].text
    )
    # What the business wrote itself stays as it is.
    assert f"{RTL} {CANARY}" in pages[0].text
    till = Browser(accepted=language).signed_in("counter", role="till").get("/console/me").text
    assert str(known["Where they came from"].string) in till


def test_who_may_not_see_the_staff_sees_no_roles() -> None:
    assert Browser().signed_in("counter", role="till").get(ROLES).status == 403
    assert Browser().signed_in("zoya", role="stock").get(ROLES).status == 403
    looks = Browser().signed_in("viewer", role="readonly")
    assert (looks.get(ROLES).status, f'href="{ROLES}"' in looks.get("/console/staff").body) == (200, True)
