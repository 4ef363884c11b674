"""A list is taken out as a file by pages alone, and holds what its reader may see."""

from __future__ import annotations

import html
import re

import pytest

from crm.access import roster
from crm.audit.models import Attempt
from crm.catalogues import wording
from crm.core import clock, files
from crm.core.lease import Lease
from crm.exports import writers
from crm.exports.models import Export
from infra.build import catalogues
from tests.console.browser import Browser, Shown
from tests.imports.office import Office
from tests.support.flow import settle
from tests.support.world import Api

PLACE = "/console/exports"
CANARY = "<i>{{7*7}}'\""


def asked(browser: Browser, **form: str) -> Shown:
    page = browser.get(PLACE)
    once = page.body.partition('name="once" value="')[2].partition('"')[0]
    return browser.post(PLACE, {"csrf": page.csrf, "once": once, **form})


def file_of(browser: Browser, here: str) -> str:
    """What the link of the page brings."""
    key = re.findall(r'<a class="button" href="[^"]+amazonaws.com/(exports/[^"?]+)\?', browser.get(f"{here}/file").body)
    return files.get(key[0]).decode("utf-8-sig")


@pytest.fixture(scope="module")
def people(shop: None) -> None:
    api = Api()
    for name, owner in (("Exported سارہ", "ida"), ("Exported Hari", "jan")):
        told = {"name": name, "owner": owner, "tags": ["export page"], "language": "ur"}
        assert api.post("/customers", told).status == 201
    assert api.post("/segments", {"name": f"Ones {CANARY}", "kind": "static"}).status == 201
    settle()
    Lease.forget_all()


def test_a_list_becomes_a_file_which_is_made_ready_and_kept_for_a_week(manager: Browser, people: None) -> None:
    page = manager.get(PLACE)
    assert f"Ones {CANARY}" in page.text
    assert "<i>" not in page.body
    begun = asked(manager, what="customers", format="csv", tag="export page")
    assert begun.status == 303
    here = begun.location
    assert "is being made" in manager.get(here).text
    assert '<noscript><meta http-equiv="refresh"' in manager.get(here).body
    part = manager.get(here, hx_request="true")
    assert ('hx-trigger="every 2s"' in part.body, "hx-refresh" in part.headers) == (True, False)
    assert manager.get(f"{here}/file").location == here
    Office.work()
    assert manager.get(here, hx_request="true").headers["hx-refresh"] == "true"
    page = manager.get(here)
    assert "2 rows are in it. It is kept until" in page.text
    manager.accepted = "ur"
    assert "اس میں ۲ سطریں ہیں۔" in manager.get(here).text
    text = file_of(manager, here)
    assert "Exported سارہ" in text
    assert "Exported Hari" in text
    # Who got the link is noted.
    of_today = Attempt.query(f"AUDIT#READ#{clock.now():%Y-%m-%d}")
    assert [one.audit["who"] for one in of_today if str((one.named or {}).get("export_id")) in here] == ["manager"]
    Export.find(here.rpartition("/")[2]).update([Export.ended_at.set("2020-01-01T00:00:00+00:00")])  # type: ignore[union-attr]
    manager.accepted = "en"
    assert "There is no file any more." in manager.get(here).text
    # How many rows a file had that is not there tells nothing.
    assert "export page its seven days are over –" in manager.get(PLACE).text
    assert manager.get(f"{here}/file").location == here


def test_a_file_holds_whom_its_reader_reaches_and_is_for_who_reaches_as_much(browser: Browser, people: None) -> None:
    ida = Browser().signed_in("ida", role="sales")
    here = asked(ida, what="customers", format="csv").location
    everybodys = asked(Browser().signed_in("manager"), what="customers", format="csv").location
    Office.work()
    text = file_of(ida, here)
    assert ("Exported سارہ" in text, "Exported Hari" in text) == (True, False)
    for other in (everybodys, f"{everybodys}/file", f"{PLACE}/nobody"):
        page = ida.get(other)
        assert (page.status, "There is no such page" in page.text) == (404, True), other
    assert everybodys not in ida.get(PLACE).body
    assert '"Of whom">everybody</td>' in Browser().signed_in("manager").get(PLACE).body
    assert "Everything that is kept" not in ida.get(PLACE).text
    assert asked(ida, what="everything", format="jsonl").status == 403
    till = browser.signed_in("counter", role="till")
    assert till.get(PLACE).status == 403
    assert PLACE not in till.get("/console").body


def test_what_no_list_answers_is_said_beside_its_field(manager: Browser, people: None) -> None:
    owner = Browser().signed_in("owner")
    assert "Everything that is kept" in owner.get(PLACE).text
    wrong = asked(owner, what="everything", format="csv")
    assert (wrong.status, 'id="format-wrong"' in wrong.body) == (422, True)
    for form in ({"what": "x"}, {"format": "exe"}, {"language": "zz zz"}, {"tag": "x" * 400}):
        answer = asked(manager, **{"what": "customers", "format": "csv", **form})
        assert (answer.status, 'aria-invalid="true"' in answer.body) == (422, True), form
    kept = asked(manager, what="customers", format="exe", tag=f"typed {CANARY}")
    assert f"typed {CANARY}" in html.unescape(kept.body)
    assert "<i>" not in kept.body
    hides = {"id": "no-ties", "all": ["customers.read", "exports.make"], "hidden": ["/relations"]}
    assert Api().post("/roles", hides, role="owner", caller="owner").status == 201
    assert 'value="relations"' in manager.get(PLACE).body
    assert (
        Api().post("/staff", {"id": "tina", "name": "T", "role": "no-ties"}, role="owner", caller="owner").status == 201
    )
    roster.forget()
    seen = Browser().signed_in("tina", role="sales").get(PLACE)
    assert (seen.status, 'value="relations"' in seen.body) == (200, False)
    assert asked(manager, what="customers", format="csv", segment="nobody").status in {404, 422}
    assert manager.submit(PLACE, PLACE, what="customers", format="csv").status == 422


@pytest.mark.parametrize("code", catalogues.LANGUAGES)
def test_why_a_file_could_not_be_made_is_said_in_the_readers_language(
    manager: Browser, people: None, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(writers, "MOST_IN_WORKBOOK", 1)
    gone = Api().post("/segments", {"name": f"Gone {code}", "kind": "static"}).body["id"]
    settle()
    Lease.forget_all()
    too_many = asked(manager, what="customers", format="xlsx", tag="export page").location
    of_nobody = asked(manager, what="customers", format="csv", segment=gone).location
    assert Api().delete(f"/segments/{gone}", headers={"if-match": "*"}).status in {202, 204}
    Office.work()
    manager.accepted = code
    for here, template in (
        (too_many, "it has more than {most} rows: ask for csv, or for a smaller list"),
        (of_nobody, "the group that was asked for is not there any more"),
    ):
        page = manager.get(here)
        said = wording.words(code).gettext(template)
        assert all(part in page.text for part in re.split(r"\{\w+\}", said)), page.text
        assert 'lang="en"' not in page.body.partition("<main")[2]


@pytest.mark.parametrize("place", ["/console/exports", "/console/imports", "/console/audit?event=done"])
def test_a_place_in_another_list_leads_to_the_beginning(manager: Browser, people: None, place: str) -> None:
    path, _, rest = place.partition("?")
    answer = Browser().signed_in("owner").get(f"{path}?after=zz&walk=zz&{rest}".removesuffix("&"))
    assert (answer.status, answer.location) == (303, place)
