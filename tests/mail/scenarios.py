"""Shops in which something is due, for the runs that kill every function at every call.

Each says which messages there must be in the end. All are made over HTTP, so that what is in the tables is what the
product puts there.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.support import forgetting, memory
from tests.support.cloud import at
from tests.support.post import event
from tests.support.trials import Scenario
from tests.support.world import Context, http_event

if TYPE_CHECKING:
    from tests.support.cloud import Cloud
    from tests.support.post import Mail

# 09:00 in Karachi, whose day it is.
NINE = at("2026-11-21T04:00Z")
BIRTHDAY = "--11-21"
_DAY = 24 * 60
TWO_DAYS = (0, 16, 40, 60, _DAY, _DAY + 16, _DAY + 40, _DAY + 60, 4 * _DAY)


def rule(cloud: Cloud, **fields: Any) -> str:
    """A rule; its id."""
    return made(cloud, "/greetings", {"name": "Birthdays", "occasion": "birthday", **fields})


def customer(cloud: Cloud, name: str = "sunita", **fields: Any) -> str:
    """A customer with an address and a birthday; the id."""
    known = {"name": name.title(), "email": f"{name}@example.org", "birthday": BIRTHDAY, **fields}
    return made(cloud, "/customers", {key: value for key, value in known.items() if value is not None})


def reminder(cloud: Cloud, **fields: Any) -> str:
    """A reminder due at nine; its id."""
    known = {"at": "2026-11-21T09:00", "timezone": "Asia/Karachi", "subject": "Your appointment", **fields}
    return made(cloud, "/reminders", known)


def made(cloud: Cloud, path: str, body: dict[str, Any]) -> str:
    """What a POST makes; its id. The clock stands an hour earlier, since nothing is made for the past."""
    now, cloud.now = cloud.now, cloud.now - timedelta(hours=1)
    key = {"idempotency-key": f"{path}{sorted(body.items())}"[:200].encode("ascii", "ignore").decode()}
    answer = cloud.api.post(path, body, headers=key)
    cloud.now = now
    assert answer.status == 201, (path, body, answer.body)
    return str(answer.body["id"])


def member(cloud: Cloud, name: str = "bilal", **fields: Any) -> str:
    """A member of staff with an address."""
    answer = cloud.api.post("/staff", {"id": name, "name": name.title(), "email": f"{name}@shop.example", **fields})
    assert answer.status == 201, answer.body
    return name


def refuse(cloud: Cloud, name: str, **consent: bool) -> None:
    """Everybody of that name changes their consent; a store that fails meanwhile is asked again by the person."""
    for item in cloud.items("profile"):
        if item["name"] == name.title():
            path = f"/customers/{item['pk'].removeprefix('CUSTOMER#')}"
            answer = cloud.api.patch(path, {"consent": consent}, headers={"if-match": "*"})
            assert answer.status == 200, answer.body


def forget(cloud: Cloud, name: str) -> list[str]:
    """Everybody of that name is deleted; their ids."""
    found = [item["pk"].removeprefix("CUSTOMER#") for item in cloud.items("profile") if item["name"] == name.title()]
    for customer_id in found:
        assert cloud.api.delete(f"/customers/{customer_id}", headers={"if-match": "*"}).status == 204
    return found


def greetings(cloud: Cloud, occurrence: str = "2026") -> list[str]:
    """The greetings of all rules to all customers that there are."""
    rules = [item["sk"].removeprefix("GREETING#") for item in cloud.items("greeting")]
    people = [item["pk"].removeprefix("CUSTOMER#") for item in cloud.items("profile")]
    return [f"customer_{person}_{one}_{occurrence}" for one in rules for person in people]


def reminders(cloud: Cloud) -> list[str]:
    """The mails of all reminders that go once."""
    found = [item for item in cloud.items("reminder") if not item.get("repeat")]
    parted = [(*item["pk"].split("#"), item["sk"].removeprefix("REMINDER#")) for item in found]
    return [f"{kind.lower()}_{person}_{one}_once" for kind, person, one in parted]


def series(cloud: Cloud) -> list[str]:
    """The mails of reminders that come at nine on two days."""
    found = [(*item["pk"].split("#"), item["sk"].removeprefix("REMINDER#")) for item in cloud.items("reminder")]
    days = ("20261121T0900", "20261122T0900")
    return [f"{kind.lower()}_{person}_{one}_{day}" for kind, person, one in found for day in days]


def both(cloud: Cloud) -> list[str]:
    """Greetings and reminders that go once."""
    return greetings(cloud) + reminders(cloud)


def nothing(_: Cloud) -> list[str]:
    """Whoever was to get mail is gone, and their messages with them."""
    return []


def told(cloud: Cloud) -> list[str]:
    """The mail that a reminder has sent stays on record when the reminder does not."""
    found = [(*item["pk"].split("#"), *item["sk"].split("#")[1:]) for item in cloud.items("message")]
    return ["_".join((kind.lower(), *rest)) for kind, *rest in found]


def erasure(cloud: Cloud) -> None:
    """The customer is deleted, and erased."""
    for customer_id in forget(cloud, "sunita"):
        forgetting.begin(customer_id)


def deletion(cloud: Cloud) -> None:
    """The reminder is deleted; a person whose store fails meanwhile asks again."""
    for item in cloud.items("reminder"):
        path = f"/reminders/{item['sk'].removeprefix('REMINDER#')}"
        assert cloud.api.delete(path, headers={"if-match": "*"}).status in (204, 409)


def one_greeting(cloud: Cloud) -> None:
    rule(cloud)
    customer(cloud)


def own_words(cloud: Cloud) -> None:
    answer = cloud.api.post("/fields", {"name": "size", "type": "text"})
    assert answer.status == 201, answer.body
    texts = {"en": {"subject": "Hello", "heading": "Hello", "body": "Your size: {custom.size|unknown}"}}
    answer = cloud.api.patch("/templates/birthday", {"texts": texts}, headers={"if-match": "*"})
    assert answer.status == 200, answer.body
    rule(cloud)
    customer(cloud, language="en", custom={"size": "42"})


def a_group(cloud: Cloud) -> None:
    body = {"name": "Urdu", "rule": {"field": "language", "op": "eq", "value": "ur"}}
    group = made(cloud, "/segments", body)
    cloud.settle()
    rule(cloud, segment=group)
    customer(cloud, language="ur")


def never_bought(cloud: Cloud) -> None:
    """Whether somebody belongs is read from what they bought, beside the profile."""
    rule_of_group = {"field": "purchases", "op": "lt", "value": 1}
    group = made(cloud, "/segments", {"name": "Not yet", "rule": rule_of_group})
    cloud.settle()
    rule(cloud, segment=group)
    customer(cloud)


def silent_people(cloud: Cloud) -> None:
    """Nobody of them gets a mail, each for a reason of their own."""
    rule(cloud)
    customer(cloud, "refusing", consent={"greeting": False})
    customer(cloud, "unreachable", email=None)


def too_late(cloud: Cloud) -> None:
    """Nothing ran until late in the evening of the day."""
    cloud.wait(hours=-24)
    rule(cloud)
    customer(cloud, timezone="Pacific/Auckland")
    cloud.wait(hours=24)


def two_rules(cloud: Cloud) -> None:
    """Both greet the same birthday: one mail."""
    rule(cloud, name="One")
    rule(cloud, name="Other", offset_days=0)
    customer(cloud)


def a_cap(cloud: Cloud) -> None:
    """More rules than a person may get mails."""
    answer = cloud.api.patch("/business", {"cap_mails": 1, "cap_days": 7}, headers={"if-match": "0"})
    assert answer.status == 200, answer.body
    rule(cloud)
    rule(cloud, name="Bought", occasion="purchase_anniversary")
    buyer = customer(cloud)
    made(cloud, f"/customers/{buyer}/purchases", {"amount": "10.00", "at": "2025-11-21T06:00:00Z"})


def appointments(cloud: Cloud) -> None:
    reminder(cloud, to="customer", customer_id=customer(cloud, birthday=None))


def tasks(cloud: Cloud) -> None:
    about = customer(cloud, birthday=None)
    reminder(cloud, to="staff", staff=member(cloud), customer_id=about)


def far_east(cloud: Cloud) -> None:
    """Where it is the twenty-first already, while it is the twentieth in UTC."""
    rule(cloud)
    customer(cloud, timezone="Pacific/Auckland")


def a_feast(cloud: Cloud) -> None:
    """Everybody is greeted, with a birthday or without."""
    cloud.wait(days=-3)
    rule(cloud, name="Easter", occasion="feast", feast="easter")
    customer(cloud, birthday=None)
    cloud.wait(days=3)


def a_checkup(cloud: Cloud) -> None:
    """Who came a year ago is asked whether what is known of them is still right."""
    cloud.wait(days=-365)
    rule(cloud, name="Still right?", occasion="checkup")
    customer(cloud, birthday=None)
    cloud.wait(days=365)


def a_day_asleep(cloud: Cloud) -> None:
    """Nothing ran all day and all night."""
    cloud.wait(days=-2)
    rule(cloud)
    customer(cloud)
    cloud.wait(days=2)


def one_address(cloud: Cloud) -> None:
    """A greeting and two appointments, to an address that does not exist."""
    rule(cloud)
    person = customer(cloud)
    reminder(cloud, to="customer", customer_id=person)
    reminder(cloud, to="customer", customer_id=person, subject="Your repair")


def advertising(cloud: Cloud) -> None:
    """A rule that asks for consent to advertising: one has given it."""
    rule(cloud, purpose="marketing")
    customer(cloud, consent={"marketing": True})
    customer(cloud, "undecided")


def unwelcome(cloud: Cloud) -> None:
    refused = customer(cloud, birthday=None, consent={"service": False})
    reminder(cloud, to="customer", customer_id=refused)


def appointments_again(cloud: Cloud) -> None:
    reminder(cloud, to="customer", customer_id=customer(cloud, birthday=None), repeat="FREQ=DAILY;COUNT=2")


def tasks_again(cloud: Cloud) -> None:
    reminder(cloud, to="staff", staff=member(cloud), repeat="FREQ=DAILY;COUNT=2")


def one_mail_a_day(cloud: Cloud) -> None:
    """Two reminders in one mail, of which one comes again."""
    about = customer(cloud, birthday=None)
    staff = member(cloud, reminders="digest", timezone="Asia/Karachi", digest_at="09:00")
    reminder(cloud, to="staff", staff=staff, customer_id=about, unless_contact=True)
    reminder(cloud, to="staff", staff=staff, subject="Bank", repeat="FREQ=YEARLY")


def somebody(cloud: Cloud) -> None:
    """Nobody but one of the staff."""
    member(cloud)


def own_mail(_: Cloud) -> None:
    """Somebody wants to see a template in their own mailbox."""
    from crm.mail import trials  # noqa: PLC0415 - after the settings are in place

    trials.ask(staff_id="bilal", template="birthday", language="en", idempotency_key="one")


def own_mails(cloud: Cloud) -> list[str]:
    """The mails that somebody asked for to see a template; those who asked are known a day long."""
    found = [item for kind in ("trial", "message") for item in cloud.items(kind)]
    return sorted({f"staff_bilal_trial_{item['sk'].rpartition('#')[2]}" for item in found})


def given(cloud: Cloud) -> None:
    """Somebody is given a customer by another."""
    customer(cloud, birthday=None, owner=member(cloud))


def told_of_given(_: Cloud) -> list[str]:
    """The mail of this quarter of an hour."""
    return ["staff_bilal_assigned_20261121T0400"]


def news(cloud: Cloud) -> None:
    """The manager tells the team, of whom one has a role."""
    member(cloud)
    made(cloud, "/announcements", {"title": "Open on Sunday", "text": "From ten.", "mail": True})


def announced(cloud: Cloud) -> list[str]:
    """What each of the team is mailed."""
    ids = [item["sk"] for item in cloud.items("mailed_announcement")]
    return [f"staff_bilal_announcement_{one}" for one in ids]


def left(cloud: Cloud) -> None:
    """A reminder of who works here no more, about a customer of nobody."""
    about = customer(cloud, birthday=None)
    reminder(cloud, to="staff", staff=member(cloud), customer_id=about)
    answer = cloud.api.patch("/staff/bilal", {"inactive": True}, headers={"if-match": "*"})
    assert answer.status == 200, answer.body


def digests(cloud: Cloud) -> list[str]:
    """The day's mail of every member who gets one."""
    return [f"staff_{item['sk']}_digest_2026-11-21" for item in cloud.items("digest_entry")]


