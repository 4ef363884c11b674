"""Logging contacts with a customer over HTTP."""

from crm.core import clock
from tests.support.rows import all_items, count
from tests.support.world import Api

CALL = {"kind": "call", "summary": "Asked for the blue one", "at": "2026-01-05T10:00:00+05:00"}


def customer(api: Api) -> str:
    return api.post("/customers", {"name": "Sara"}).headers["location"]


def test_a_call_is_on_the_timeline_and_in_the_facts(api: Api) -> None:
    path = customer(api)
    logged = api.post(f"{path}/interactions", {**CALL, "channel": "mobile"})
    assert logged.status == 201, logged.body
    assert logged.body["at"] == "2026-01-05T05:00:00.000000Z"
    assert logged.body["recorded_by"] == "manager"
    assert api.get(f"{path}/interactions").body["items"] == [logged.body]
    facts = api.get(path).body["facts"]
    assert (facts["interactions"], facts["last_contact_at"]) == (1, logged.body["at"])


def test_the_latest_contact_is_the_latest_in_whatever_order_told(api: Api) -> None:
    path = customer(api)
    for day in ("2026-03-01", "2026-01-01", "2026-02-01"):
        api.post(f"{path}/interactions", {**CALL, "at": f"{day}T00:00:00Z"})
    assert api.get(path).body["facts"]["last_contact_at"].startswith("2026-03-01")


def test_a_note_is_no_contact(api: Api) -> None:
    path = customer(api)
    api.post(f"{path}/interactions", {"kind": "note", "summary": "likes tea"})
    facts = api.get(path).body["facts"]
    assert (facts["interactions"], facts["last_contact_at"]) == (1, None)


def test_a_replay_logs_nothing_twice_even_without_a_time(api: Api) -> None:
    path = customer(api)
    body = {"kind": "call", "summary": "hello"}
    first, again = (api.post(f"{path}/interactions", body, headers={"idempotency-key": "k"}) for _ in range(2))
    assert (first.status, first.body) == (again.status, again.body)
    assert count("event") == 1
    assert api.get(path).body["facts"]["interactions"] == 1


def test_another_body_under_the_same_key_is_refused_and_changes_nothing(api: Api) -> None:
    path = customer(api)
    api.post(f"{path}/interactions", CALL, headers={"idempotency-key": "k"})
    before = all_items()
    refused = api.post(f"{path}/interactions", {**CALL, "summary": "else"}, headers={"idempotency-key": "k"})
    assert refused.status == 409
    assert all_items() == before


def test_a_fact_does_not_make_an_open_form_stale(api: Api) -> None:
    path = customer(api)
    api.post(f"{path}/interactions", CALL)
    assert api.patch(path, {"language": "ne"}, headers={"if-match": "1"}).status == 200


def test_what_lies_in_the_future_has_not_happened(api: Api) -> None:
    path = customer(api)
    before = all_items()
    late = api.post(f"{path}/interactions", {**CALL, "at": f"{clock.now().year + 1}-01-01T00:00:00Z"})
    assert (late.status, late.body["errors"][0]["pointer"]) == (422, "/at")
    for at in ("2026-01-05T10:00", "2026-01-05", "yesterday", 5, "2026-13-05T10:00:00Z", "0001-01-01T00:00:00+05:00"):
        assert api.post(f"{path}/interactions", {**CALL, "at": at}).status == 422, at
    assert api.post(f"{path}/interactions", {**CALL, "kind": "telepathy"}).status == 422
    assert all_items() == before


def test_pages_join_without_gap_or_repetition(api: Api) -> None:
    path = customer(api)
    for day in range(1, 8):
        api.post(f"{path}/interactions", {**CALL, "at": f"2026-01-0{day}T00:00:00Z"})
    days, cursor = [], None
    while True:
        page = api.get(f"{path}/interactions", query={"limit": "3", **({"cursor": cursor} if cursor else {})}).body
        days += [item["at"][:10] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert days == [f"2026-01-0{day}" for day in range(7, 0, -1)]


def test_a_cursor_opens_only_its_own_list_for_its_own_caller(api: Api) -> None:
    path, other = customer(api), customer(api)
    for day in range(1, 4):
        api.post(f"{path}/interactions", {**CALL, "at": f"2026-01-0{day}T00:00:00Z"})
    cursor = api.get(f"{path}/interactions", query={"limit": "1"}).body["next"]
    assert api.get(f"{path}/interactions", query={"cursor": cursor}).status == 200
    tampered = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for refused in (
        api.get(f"{other}/interactions", query={"cursor": cursor}),
        api.get(f"{path}/timeline", query={"cursor": cursor}),
        api.get(f"{path}/interactions", query={"cursor": cursor}, caller="till"),
        api.get(f"{path}/interactions", query={"cursor": tampered}),
    ):
        assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "cursor")
