"""What strangers write reaches mails, pages and logs as text."""

from __future__ import annotations

import html
import logging
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from crm.core import http, log
from crm.mail import looks
from crm.privacy import person_page
from handlers import api
from tests.questionnaires.asked import question
from tests.security.failures.register import known, put
from tests.security.furnished import OWNER, World
from tests.support.post import event
from tests.support.visitor import visit
from tests.support.world import Context, http_event

HOSTILE = '<img src=x onerror=alert(1)>"'
EVIL = "evil.example"


class _Trusting:
    """html.escape of somebody who forgot it."""

    @staticmethod
    def escape(text: str, quote: bool = True) -> str:
        return text

    def __getattr__(self, name: str) -> Any:
        return getattr(html, name)


@known(
    "CVE-2026-59994",
    "EspoCRM put what a visitor had written before any login into a mail as HTML",
    stands="every value is escaped where the mail is made (`functions/crm/mail/looks.py`)",
    without=put(looks, "html", _Trusting()),
)
def html_before_login(world: World) -> None:
    asked = {"title": {"en": "About you"}, "questions": [question("name", fills="name", required=True)]}
    made = world.api.post("/questionnaires", asked, **OWNER).body["id"]
    url = world.api.post(f"/questionnaires/{made}/links", {"customer": world.ids["customer_id"][0]}, **OWNER).body[
        "url"
    ]
    _fill(world, url, q_name=HOSTILE)
    customer = world.api.get(f"/customers/{world.ids['customer_id'][0]}", **OWNER).body
    told = {"to": "staff", "staff": "m", "customer_id": customer["id"], "at": "2026-11-21T10:00", "subject": HOSTILE}
    assert world.api.post("/reminders", {**told, "message": HOSTILE, "timezone": "UTC"}, **OWNER).status == 201
    world.cloud.settle()
    world.cloud.live(until=world.cloud.now + timedelta(hours=12))
    mails = [mail for mail in world.cloud.post.accepted if "onerror" in str(mail.html)]
    assert mails, "it was to be mailed"
    for mail in mails:
        assert "<img src=x" not in mail.html
        assert html.escape(HOSTILE) in mail.html


def _fill(world: World, url: str, **given: str) -> None:
    path = url.removeprefix("https://crm.example")
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', visit("GET", path)["body"]))
    world.cloud.wait(minutes=1)
    form = {"content-type": "application/x-www-form-urlencoded"}
    visit("POST", path, raw=urlencode({**given, "website": "", **hidden}), headers=form)
    world.cloud.settle()


@known(
    "CVE-2021-27910",
    "Mautic showed what a bounce callback said as HTML",
    stands="one bounded line is kept (`functions/crm/mail/events.py`), and pages escape it",
    without=put(person_page, "html", _Trusting()),
)
def html_in_a_bounce(world: World) -> None:
    customer = world.ids["customer_id"][0]
    told = {"to": "customer", "customer_id": customer, "at": "2026-11-21T10:00", "subject": "Hello", "timezone": "UTC"}
    assert world.api.post("/reminders", told, **OWNER).status == 201
    world.cloud.settle()
    world.cloud.live(until=world.cloud.now + timedelta(hours=12))
    mail = next(one for one in world.cloud.post.accepted if customer in one.key)
    recipient = {"emailAddress": mail.to, "diagnosticCode": f"552 {HOSTILE}\r\nBcc: x@{EVIL}" + "x" * 9_000}
    bounce: dict[str, Any] = {
        "bounceType": "Transient",
        "bounceSubType": "MailboxFull",
        "bouncedRecipients": [recipient],
    }
    world.cloud.send("reports", event(mail, "Bounce", **bounce))
    world.cloud.settle()
    reason = world.api.get(f"/messages/{mail.key}", **OWNER).body["reason"]
    assert "onerror" in reason
    assert len(reason) < 1000
    assert "\n" not in reason
    page = world.api.get(f"/customers/{customer}/export/page", **OWNER)
    assert page.status == 200
    assert "onerror" in page.body
    assert "<img src=x" not in page.body


def _from_host(patch: Any) -> None:
    patch.setattr(http, "public_url", lambda router: f"https://{router.current_event.headers['host']}")


@known(
    "CVE-2024-36419",
    "SuiteCRM made links from the Host header of the request",
    stands="links begin with what is configured or the gateway says (`functions/crm/core/http.py`)",
    without=_from_host,
)
def links_of_another_host(world: World) -> None:
    headers = {"host": EVIL, "x-forwarded-host": EVIL, "forwarded": f"host={EVIL}", "x-original-url": f"//{EVIL}/"}
    path = f"/questionnaires/{world.ids['questionnaire_id'][0]}/links"
    made = world.api.post(path, {}, headers=headers, **OWNER)
    assert made.status == 201
    assert made.body["url"].startswith("https://crm.example/")
    calendar = world.api.post("/staff/m/calendar", headers=headers, caller="m")
    assert EVIL not in str(calendar.body) + str(calendar.headers)


def _says_all(patch: Any) -> None:
    handle = http.handle

    def told(app: Any, asked: Any, context: Any, **more: Any) -> Any:
        log.logger().info(f"asked {asked['rawPath']}\n{asked['body']}")
        return handle(app, asked, context, **more)

    patch.setattr(http, "handle", told)


@known(
    "CVE-2024-36416",
    "SuiteCRM logged whatever came, until the disk was full",
    stands="nothing of a request is logged; lines are JSON, one each (planted here)",
    without=_says_all,
)
def flooded_log(world: World) -> None:
    lines = written(
        world,
        lambda: [
            api.handler(http_event("POST", "/customers", raw='{"name": "' + "A\\n" * 60_000 + '"}'), Context()),
            api.handler(http_event("GET", "/customers/" + "x" * 9_000, headers={"user-agent": "y" * 9_000}), Context()),
            api.handler(http_event("GET", "/customers", query={"z" * 9_000: "1\r\nlevel: CRITICAL"}), Context()),
        ],
    )
    assert all(len(line) < 8_000 for line in lines), max(map(len, lines))


def written(world: World, work: Any) -> list[str]:
    """What the work logs, line by line, as it goes to the log group."""
    logger = log.logger()
    formatter = logger.registered_formatter
    lines: list[str] = []

    class Heard(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.extend(formatter.format(record).splitlines())

    heard = Heard(logging.DEBUG)
    logging.disable(logging.NOTSET)
    handlers: Any = logger
    handlers.addHandler(heard)
    try:
        work()
    finally:
        handlers.removeHandler(heard)
        logging.disable(logging.CRITICAL)
    return lines