def bounced(mail: Mail) -> list[tuple[timedelta, str]]:
    """SES says that the address does not exist, and says late that it had sent the mail."""
    hard: dict[str, Any] = {"bounceType": "Permanent", "bouncedRecipients": [{"diagnosticCode": "550"}]}
    return [(timedelta(seconds=1), event(mail, "Bounce", **hard)), (timedelta(seconds=2), event(mail, "Send"))]


def complained(mail: Mail) -> list[tuple[timedelta, str]]:
    """Delivered, and reported as unwanted; in the wrong order."""
    kinds = ("Complaint", "Delivery", "Send")
    return [(timedelta(seconds=number), event(mail, kind)) for number, kind in enumerate(kinds)]


def soft(mail: Mail) -> list[tuple[timedelta, str]]:
    """The mailbox is full."""
    return [(timedelta(seconds=1), event(mail, "Bounce", bounceType="Transient", bounceSubType="MailboxFull"))]


def late(mail: Mail) -> list[tuple[timedelta, str]]:
    """SES reports after a quarter of an hour."""
    return [(timedelta(minutes=15), event(mail, kind)) for kind in ("Send", "Delivery")]


def throttled_first(number: int) -> None:
    if number == 1:
        raise memory.error("TooManyRequestsException", "SendEmail")


