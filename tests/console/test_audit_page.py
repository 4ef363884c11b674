"""The audit on a page: who did, was refused and saw what, by filters, a page at a time; and whether it is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from html import unescape

import pytest

from crm.audit.models import CHAIN, Entry
from crm.console.business import audit as page_of_audit
from crm.core import clock
from crm.core.config import settings
from crm.core.lease import Lease
from crm.mail import languages
from tests.audit import chains
from tests.console.browser import Browser
from tests.support.world import Api

PAGE = "/console/audit"
CANARY = "<script>alert('x')</script>\"'&{{7*7}}"


@dataclass(frozen=True)
class Done:
    """What was done: `customer` was made by mina, changed by the manager; `group` made, settings decided by mina."""

    customer: str


@pytest.fixture(scope="module")
def done(shop: None) -> Done:
    api = Api()
    mina = {"caller": "mina", "role": "manager"}
    made = api.post("/customers", {"name": f"Zoya {CANARY}", "income_band": "low"}, **mina).body["id"]
    anybody = {"headers": {"if-match": "*"}}
    assert api.patch(f"/customers/{made}", {"income_band": "high"}, **anybody).status == 200
    assert api.patch("/business", {"latest_hour": "19:15", "weekend": ["friday"]}, **anybody, **mina).status == 200
    assert api.patch("/business", {"latest_hour": None, "weekend": None}, **anybody, **mina).status == 200
    rule = {"field": "tags", "op": "contains", "value": "x"}
    assert api.post("/segments", {"name": f"گروپ {CANARY}", "rule": rule}, **mina).status == 201
    assert api.get("/audit", caller="bilal", role="readonly").status == 403
    assert api.get(f"/customers/{made}", **mina).status == 200
    chains.link()
    return Done(made)


@pytest.fixture
def owner(done: Done) -> Browser:
    return Browser().signed_in("nadia", role="owner")


def test_a_language_has_its_own_name(owner: Browser) -> None:
    api = Api()
    made = api.post("/customers", {"name": "Lina", "language": "ne"}).body["id"]
    assert api.patch(f"/customers/{made}", {"language": "he"}, headers={"if-match": "*"}).status == 200
    chains.link()
    told = owner.get(f"{PAGE}?customer={made}").body
    assert "<bdi>नेपाली</bdi></td>" in told
    assert "<bdi>עברית</bdi></td>" in told


def test_it_tells_who_did_what_from_which_value_to_which(owner: Browser, done: Done) -> None:
    page = owner.get(f"{PAGE}?staff=mina")
    assert page.status == 200
    for text in (
        "Settings: changed",
        "Latest hour nothing 19:15",
        "Latest hour 19:15 nothing",
        "Group: made",
        "manager",
    ):
        assert text in page.text, text
    assert f"Zoya {CANARY}" in page.text
    assert f"گروپ {CANARY}" in page.text
    assert "<script>alert" not in page.body
    assert "'&49" not in page.body
    # Latest first.
    assert page.text.index("Group: made") < page.text.index("19:15 nothing") < page.text.index("nothing 19:15")
    owner.accepted = "ur"
    assert "ترتیبات" in owner.get(f"{PAGE}?staff=mina").text


def test_it_is_narrowed_to_a_customer_a_member_a_kind_and_days(owner: Browser, done: Done) -> None:
    def numbers(query: str) -> set[str]:
        return set(re.findall(r"Entry ([\d,]+)", owner.get(f"{PAGE}?{query}").text))

    of_zoya = numbers(f"customer={done.customer}")
    by_mina = numbers(f"customer={done.customer}&staff=mina")
    assert by_mina < of_zoya
    seen = owner.get(f"{PAGE}?customer={done.customer}&event=read")
    assert "has seen · See customers" in seen.text
    assert "GET /customers/{customer_id}" in seen.text
    assert f"Zoya {CANARY}" in seen.text
    assert "Customer: changed" in owner.get(f"{PAGE}?customer={done.customer}").text
    assert "Customer: changed" not in seen.text
    refused = owner.get(f"{PAGE}?event=denied&staff=bilal").text
    assert "was refused · See who did, saw and tried what" in refused
    assert "GET /audit" in refused
    assert numbers("staff=mina&from=2020-01-01&to=2099-01-01") == numbers("staff=mina")
    for nowhere in ("staff=mina&to=2020-01-01", "staff=mina&from=2099-01-01", "staff=nobody", "customer=%3Cscript%3E"):
        page = owner.get(f"{PAGE}?{nowhere}")
        assert "Nothing of this kind is recorded." in page.text
        assert "<script>" not in page.body
    wrong = owner.get(f"{PAGE}?from=2027-02-30&to=9999-12-31")
    assert (wrong.status, wrong.text.count("This is no day.")) == (422, 2)


def test_a_page_leads_to_the_one_before_it_until_all_was_seen(
    owner: Browser, done: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = re.findall(r"Entry ([\d,]+)", owner.get(f"{PAGE}?staff=mina").text)
    monkeypatch.setattr(page_of_audit, "_AT_ONCE", 2)
    address, seen = f"{PAGE}?staff=mina", list[str]()
    while address:
        page = owner.get(address)
        seen += re.findall(r"Entry ([\d,]+)", page.text)
        found = re.search(r'<a class="button" href="([^"]+)"', page.body)
        address = unescape(found[1]) if found else ""
    assert (seen, len(whole) > 4) == (whole, True)
    assert owner.get(f"{PAGE}?cursor=x").location == PAGE


def test_the_chain_is_looked_at_in_parts_and_what_was_changed_is_found(
    owner: Browser, done: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = owner.get(f"{PAGE}?walk=begin")
    entries = chains.entries()
    assert f"All {len(entries)} entries are as they were written" in page.text
    assert f"{len(entries)}:{entries[-1]['hash']}" in page.text
    # A part at a time: the first says how far it is, and leads on; a script goes on by itself.
    monkeypatch.setattr(page_of_audit, "_STEPS", 1)
    monkeypatch.setattr("crm.audit.chain.AT_ONCE", 5)
    monkeypatch.setattr("crm.audit.chain.page.__kwdefaults__", {"after": None, "limit": 5, "backwards": False})
    address, parts = f"{PAGE}?walk=begin", 0
    while address:
        page = owner.get(address, hx_request="true")
        assert "<html" not in page.body
        found = re.search(r'hx-get="([^"]+)"', page.body)
        address, parts = unescape(found[1]) if found else "", parts + 1
    assert parts > len(entries) // 5
    assert f"All {len(entries)} entries" in page.text
    assert owner.get(f"{PAGE}?walk=x").location == PAGE


def test_an_entry_that_was_changed_is_named_in_every_language(owner: Browser, done: Done) -> None:
    third = chains.entries()[2]
    assert third["pk"].startswith(CHAIN)
    entry = Entry.get(third["pk"], third["sk"])
    entry.text = entry.text.replace('"at":"2', '"at":"1')
    entry.save()
    try:
        page = owner.get(f"{PAGE}?walk=begin")
        assert "entry 3 is the first that is wrong" in page.text
        assert "It was changed." in page.text
        owner.accepted = "ne"
        assert "पहिलो गलत प्रविष्टि ३ हो" in owner.get(f"{PAGE}?walk=begin").text
    finally:
        entry.text = third["text"]
        entry.save()


def test_nobody_but_the_owner_sees_it_and_who_sees_it_is_noted(owner: Browser, done: Done) -> None:
    for role in ("manager", "readonly", "sales", "till"):
        browser = Browser().signed_in("somebody", role=role)
        assert browser.get(PAGE).status == 403
        assert PAGE not in browser.get("/console/settings").body
    assert PAGE in owner.get("/console/settings").body
    chains.link()
    noted = owner.get(f"{PAGE}?staff=nadia&event=read").text
    assert "has seen · See who did, saw and tried what" in noted


@pytest.fixture
def anew() -> Iterator[None]:
    """What this process knows of the business is forgotten before the next test."""
    yield
    settings.cache_clear()
    Lease.forget_all()


@pytest.mark.usefixtures("anew")
@pytest.mark.parametrize(
    ("zone", "hour", "days_later"), [("Asia/Karachi", "20:30", 1), ("America/New_York", "02:30", -1)]
)
def test_its_days_are_those_of_the_business(
    done: Done, monkeypatch: pytest.MonkeyPatch, zone: str, hour: str, days_later: int
) -> None:
    # Two weeks on, as entries come in order; at this hour another day is written where the business is.
    there = clock.now().date() + timedelta(days=14 if days_later > 0 else 15)
    moment = datetime.combine(there, time.fromisoformat(hour), UTC)
    monkeypatch.setenv("BUSINESS_TIMEZONE", zone)
    settings.cache_clear()
    Lease.forget_all()
    monkeypatch.setattr(clock, "now", lambda: moment)
    assert Api().patch(f"/customers/{done.customer}", {"income_band": zone}, headers={"if-match": "*"}).status == 200
    chains.link()
    owner = Browser().signed_in("nadia", role="owner")
    local = there + timedelta(days=days_later)
    for day, is_there in ((local, True), (there, False), (local + timedelta(days=days_later), False)):
        days = f"from={day}&to={day}"
        found = [zone in owner.get(f"{PAGE}?{more}{days}").text for more in (f"customer={done.customer}&", "")]
        assert found == [is_there] * 2, day
    assert f"the last of {languages.shown(local, languages.choose('en'))}." in owner.get(PAGE).text
