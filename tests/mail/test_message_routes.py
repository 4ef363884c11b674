"""What became of mail, over HTTP."""

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
    for path in ("/messages/x", "/messages/customer_a_b_2026", "/messages/staff_a_b_once", "/customers/a/messages"):
        assert api.get(path).status == 404
