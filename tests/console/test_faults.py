"""The summary of a refused form names each field as its label does, and leads there."""

from __future__ import annotations

import re

from crm.console import faults, rendering
from tests.console.browser import Browser
from tests.console.filling import filled

HOSTILE = "<b>'\"&"
SETTINGS, ROUTING = "/console/settings", "/console/routing"
FORM = """{% import "forms.html" as forms with context %}{{ forms.problems(errors) }}
<p id="gone"></p><input type="hidden" id="hidden">
{{ forms.text("name", label, error=errors.get("name")) }}{{ forms.area("note", "Note", required=True) }}
<label for="line">Line <kbd>c</kbd></label><input id="line">
<input id="bare"><input id="spoken" aria-label="Said">
<fieldset id="days"><legend>Days  of
rest</legend>{{ forms.check("day.mon", "Monday") }}{{ forms.check("day.tue", "Tuesday") }}
<details><summary>More<span>: all</span></summary>{{ forms.choice("how", "How", [("", "-")]) }}</details></fieldset>
{{ forms.text("last", "Last") }}<button id="go">Go <b>on</b></button>"""


def entries(page: str) -> list[str]:
    """What stands in the summary of a page, one by one."""
    [summary] = re.findall(r'id="problems".*?</ul>', page, re.DOTALL)
    return re.findall(r"<li[^>]*>.*?</li>", summary, re.DOTALL)


def entry(name: str, *, label: str = "Name") -> str:
    """The one of a fault, in a form of which it is the only one."""
    template = rendering.environment("en").from_string(FORM)
    [found] = entries(faults.named(template.render(errors={name: f"no {HOSTILE}"}, label=label)))
    return found.replace("&lt;b&gt;&#39;&#34;&amp;", "!")


def test_each_entry_leads_to_its_field_and_says_its_label() -> None:
    for name, at, called in (
        ("name", "name", "<bdi>Name</bdi>"),
        ("note", "note", "<bdi>Note</bdi>"),
        ("line", "line", "<bdi>Line</bdi>"),
        ("spoken", "spoken", "<bdi>Said</bdi>"),
        ("day.tue", "day.tue", "<bdi>Days of rest</bdi> – <bdi>Tuesday</bdi>"),
        ("how", "how", "<bdi>Days of rest</bdi> – <bdi>More: all</bdi> – <bdi>How</bdi>"),
        ("last", "last", "<bdi>Last</bdi>"),
        ("go", "go", "<bdi>Go on</bdi>"),
    ):
        assert entry(name) == f'<li><a href="#{at}"><strong>{called}</strong>: no !</a></li>'


def test_a_group_is_gone_to_by_the_first_of_its_fields() -> None:
    assert entry("days") == '<li><a href="#day.mon"><strong><bdi>Days of rest</bdi></strong>: no !</a></li>'


def test_no_entry_leads_where_one_cannot_type() -> None:
    assert entry("bare") == '<li><a href="#bare">no !</a></li>'
    for name in ("gone", "hidden", "nowhere", HOSTILE):
        assert "<a" not in entry(name)
    assert entry("") == "<li>no !</li>"


def test_what_a_label_says_is_not_markup() -> None:
    found = entry("name", label=f"{HOSTILE} x")
    assert ("<b>" in found, "&lt;b&gt;" in found) == (False, True)


def test_a_page_says_of_several_faults_where_each_is(manager: Browser) -> None:
    manager.accepted = "ur"
    told = {"reply_to": "nowhere", "logo_url": "ftp:x", "holidays": "soon"}
    page = manager.post(SETTINGS, filled(manager.get(SETTINGS), SETTINGS, **told))
    assert page.status == 422
    found = entries(page.body)
    assert {re.findall('href="#([^"]+)"', one)[0] for one in found} == set(told)
    for one in found:
        [(at, called)] = re.findall(r'<a href="#([^"]+)"><strong>(?:.* – )?<bdi>([^<]+)</bdi></strong>: ', one)
        assert re.search(rf'<label for="{re.escape(at)}">{re.escape(called)}', page.body), one
        assert f'id="{at}-wrong"' in page.body, one


def test_a_summary_is_focused_by_script_and_there_is_none_without_a_fault(manager: Browser) -> None:
    shown = manager.get(SETTINGS)
    assert 'id="problems"' not in shown.body
    refused = manager.post(SETTINGS, filled(shown, SETTINGS, cap_mails="many"))
    assert re.search(r'role="alert" id="problems" tabindex="-1"', refused.body)


def test_rows_of_the_same_fields_are_told_apart(manager: Browser) -> None:
    page = manager.get(ROUTING)
    typed = {**filled(page, ROUTING), "name.0": "First", "to.0": "", "place.0": "x"}
    found = entries(manager.post(ROUTING, typed).body)
    assert len(found) == 2
    assert all(">A new rule</bdi> – <bdi>" in one for one in found)
