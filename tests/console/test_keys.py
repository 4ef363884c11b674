"""Keys of machines on pages: made, changed over, taken back; what opens one is shown once and stands nowhere else."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crm.access import roster
from crm.core import clock
from crm.keys import authorizing, metering
from crm.keys.models import KEYS as KEYS_THERE
from crm.keys.models import MachineKey
from infra.build import catalogues
from tests.audit import chains
from tests.console.browser import Browser, Shown
from tests.console.filling import filled
from tests.support.world import Api

KEYS = "/console/keys"
CANARY = "</p><script>alert('x')</script>\"'&{{7*7}}%s"
OWNER: dict[str, Any] = {"role": "owner", "caller": "boss"}
SECRET = re.compile(r"crm_[a-z2-7]{26}_[\w-]{40,}")


@pytest.fixture
def boss(shop: None) -> Browser:
    roster.forget()
    return Browser().signed_in("boss", role="owner")


def made(boss: Browser, **typed: str) -> tuple[dict[str, str], Shown, str]:
    """What was sent, the page that answered, and the secret on it."""
    sent = filled(boss.get(KEYS), KEYS, **typed)
    page = boss.post(KEYS, sent)
    (secret,) = SECRET.findall(page.body) or [""]
    return sent, page, secret


def stored() -> list[MachineKey]:
    return list(MachineKey.query(KEYS_THERE, consistent_read=True))


def test_what_opens_a_key_is_shown_once_and_stands_nowhere_else(boss: Browser) -> None:
    before = dict(boss.cookies)
    sent, page, secret = made(boss, name=f"گودام {CANARY}", role="till", rate="٦٠", valid_days="90")
    assert (page.status, page.body.count(secret), page.headers["cache-control"]) == (200, 1, "no-store")
    assert (page.cookies, page.location, boss.cookies) == ([], "", before)
    key_id = secret.split("_")[1]
    assert authorizing.holder(f"Bearer {secret}") == {"key": key_id, "role": "till", "rate": "60", "generation": "1"}
    # Loaded anew, come back to, and whatever else shows the key.
    again = boss.post(KEYS, sent)
    assert (again.status, "make another one" in again.text) == (200, True)
    others = [again, boss.get(KEYS), boss.get(f"{KEYS}/{key_id}"), boss.get(f"{KEYS}/{key_id}?ask=revoke")]
    assert not any(secret[30:] in one.body or "<script>alert" in one.body for one in (*others, boss.get("/console")))
    assert all(f"گودام {CANARY}" in one.text for one in others)
    assert len(SECRET.findall("".join(one.body for one in others))) == 0
    assert [one.key_id for one in stored() if one.name == f"گودام {CANARY}"] == [key_id]
    assert secret[31:] not in str(chains.stored())


def test_each_key_says_what_it_may_when_it_was_used_and_until_when(boss: Browser) -> None:
    _, _, secret = made(boss, name="Till 8", valid_days="730")
    metering.count({"requestContext": {"authorizer": {"lambda": authorizing.holder(secret)}}})
    row = re.search(r"<tr>\s*<th[^>]*><a[^>]*><bdi>Till 8<.*?</tr>", boss.get(KEYS).body, re.DOTALL)
    assert row
    assert ("till" in row[0], "good" in row[0], str(clock.now().year + 2) in row[0]) == (True, True, True)
    assert "never" not in row[0]


def test_who_sends_the_form_twice_makes_one_key_and_another_secret_in_one_click(boss: Browser) -> None:
    """The second answer takes the place of the first, whose secret nobody has read."""
    sent, _, unseen = made(boss, name="Till clicked twice", valid_days="30")
    again = boss.post(KEYS, sent)
    address = f"{KEYS}/{unseen.split('_')[1]}"
    assert (again.status, SECRET.findall(again.body)) == (200, [])
    click = {**filled(again, address), "action": "rotate"}
    page = boss.post(address, click)
    (secret,) = SECRET.findall(page.body)
    assert (authorizing.holder(unseen), bool(authorizing.holder(secret))) == (None, True)
    assert [one.generation for one in stored() if one.name == "Till clicked twice"] == [2]
    # Twice here, too: one more secret is not made unasked.
    twice = boss.post(address, click)
    assert (SECRET.findall(twice.body), "Make another secret" in twice.text) == ([], True)
    assert authorizing.holder(secret)
    # Of what opens nothing any more no secret is offered.
    boss.post(address, {"csrf": boss.csrf, "action": "revoke"})
    assert "Make another secret" not in boss.post(KEYS, sent).text


def test_another_secret_is_shown_once_and_the_one_before_holds_as_long_as_was_said(boss: Browser) -> None:
    _, _, first = made(boss, name="Web shop")
    address = f"{KEYS}/{first.split('_')[1]}"
    page = boss.get(address)
    sent = {**filled(page, address, grace_hours="72"), "action": "rotate"}
    answer = boss.post(address, sent)
    (second,) = SECRET.findall(answer.body)
    assert second != first
    assert authorizing.holder(first)
    assert authorizing.holder(second)
    assert not SECRET.findall(boss.post(address, sent).body)
    assert "The one before is good until" in boss.get(address).text
    # Whoever still has the page from before is told, and changes nothing.
    stale = {**filled(page, address), "action": "rotate", "once": "another"}
    refused = boss.post(address, stale)
    assert (refused.status, "Somebody has changed this key meanwhile" in refused.text) == (412, True)
    now = boss.post(address, {**filled(boss.get(address), address, grace_hours="0"), "action": "rotate"})
    (third,) = SECRET.findall(now.body)
    assert (authorizing.holder(second), bool(authorizing.holder(third))) == (None, True)


def test_a_key_is_taken_back_after_asking_once_more(boss: Browser) -> None:
    _, _, secret = made(boss, name="Old till")
    address = f"{KEYS}/{secret.split('_')[1]}"
    asked = boss.get(f"{address}?ask=revoke")
    assert ("Revoke this key?" in asked.text, bool(authorizing.holder(secret))) == (True, True)
    answer = boss.post(address, {"csrf": asked.csrf, "action": "revoke"})
    assert answer.location == f"{address}?done=revoked"
    assert authorizing.holder(secret) is None
    page = boss.get(answer.location)
    assert ("revoked" in page.text, 'value="rotate"' in page.body, "?ask=" in page.body) == (True, False, False)
    assert (
        boss.post(
            address, {"csrf": page.csrf, "action": "rotate", "version": "2", "grace_hours": "1", "once": "x"}
        ).status
        == 409
    )
    about = [one for one in chains.stored() if "deeds" in one and secret.split("_")[1] in str(one["deeds"])]
    assert [(one["audit"]["who"], one["audit"]["route"]) for one in about] == [
        ("boss", "POST /console/keys"),
        ("boss", "POST /console/keys/{key_id}"),
    ]


def test_what_is_wrong_stands_beside_its_field_and_no_key_is_made(boss: Browser) -> None:
    before = len(stored())
    for name, value in (("name", ""), ("role", "nobody"), ("role", "owner"), ("rate", "many"), ("rate", "7000")):
        _, page, _ = made(boss, **{"name": "x", name: value})
        assert (page.status, f'id="{name}-wrong"' in page.body, SECRET.findall(page.body)) == (422, True, [])
    sent = filled(boss.get(KEYS), KEYS, name="No proof")
    assert boss.post(KEYS, {**sent, "once": ""}).status == 422
    assert len(stored()) == before
    assert boss.post(KEYS, {**sent, "csrf": "0"}).status == 403


def test_nobody_gives_a_machine_more_than_they_may_and_others_see_no_keys(boss: Browser) -> None:
    key = Api().post("/keys", {"name": "Book", "role": "sales"}, **OWNER).body["id"]
    maker = {"id": "keymaker", "all": ["keys.manage"]}
    assert Api().post("/roles", maker, **OWNER).status == 201
    assert Api().post("/staff", {"id": "kim", "name": "Kim", "role": "keymaker"}, **OWNER).status == 201
    roster.forget()
    kim = Browser().signed_in("kim", role="keymaker")
    first = kim.get(KEYS)
    assert (f'<a href="{KEYS}" aria-current="page">' in first.body, "no role that you may give" in first.text) == (
        True,
        True,
    )
    told = {"name": "Mine", "role": "till", "rate": "60", "valid_days": "30"}
    page = kim.forged(KEYS, {"csrf": first.csrf, "once": "mine", **told})
    assert (page.status, "this role may more than yours" in page.text) == (422, True)
    address = f"{KEYS}/{key}"
    for action in ("revoke", "rotate"):
        page = kim.post(address, {**filled(kim.get(address), address), "action": action})
        assert (page.status, "the role of this key may more than yours" in page.text) == (403, True)
    assert [one.revoked_at for one in stored() if one.key_id == key] == [None]
    for role in ("manager", "till"):
        other = Browser().signed_in(role)
        assert [other.get(one).status for one in (KEYS, address)] == [403, 403]
        assert KEYS not in other.get("/console/me").body


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_it_speaks_the_readers_language(boss: Browser, language: str) -> None:
    boss.accepted = language
    for page in (boss.get(KEYS), made(boss, name="Till")[1]):
        assert "Keys of machines" not in page.text
        assert page.status == 200
