"""A key that is sent opens what its role may, as long as it holds; each check is switched off once."""

from __future__ import annotations

import hmac
from datetime import timedelta

import pytest

from crm.keys import metering, rules
from tests.keys.desk import NEW, OWNER, WRONG, Shop, stored
from tests.support.rows import told_items


def test_a_key_opens_what_its_role_may_and_nothing_else(shop: Shop) -> None:
    key_id, sent = shop.made()
    assert shop.let_in(sent) == {"key": key_id, "role": "till", "rate": "5", "generation": "1"}
    made = shop.ask(sent, method="POST", path="/customers", body={"name": "Anna"})
    assert (made.status, made.headers["location"]) == (201, f"/machine/customers/{made.body['id']}")
    refused = shop.ask(sent, path="/keys")
    assert (refused.status, refused.body["type"]) == (403, "urn:crm:problem:forbidden")
    assert stored(key_id).used == 2


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_key_is_not_let_in(shop: Shop, name: str) -> None:
    _, sent = shop.made()
    assert shop.let_in(WRONG[name](sent)) is None


@pytest.mark.parametrize("form", ["{}", "Bearer {}", "bearer  {} "])
def test_a_key_is_taken_with_and_without_bearer(shop: Shop, form: str) -> None:
    _, sent = shop.made()
    assert shop.let_in(form.format(sent)) is not None


def test_a_revoked_key_opens_nothing_though_the_gateway_remembers_it(shop: Shop) -> None:
    key_id, sent = shop.made()
    remembered = shop.let_in(sent)
    for _ in range(2):
        assert shop.api.delete(f"/keys/{key_id}", **OWNER).status == 204
    assert shop.let_in(sent) is None
    assert shop.machine(remembered).status == 401
    assert shop.rotate(key_id).status == 409


def test_a_key_ends_with_its_time_and_goes_from_the_list_a_month_later(shop: Shop) -> None:
    key_id, sent = shop.made()
    remembered = shop.let_in(sent)
    shop.now += timedelta(days=30)
    assert (shop.let_in(sent), shop.machine(remembered).status) == (None, 401)
    assert stored(key_id).expires_at == int((shop.now + timedelta(days=30)).timestamp())


def test_after_a_rotation_the_earlier_secret_holds_for_its_grace_alone(shop: Shop) -> None:
    key_id, earlier = shop.made()
    remembered = shop.let_in(earlier)
    rotated = shop.rotate(key_id, grace_hours=2)
    assert (rotated.status, shop.rotate(key_id, grace_hours=2).body["key"]) == (200, None)
    later = rotated.body["key"]
    assert [(shop.let_in(sent) or {}).get("generation") for sent in (earlier, later)] == ["1", "2"]
    assert shop.machine(remembered).status == 200
    shop.now += timedelta(hours=2)
    assert shop.let_in(earlier) is None
    assert shop.machine(remembered).status == 401
    assert shop.ask(later).status == 200
    # Of two rotations the grace is for the last secret alone.
    last = shop.rotate(key_id, key="r2", grace_hours=2).body["key"]
    assert [shop.let_in(sent) is not None for sent in (earlier, later, last)] == [False, True, True]


def test_a_rotation_without_grace_ends_the_earlier_secret_at_once(shop: Shop) -> None:
    key_id, earlier = shop.made()
    remembered = shop.let_in(earlier)
    shop.rotate(key_id, grace_hours=0)
    assert (shop.let_in(earlier), shop.machine(remembered).status) == (None, 401)


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"key": "a" * 26, "role": "till", "rate": "5", "generation": "1"},
        {"role": "till", "rate": "5", "generation": "1"},
        {"key": "k1", "role": "till"},
    ],
    ids=str,
)
def test_without_a_key_that_there_is_the_api_refuses_by_itself(shop: Shop, context: dict[str, str]) -> None:
    shop.made()
    assert shop.machine(context).status == 401


def test_a_machine_makes_no_keys_whatever_its_role(shop: Shop) -> None:
    key_id, sent = shop.made()
    context = {**(shop.let_in(sent) or {}), "role": "owner"}
    before = told_items()
    answers = [
        shop.machine(context, "POST", "/keys", body=NEW),
        shop.machine(context, "POST", f"/keys/{key_id}/rotate", body={}),
        shop.machine(context, "DELETE", f"/keys/{key_id}"),
    ]
    assert [answer.status for answer in answers] == [403, 403, 403]
    counted = {"minute", "used"}
    assert [{k: v for k, v in one.items() if k not in counted} for one in told_items()] == [
        {k: v for k, v in one.items() if k not in counted} for one in before
    ]


def test_each_check_is_the_one_that_refuses(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    key_id, sent = shop.made()
    remembered = shop.let_in(sent)
    another = WRONG["another secret"](sent)
    with monkeypatch.context() as hole:
        hole.setattr(hmac, "compare_digest", lambda *_: True)
        assert shop.let_in(another) is not None
    with monkeypatch.context() as hole:
        hole.setattr(metering, "_counted", lambda *_: stored(key_id))
        assert {shop.machine(remembered).status for _ in range(7)} == {200}
    shop.api.delete(f"/keys/{key_id}", **OWNER)
    with monkeypatch.context() as hole:
        hole.setattr(rules, "holds", lambda *_, **__: True)
        assert shop.let_in(sent) is not None
        assert shop.machine(remembered).status == 200
    assert shop.machine(remembered).status == 401
    with monkeypatch.context() as hole:
        hole.setattr(rules, "_NOT_FOR_MACHINES", frozenset())
        assert shop.make(key="o", role="owner").status == 201