def refused_always(_: int) -> None:
    raise memory.error("MessageRejected", "SendEmail")


def broken_first(number: int) -> None:
    if number == 1:
        answer: Any = {"Error": {"Code": "InternalError"}, "ResponseMetadata": {"HTTPStatusCode": 500}}
        raise ClientError(answer, "SendEmail")


def silent_first(number: int) -> None:
    if number == 1:
        raise ReadTimeoutError(endpoint_url="https://lost.example")


def unsubscribing(cloud: Cloud) -> None:
    """Whoever has had a mail follows its link; whoever has not changes it over the counter."""
    from handlers import public  # noqa: PLC0415 - after the settings are in place

    links = [mail.headers.get("List-Unsubscribe", "") for mail in cloud.post.accepted]
    for link in filter(None, links):
        path = link.strip("<>").removeprefix("https://crm.example")
        public.handler(http_event("POST", path, caller=None), Context())
    refuse(cloud, "sunita", greeting=False)


SCENARIOS = (
    Scenario("a greeting", NINE, one_greeting, greetings),
    Scenario("a greeting that says what an own field holds", NINE, own_words, greetings),
    Scenario("a greeting to a group", NINE, a_group, greetings),
    Scenario("a greeting to those who never bought", NINE, never_bought, greetings),
    Scenario("nobody to greet", NINE, silent_people, greetings, mails=0),
    Scenario("too late in the day", at("2026-11-21T09:00Z"), too_late, greetings, mails=0),
    Scenario("two rules, one birthday", NINE, two_rules, greetings),
    Scenario("a cap of one", NINE, a_cap, greetings, most=1),
    Scenario("a reminder to a customer", NINE, appointments, reminders),
    Scenario("a reminder to staff", NINE, tasks, reminders),
    Scenario("a reminder that is refused", NINE, unwelcome, reminders, mails=0),
    Scenario("a reminder on two days", NINE, appointments_again, series, mails=2, times=TWO_DAYS),
    Scenario("a reminder to staff on two days", NINE, tasks_again, series, mails=2, times=TWO_DAYS),
    Scenario("reminders in one mail a day", NINE, one_mail_a_day, digests, mails=1),
    Scenario("somebody was given a customer", NINE, given, told_of_given),
    Scenario("an announcement", NINE, news, announced),
    Scenario("a mail to oneself", NINE, somebody, own_mails, meanwhile=own_mail, meanwhile_from=0),
    Scenario("a reminder of who has left", NINE, left, reminders, mails=0),
    Scenario("a hard bounce", NINE, one_greeting, greetings, events=bounced),
    Scenario("a complaint", NINE, one_greeting, greetings, events=complained),
    Scenario("a full mailbox", NINE, one_greeting, greetings, events=soft),
    Scenario("a bounced reminder", NINE, appointments, reminders, events=bounced),
    Scenario("SES is busy", NINE, one_greeting, greetings, answers=throttled_first),
    Scenario("SES refuses the mail", NINE, one_greeting, greetings, answers=refused_always, mails=0),
    Scenario("SES fails once", NINE, appointments, reminders, answers=broken_first),
    Scenario("SES does not answer once", NINE, appointments, reminders, answers=silent_first),
    Scenario("a greeting far in the east", at("2026-11-20T20:00Z"), far_east, greetings),
    Scenario("a feast", at("2027-03-28T04:00Z"), a_feast, partial(greetings, occurrence="2027")),
    Scenario("a check-up", NINE, a_checkup, greetings),
    Scenario("a day asleep", at("2026-11-22T13:00Z"), a_day_asleep, greetings, mails=0),
    Scenario("three mails to an address that bounces", NINE, one_address, both, events=bounced, mails=None),
    Scenario("advertising", NINE, advertising, greetings),
    Scenario(
        "an erasure before the report",
        NINE,
        one_greeting,
        nothing,
        events=late,
        meanwhile=erasure,
        meanwhile_from=5,
        times=(0, 5, 16, 40, 60 * 24, 60 * 96),
        mails=None,
    ),
    Scenario(
        "a reminder deleted before the report",
        NINE,
        appointments,
        told,
        events=late,
        meanwhile=deletion,
        meanwhile_from=5,
        times=(0, 5, 16, 40, 60 * 24, 60 * 96),
        mails=None,
    ),
    Scenario("SES reports late", NINE, one_greeting, greetings, events=late),
    Scenario("a refusal meanwhile", NINE, one_greeting, greetings, mails=None, meanwhile=unsubscribing),
)
