"""Webhooks on pages: made, tried, changed beside others, switched, sent again, deleted; the secret is shown once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pynamodb.expressions.update import Action

from crm.access import roster
from crm.core import clock, table
from crm.core.outbox import OUTBOX, SHARDS, Outgoing
from crm.webhooks import spreading
from crm.webhooks.models import WEBHOOKS, Delivery, Webhook
from infra.build import catalogues
from tests.audit import chains
from tests.console.browser import Browser, Shown
from tests.console.filling import filled
from tests.support.world import Api

HOOKS = "/console/webhooks"
CANARY = "</p><script>alert('x')</script>\"'&{{7*7}}%s"
SECRET = re.compile(r"whsec_[\w+/=]{40,}")
URL = "https://hooks.example.com/crm"


@pytest.fixture
def boss(shop: None) -> Browser:
    roster.forget()
    return Browser().signed_in("boss", role="owner")


@pytest.fixture
def hook(boss: Browser) -> str:
    """The address of one that was made."""
    _, page = made(boss, name="Newsletter")
    return address_on(page)


def made(boss: Browser, **typed: str) -> tuple[dict[str, str], Shown]:
    """What was sent, and the page that answered."""
    told = {"name": "x", "url": URL, "event__customer__created": "yes", **typed}
    sent = filled(boss.get(HOOKS), HOOKS, **told)
    return sent, boss.post(HOOKS, sent)


def address_on(page: Shown) -> str:
    found = re.search(rf'href="({HOOKS}/[a-z2-7]+)"', page.body)
    assert found, page.text
    return found[1]


def stored(address: str) -> Webhook:
    found = Webhook.read(address.rpartition("/")[2])
    assert found
    return found


def did(boss: Browser, address: str, action: str, **typed: str) -> Shown:
    """What comes of a button of the page."""
    return boss.post(address, {"csrf": boss.csrf, "once": f"{action} {clock.stamp()}", "action": action, **typed})


def delivery(address: str, **more: Any) -> Delivery:
    """Something that was sent there."""
    known: dict[str, Any] = {"kind": "customer.created", "at": clock.stamp(), "data": {"customer_id": "x"}}
    one = spreading.made(address.rpartition("/")[2], event_id=f"{clock.stamp()}_{len(more)}", **known)
    for name, value in more.items():
        setattr(one, name, value)
    one.save()
    return one


def sent_again() -> list[str]:
    return [
        place["sk"]
        for shard in range(SHARDS)
        for one in Outgoing.query(f"{OUTBOX}#{shard}")
        for place in one.again or ()
    ]


def test_what_signs_is_shown_once_and_stands_nowhere_else(boss: Browser) -> None:
    before = dict(boss.cookies)
    sent, page = made(boss, name=f"گودام {CANARY}", event__segment__left="yes")
    (secret,) = SECRET.findall(page.body)
    assert (page.status, page.headers["cache-control"], page.location, boss.cookies) == (200, "no-store", "", before)
    address = address_on(page)
    assert (stored(address).name, stored(address).events) == (f"گودام {CANARY}", {"customer.created", "segment.left"})
    again = boss.post(HOOKS, sent)
    assert (again.status, address_on(again), "make another one" in again.text) == (200, address, True)
    others = [again, boss.get(HOOKS), boss.get(address), boss.get(f"{address}?ask=delete"), boss.get("/console")]
    assert not any(SECRET.findall(one.body) or "<script>alert" in one.body for one in others)
    assert all(f"گودام {CANARY}" in one.text for one in others[:-1])
    assert secret not in str(chains.stored())
    assert "A customer left a group" in others[1].text


def test_who_sends_the_form_twice_makes_one_webhook_and_another_secret_in_one_click(boss: Browser) -> None:
    sent, first = made(boss, name="Clicked twice")
    again = boss.post(HOOKS, sent)
    address = address_on(first)
    assert (again.status, SECRET.findall(again.body), address_on(again)) == (200, [], address)
    page = boss.post(address, {**filled(again, address), "action": "rotate"})
    (secret,) = SECRET.findall(page.body)
    assert [secret] != SECRET.findall(first.body)


def test_another_secret_is_shown_once_and_for_a_day_both_sign(boss: Browser, hook: str) -> None:
    rotate = {"csrf": boss.csrf, "once": "anew", "action": "rotate"}
    page = boss.post(hook, rotate)
    assert (page.status, len(SECRET.findall(page.body)), "the one before signs, too" in page.text) == (200, 1, True)
    assert not SECRET.findall(boss.post(hook, rotate).body)
    assert stored(hook).version == 2
    assert boss.post(hook, {**rotate, "once": ""}).status == 422


def test_it_says_what_came_of_what_was_sent_and_why(boss: Browser, hook: str) -> None:
    assert "Nothing was sent yet" in boss.get(hook).text
    failed = delivery(hook, state="failed", attempts=11, answer="certificate")
    delivery(hook, state="delivered", attempts=1, answer="204", kind="segment.joined")
    delivery(hook, attempts=2, answer="503", tried_at=clock.stamp(), kind="purchase.recorded")
    page = boss.get(hook)
    assert "given up; its certificate is not good" in page.text
    assert re.search(r"on its way; it answered 503 the next try: ", page.text)
    assert ("204" in page.text, 'value="again"' in page.body) == (False, True)
    only = boss.get(f"{hook}?state=failed")
    assert ("given up;" in only.text, only.body.count('value="again"'), page.body.count('value="again"')) == (
        True,
        1,
        3,
    )
    answer = did(boss, hook, "again", event=failed.event_id)
    assert answer.location == f"{hook}?done=again"
    once_more = Delivery.read(failed.pk, failed.sk)
    assert once_more
    assert (once_more.state, once_more.attempts, failed.sk in sent_again()) == ("due", 0, True)
    assert did(boss, hook, "again", event="nothing").status == 404


def test_it_is_tried_switched_off_and_on_and_says_who_switched_it_off(boss: Browser, hook: str) -> None:
    assert did(boss, hook, "try").location == f"{hook}?done=tried"
    assert re.search(r"A trial.*on its way", boss.get(hook).text)
    assert did(boss, hook, "off").location == f"{hook}?done=off"
    page = boss.get(hook)
    assert (stored(hook).state, 'value="try"' in page.body, "because nothing arrived" in page.text) == (
        "off",
        False,
        False,
    )
    assert did(boss, hook, "try").status == 409
    since = "2026-11-20T09:00:00.000000Z"
    by_itself: list[Action] = [
        Webhook.off_because.set(f"nothing has arrived since {since}"),
        Webhook.failing_since.set(since),
    ]
    table.commit(lambda transaction: transaction.update(stored(hook), by_itself))
    page = boss.get(hook)
    assert "switched off by itself: nothing had arrived since" in page.text
    assert "because nothing arrived for three days" in page.text
    assert "switched off by itself" in boss.get(HOOKS).text
    assert did(boss, hook, "on").location == f"{hook}?done=on"
    assert stored(hook).state == "active"
    assert stored(hook).off_because is None


def test_only_what_was_changed_is_written_and_both_are_shown_where_another_was_faster(boss: Browser, hook: str) -> None:
    page = boss.get(hook)

    def saved(**typed: str) -> Shown:
        return boss.post(hook, {**filled(page, hook, **typed), "action": "change"})

    api, change = Api(), {"role": "owner", "headers": {"if-match": "*"}}
    assert api.patch(f"/webhooks/{hook.rpartition('/')[2]}", {"name": "Theirs"}, **change).status == 200
    beside = {f"event__{one}": "yes" for one in ("customer__changed",)}
    change_url = {**filled(page, hook, url=f"{URL}/2", **beside), "action": "change"}
    assert boss.post(hook, change_url).location == f"{hook}?done=changed"
    known = stored(hook)
    assert (known.name, known.url, known.events) == ("Theirs", f"{URL}/2", {"customer.created", "customer.changed"})
    both = saved(name="Mine")
    assert (both.status, "Theirs" in both.text, 'value="Mine"' in both.body) == (409, True, True)
    assert stored(hook).name == "Theirs"


def test_what_is_wrong_stands_beside_its_field(boss: Browser, hook: str) -> None:
    for url in ("http://shop.example/x", "https://10.0.0.1/", "ftp://x"):
        _, page = made(boss, url=url)
        assert (page.status, 'id="url-wrong"' in page.body, f'value="{url}"' in page.body) == (422, True, True)
    _, page = made(boss, event__customer__created="")
    assert (page.status, "Choose at least one." in page.text) == (422, True)
    page = boss.post(hook, {**filled(boss.get(hook), hook, name="", url="https://x.example:22/"), "action": "change"})
    assert (page.status, 'id="url-wrong"' in page.body or 'id="name-wrong"' in page.body) == (422, True)
    assert (stored(hook).name, stored(hook).url) == ("Newsletter", URL)


def test_deleting_is_asked_once_more(boss: Browser, hook: str) -> None:
    asked = boss.get(f"{hook}?ask=delete")
    assert ("Delete this webhook?" in asked.text, stored(hook).state) == (True, "active")
    assert did(boss, hook, "delete").location == f"{HOOKS}?done=deleted"
    assert (boss.get(hook).status, did(boss, hook, "delete").status, did(boss, hook, "burn").status) == (404, 404, 400)


def test_whoever_may_not_send_events_outside_sees_none_of_it(boss: Browser, hook: str) -> None:
    for role, may in (("manager", 200), ("marketing", 403), ("till", 403)):
        other = Browser().signed_in(role)
        assert [other.get(one).status for one in (HOOKS, hook)] == [may, may]
    assert other.post(hook, {"csrf": other.csrf, "action": "off"}).status == 403
    assert stored(hook).state == "active"


def test_there_are_no_more_than_can_be(boss: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm.webhooks.service.MOST", len(list(Webhook.query(WEBHOOKS))))
    sent = {"csrf": boss.csrf, "once": "more", "name": "x", "url": URL, "event.customer.created": "yes"}
    page = boss.post(HOOKS, sent)
    assert (page.status, "as many as there can be" in page.text) == (422, True)


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_it_speaks_the_readers_language(boss: Browser, hook: str, language: str) -> None:
    boss.accepted = language
    delivery(hook, state="failed", answer="time")
    for page in (boss.get(HOOKS), boss.get(hook), made(boss)[1]):
        assert (page.status, "Webhooks" in page.text.replace("Standard Webhooks", "")) == (200, False)
