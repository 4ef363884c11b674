"""A file is brought in by pages alone: chosen, looked at, tried, written, mended and taken back."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crm.audit.models import Attempt
from crm.console import rendering
from crm.core import clock, files
from crm.imports import formats, pieces, troubles
from crm.imports.models import Import
from infra.build import catalogues
from tests.console.browser import Browser, Shown
from tests.imports.office import Office, table
from tests.support.world import Api

CANARY = "<script>alert('x')</script>\"'&{{7*7}}%(x)s"
PLACE = "/console/imports"
NAMES = re.compile(r'<(?:select|input)[^>]* name="([^"]+)"')


@dataclass
class Desk:
    """Somebody with a file before the pages of an import."""

    browser: Browser

    def begin(self, kind: str = "customers", **more: str) -> str:
        """Where the new import is."""
        page = self.browser.get(PLACE)
        once = page.body.partition('name="once" value="')[2].partition('"')[0]
        form = {"csrf": page.csrf, "once": once, "kind": kind, "create_customers": "yes", **more}
        answer = self.browser.post(PLACE, form)
        assert answer.status == 303, answer.text
        return answer.location

    def upload(self, rows: list[list[str]], **about: str) -> str:
        """The import of a file whose bucket has it, and that has been looked at."""
        here = self.begin(**about)
        files.put(pieces.upload_key(here.rpartition("/")[2]), table(rows[0], rows[1:]).encode())
        self.act(here, "uploaded")
        Office.work()
        return here

    def act(self, here: str, action: str, **form: str) -> Shown:
        answer = self.browser.submit(here, here, action=action, **form)
        assert (answer.status, answer.location) == (303, here), answer.text
        return self.browser.get(here)


@pytest.fixture
def desk(manager: Browser) -> Desk:
    return Desk(manager)


def found(email: str) -> list[dict[str, Any]]:
    """The customers with an address."""
    return [
        Api().get(f"/customers/{one['pk'].partition('#')[2]}").body
        for one in Office().customers()
        if one.get("email") == email
    ]


def test_a_file_goes_from_the_browser_to_the_bucket_and_the_browser_comes_back(desk: Desk) -> None:
    here = desk.begin(file_name=f"June {CANARY}")
    page = desk.browser.get(here)
    form = page.body.partition('enctype="multipart/form-data"')[2].partition("</form>")[0]
    bucket = re.findall(r'<form method="POST" action="(https://[^/"]+)/"', page.body)
    # Only where the file is sent may a form go there.
    [allowed] = re.findall(r"form-action ([^;]+);", page.headers["content-security-policy"])
    assert allowed == f"'self' {bucket[0]}"
    assert "form-action 'self';" in desk.browser.get(PLACE).headers["content-security-policy"]
    # The bucket refuses fields that were not signed for, so no token of ours goes to it.
    assert 'name="csrf"' not in form
    assert f'value="https://api.example{here}"' in form
    # The file comes last: what stands behind it is not read.
    assert NAMES.findall(form)[-1] == "file"
    assert CANARY in page.text
    assert "<script>alert" not in page.body
    back = desk.browser.get(f"{here}?bucket=b&key=k&etag=%22e%22")
    assert "The file has arrived." in back.text
    assert "data-goes-on" in back.body
    answer = desk.browser.submit(here, here, action="uploaded")
    assert "No file has arrived yet." in desk.browser.get(answer.location).text


def test_what_is_not_sure_is_asked_and_what_was_guessed_wrong_is_put_right(desk: Desk) -> None:
    rows = [["Naam", "Born", "Call", "Shop"], [CANARY, "03/04/1991", "+92 300 5550101", "x"]]
    rows += [["سارہ خان", "01/02/1990", "+92 300 5550102", "y"]]
    here = desk.upload(rows)
    page = desk.browser.get(here)
    assert "Not all of it is sure." in page.text
    assert "In which order are the dates below “Born” written?" in page.text
    # What a cell means by each order stands beside it.
    assert "1991-04-03" in page.text
    assert "1991-03-04" in page.text
    assert "<script>alert" not in page.body
    asked = {one for one in NAMES.findall(page.body) if one.startswith("/")}
    assert {f"/mapping/columns/{place}/field" for place in range(4)} < asked
    twice = {"/mapping/columns/0/field": "name", "/mapping/columns/3/field": "name"}
    wrong = desk.browser.submit(here, here, action="answer", **twice)
    assert (wrong.status, "another column holds this already" in wrong.text) == (422, True)
    assert re.search(r'<option value="name" selected>', wrong.body.partition('id="/mapping/columns/3/field"')[2])
    foreign = desk.browser.submit(here, here, action="answer", **{"/mapping/columns/0/field": "nonsense"})
    assert foreign.status == 422
    unknown = desk.browser.submit(here, here, action="answer", **{"/mapping/columns/1/dates": "zzz"})
    assert (unknown.status, "cannot be meant" in unknown.text) == (422, True)
    said = {"/mapping/columns/0/field": "name", "/mapping/columns/1/dates": "dmy", "/mapping/columns/2/field": "phone"}
    assert "is being looked at" in desk.act(here, "answer", **said).text
    Office.work()
    page = desk.browser.get(here)
    assert "This is a trial: nothing is written yet." in page.text
    # Tried again with the phone as nothing: what is sure can be changed, too.
    desk.act(here, "answer", **{"/mapping/columns/3/field": "source"})
    Office.work()
    page = desk.browser.get(here)
    assert "Came by x" in page.text
    assert "Birthday April 3, 1991" in page.text


def test_each_fault_of_a_refused_row_stands_beside_its_column_and_its_remedy(desk: Desk) -> None:
    """As the API tells them, and the file to download."""
    rows = [
        ["Name", "E-mail", "Geb."],
        ["Sana", "no address", "2190-01-01"],
        ["Sara", "s@import.example", "1990-05-06"],
    ]
    here = desk.upload(rows)
    desk.act(here, "answer", **{"/mapping/columns/2/field": "birthday"})
    Office.work()
    page = desk.browser.get(f"{here}/rows?outcome=refused").body
    cells = [
        re.sub(r"<[^>]+>|\u2068|\u2069", "", cell) for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", page, re.DOTALL)
    ]
    line, *told = cells[5:10], cells[10:15]
    assert line[0] == told[0][0] == "2"
    (row,) = Office().rows(here.rpartition("/")[2], "refused")
    assert [one[2] for one in (line, *told)] == [fault["column"] for fault in row["faults"]] == ["E-mail", "Geb."]
    assert [one[4].capitalize() for one in (line, *told)] == [fault["remedy"].capitalize() for fault in row["faults"]]


def test_rows_are_tried_written_refused_with_a_remedy_and_taken_back(desk: Desk) -> None:
    rows = [["name", "email", "birthday"], [f"Amna {CANARY}", "amna@import.example", "1990-05-06"]]
    rows += [["دانیال", "no address", "1991-01-01"], ["Gone", "gone@import.example", "2190-01-01"]]
    here = desk.upload(rows)
    page = desk.browser.get(here)
    assert re.search(r"New 1 Changed 0 Left as it is 0 Refused 2", page.text)
    assert f"Amna {CANARY}" in page.text
    assert found("amna@import.example") == []
    refused = desk.browser.get(f"{here}/rows?outcome=refused")
    assert "lies in the future" in refused.text
    assert "correct the year" in refused.text
    assert re.findall(r'aria-current="true">(\w+)<', refused.body) == ["Customers", "Refused"]
    every = desk.browser.get(f"{here}/rows").body
    # What a good row says nothing of is an empty cell, which a narrow screen leaves out with its label.
    assert ("<bdi></bdi>" in every, '<td data-label="Why"></td>' in every) == (False, True)
    part = desk.browser.get(f"{here}/rows?outcome=refused", hx_request="true").body
    assert ("<table class" in part, "<html" in part) == (True, False)
    link = desk.browser.get(f"{here}/refused")
    assert f"imports/{here.rpartition('/')[2]}/refused.en.csv" in link.body
    assert 'http-equiv="refresh"' in link.body
    desk.browser.accepted = "he"
    assert f"imports/{here.rpartition('/')[2]}/refused.he.csv" in desk.browser.get(f"{here}/refused").body
    desk.browser.accepted = "en"

    busy = desk.act(here, "run")
    assert '<noscript><meta http-equiv="refresh"' in busy.body
    asked = desk.browser.get(here, hx_request="true")
    assert ('hx-trigger="every 2s"' in asked.body, "hx-refresh" in asked.headers) == (True, False)
    Office.work()
    # What polls is told to show the whole page again.
    assert desk.browser.get(here, hx_request="true").headers["hx-refresh"] == "true"
    page = desk.browser.get(here)
    assert "What became of the rows" in page.text
    [made] = found("amna@import.example")
    assert made["name"] == f"Amna {CANARY}"
    created = desk.browser.get(f"{here}/rows?outcome=created")
    assert f'href="/console/customers/{made["id"]}"' in created.body

    assert "Yes, take it back" not in page.text
    assert "Yes, take it back" in desk.browser.get(f"{here}?ask=undo").text
    desk.act(here, "undo")
    Office.work()
    assert "Taken back 1 Stays 0" in desk.browser.get(here).text
    assert found("amna@import.example") == []


def test_what_people_have_changed_since_stays_and_says_why(desk: Desk) -> None:
    here = desk.upload([["name", "email"], ["Bano", "bano@import.example"]])
    desk.act(here, "run")
    Office.work()
    [made] = found("bano@import.example")
    Api().post(f"/customers/{made['id']}/interactions", {"kind": "call", "summary": "hello"})
    desk.act(here, "undo")
    Office.work()
    page = desk.browser.get(here)
    assert "Taken back 0 Stays 1" in page.text
    assert "more has been written since" in desk.browser.get(f"{here}/rows?outcome=kept").text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "There is nothing in the file."),
        (b"<html><body>table</body></html>", "This is a web page"),
        (b"PK\x03\x04 no archive", "The file is damaged"),
        (b'[{"name": "x"}]', "This is JSON."),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_what_to_do(desk: Desk, content: bytes, said: str) -> None:
    here = desk.begin()
    files.put(pieces.upload_key(here.rpartition("/")[2]), content)
    desk.act(here, "uploaded")
    Office.work()
    assert said in desk.browser.get(here).text


def test_an_import_that_nothing_is_heard_of_can_be_sent_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    here = desk.begin()
    files.put(pieces.upload_key(here.rpartition("/")[2]), b"name\nZed\n")
    desk.act(here, "uploaded")
    item = Import.read(here.rpartition("/")[2])
    item.update([Import.updated_at.set("2020-01-01T00:00:00+00:00")])
    page = desk.browser.get(here)
    assert "Nothing was heard of it for a while." in page.text
    assert "Go on now" in page.text
    desk.act(here, "cancel")
    assert "stopped" in desk.browser.get(here).text
    # What cannot be any more is no error: how it stands now is shown.
    moved = desk.browser.submit(here, here, action="run")
    assert "It had moved on meanwhile." in desk.browser.get(moved.location).text


def test_a_form_that_is_filled_in_wrong_is_shown_again_and_one_sent_twice_begins_once(desk: Desk) -> None:
    page = desk.browser.get(f"{PLACE}?kind=purchases")
    assert re.search(r'<option value="purchases" selected>', page.body)
    form = {"csrf": page.csrf, "once": "one-form", "kind": "customers", "file_name": CANARY}
    wrong = desk.browser.post(PLACE, {**form, "as_of": "yesterday"})
    assert (wrong.status, 'aria-invalid="true"' in wrong.body) == (422, True)
    assert wrong.body.count("<script>alert") == 0
    assert desk.browser.post(PLACE, {**form, "kind": "nonsense"}).status == 422
    assert desk.browser.post(PLACE, {**form, "once": ""}).status == 422
    assert desk.browser.submit(PLACE, PLACE, action="x").status == 422
    places = {desk.browser.post(PLACE, form).location for _ in range(2)}
    assert len(places) == 1
    assert CANARY in desk.browser.get(PLACE).text
    assert desk.browser.submit(places.pop(), f"{PLACE}/nobody", action="zzz").status == 400
    assert desk.browser.get(f"{PLACE}/nobody").status == 404


def test_only_who_may_import_comes_here(browser: Browser, desk: Desk) -> None:
    here = desk.begin()
    for role in ("sales", "marketing", "till", "readonly"):
        other = browser.signed_in(f"a_{role}", role=role)
        assert {other.get(one).status for one in (PLACE, here, f"{here}/rows", f"{here}/refused")} == {403}
        assert other.post(here, {"csrf": other.csrf, "action": "cancel"}).status == 403
        assert PLACE not in other.get("/console/customers").body


def test_it_is_said_in_urdu_from_the_right_and_who_saw_rows_is_noted(desk: Desk) -> None:
    here = desk.upload([["نام", "ای میل", "birthday"], ["بانو", "bano2@import.example", "1990-05-17"]])
    desk.browser.accepted = "ur"
    page = desk.browser.get(here)
    assert 'dir="rtl"' in page.body
    for text in ("یہ آزمائش ہے", "یہ سطریں لکھ دیں", "نئے ۱", "بانو", "۱۷ مئی، ۱۹۹۰", "قسم فرد"):
        assert text in page.text, text
    assert "1990-05-17" not in page.text.partition("پہلی سطریں")[2].partition("کالموں میں کیا ہے")[0]
    assert desk.browser.get(f"{here}/rows").status == 200
    rows = [["name", "email", "birthday"], ["Wania", "no address", "1990-01-02"]]
    rows += [["Zoya", "z@import.example", "1991-01-02"], ["Gone", "gone3@import.example", "2190-01-01"]]
    rows += [["Xena", "x@import.example", "someday"]]
    refused = desk.browser.get(f"{desk.upload(rows)}/rows?outcome=refused")
    for text in (
        "سالگرہ: \u20682190-01-01\u2069 کو \u20682190-01-01\u2069 پڑھا گیا، جو ابھی آنا ہے",
        "ای میل: یہ ای میل پتہ نہیں",
        "سالگرہ: \u2068someday\u2069: تاریخ نہیں",
        "\u2066YYYY-MM-DD\u2069 کی طرح لکھیں",
        "سال، یا تاریخوں کی ترتیب درست کریں",
    ):
        assert text in refused.text, text
    assert '<bdi lang="en"' not in refused.body
    # It begins with the name of a column, in whatever script: the sentence runs as the page does nonetheless.
    assert '<bdi dir="rtl">سالگرہ: ' in refused.body
    assert '<bdi dir="auto">' not in refused.body
    today = f"AUDIT#READ#{clock.now():%Y-%m-%d}"
    assert [one.audit["route"] for one in Attempt.query(today) if str((one.named or {}).get("import_id")) in here] == [
        "GET /console/imports/{import_id}/rows"
    ]


def codes() -> set[str]:
    """All by which the slice says why a whole file is not taken."""
    found = {told[1] for told in formats._REFUSED} | {troubles.GAVE_UP, "answers"}
    for path in Path(str(formats.__file__)).parent.glob("*.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            at = {"FileRefused": 0, "_fail": 2}.get(ast.unparse(call.func))
            code = call.args[at] if at is not None else None
            found |= {str(code.value)} if isinstance(code, ast.Constant) else set()
    return found


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_why_a_file_is_not_taken_is_said_in_every_language(shop: None, language: str) -> None:
    words = rendering.environment(language).get_template("imports/words.html").make_module({"visit": None})
    assert len(codes()) > 15
    for code in codes():
        said = str(words.failure({"code": code, "reason": "English", "remedy": "words"}))  # type: ignore[attr-defined]
        assert "English" not in said, code
        assert not re.search("[a-z]{3,}", re.sub("XLSX|CSV|Excel|JSON|ZIP|UTF-|PDF|vCard|Numbers", "", said)), (
            code,
            said,
        )


def test_an_empty_file_is_said_to_be_one(desk: Desk) -> None:
    here = desk.begin()
    files.put(pieces.upload_key(here.rpartition("/")[2]), b"")
    desk.act(here, "uploaded")
    Office.work()
    assert "There is nothing in the file. Choose the file with the table." in desk.browser.get(here).text
