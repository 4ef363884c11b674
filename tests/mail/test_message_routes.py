"""What became of mail, over HTTP."""

from typing import Any

from tests.support.post import event
from tests.support.shop import Shop, birthday_of
from tests.support.world import Api


def test_a_message_tells_its_whole_story(shop: Shop, api: Api) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21", language="ne")
    shop.mailer(birthday_of("sunita").text())
    shop.happen(event(shop.post.accepted[0], "Delivery"))
    found = api.get("/messages/customer_sunita_birthdays_2026").body
    assert [change["state"] for change in found["history"]] == ["claimed", "handed", "accepted", "delivered"]
    assert found["recipient"] == {"kind": "customer", "id": "sunita"}
    named = ("kind", "rule", "occurrence", "purpose", "state", "language", "to", "attempts", "ses_message_id")
    assert [found[name] for name in named] == [
        "greeting",
        "birthdays",
        "2026",
        "greeting",
        "delivered",
        "ne",
        "sunita@example.org",
        1,
        "ses-1",
    ]
    assert api.get("/customers/sunita/messages").body == {"items": [found], "next": None}


def test_the_messages_of_a_customer_come_in_pages_the_newest_first(shop: Shop, api: Api) -> None:
    shop.customer(birthday="--11-21")
    orders = [birthday_of("sunita", rule=shop.greeting(f"rule{number}")) for number in (3, 0, 4, 1, 2)]
    for order in orders:
        shop.wait(minutes=1).mailer(order.text())
    found, cursor = [], None
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = api.get("/customers/sunita/messages", query=query).body
        found += [one["rule"] for one in page["items"]]
        if not cursor:
            shop.happen(event(shop.post.accepted[0], "Delivery"))
            shop.reminder(reminder_id="visit")
            shop.wait(minutes=1).mailer("""{"recipient": "customer", "id": "sunita", "rule": "visit",\
                "kind": "reminder", "occurrence": "once"}""")
        if not (cursor := page["next"]):
            break
    assert found == ["rule2", "rule1", "rule4", "rule0", "rule3"], "what comes meanwhile moves no page"
    newest = api.get("/customers/sunita/messages", query={"limit": "1"}).body["items"]
    assert [one["rule"] for one in newest] == ["visit"]


def test_what_is_not_there_is_not_found(api: Api) -> None:
    keys = (
        "x",
        "customer_a_b_2026",
        "customer_a_b_2027-03-14",
        "staff_a_b_once",
        "staff_a_digest_2026-12-01",
        "a_b_c_d",
    )
    for path in (*(f"/messages/{key}" for key in keys), "/customers/a/messages"):
        answer = api.get(path)
        assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json"), path


DECIDED = {
    "rule": "birthdays",
    "rule_name": "Birthdays",
    "rule_version": 1,
    "occasion": "birthday",
    "occasion_on": "2026-11-21",
    "planned_on": "2026-11-21",
    "send_at": "09:00",
    "template": "birthday",
    "template_version": 0,
    "language": "ne",
    "timezone": "Asia/Kathmandu",
    "local_time": "2026-11-21T09:00+05:45",
    "decided_at": "2026-11-21T03:15:00.000000Z",
    "address": "sunita@example.org",
    "consent": {"answer": True, "refused_by_address": False},
    "suppression": [],
    "cap": {"mails": 3, "days": 7, "had": 0},
    "quiet_until": None,
    "business_version": 0,
}


def decided(api: Api, key: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/messages/{key}").body["decision"]
    return found


def test_a_message_says_what_it_was_decided_on_and_keeps_it(shop: Shop, api: Api) -> None:
    shop.greeting()
    known: dict[str, Any] = {"birthday": "--11-21", "language": "ne-NP", "timezone": "Asia/Kathmandu"}
    shop.customer(consent={"greeting": True}, **known)
    shop.at("2026-11-21T09:00+05:45").mailer(birthday_of("sunita").text())
    assert decided(api, "customer_sunita_birthdays_2026") == DECIDED
    shop.happen(event(shop.post.accepted[0], "Bounce", bounceType="Permanent"))
    shop.wait(hours=1).mailer(birthday_of("sunita").text())
    assert decided(api, "customer_sunita_birthdays_2026") == DECIDED
    shop.customer("kiran", email="Sunita@example.org", **known)
    shop.mailer(birthday_of("kiran").text())
    withheld = decided(api, "customer_kiran_birthdays_2026")
    about = {"address", "consent", "decided_at", "local_time", "suppression", "template_version"}
    assert {name: withheld[name] for name in about if name in withheld} == {
        "address": "Sunita@example.org",
        "consent": {"answer": None, "refused_by_address": False},
        "decided_at": "2026-11-21T04:15:00.000000Z",
        "local_time": "2026-11-21T10:00+05:45",
        "suppression": ["hard_bounce"],
    }
    assert {name: DECIDED[name] for name in DECIDED if name not in about} == {
        name: withheld[name] for name in withheld if name not in about
    }


def test_every_state_of_a_message_has_its_time_and_reason(shop: Shop, api: Api) -> None:
    shop.greeting(send_at="06:00")
    shop.customer(birthday="--11-21", timezone="Asia/Kathmandu")
    shop.at("2026-11-21T06:30+05:45").mailer(birthday_of("sunita").text())
    shop.wait(minutes=30).mailer(birthday_of("sunita").text())
    shop.wait(minutes=1).happen(event(shop.post.accepted[0], "Complaint", complaintFeedbackType="abuse"))
    found = api.get("/messages/customer_sunita_birthdays_2026").body
    assert [(one["state"], one["at"][11:16], one["code"]) for one in found["history"]] == [
        ("due", "00:45", "quiet"),
        ("claimed", "01:15", None),
        ("handed", "01:15", None),
        ("accepted", "01:15", None),
        ("complained", "01:16", "complained"),
    ]
    assert [bool(one["reason"]) for one in found["history"]] == [True, False, False, False, True]
