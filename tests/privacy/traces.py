"""What else is written about a person: in files that came and went, by another record of theirs, by their answers."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from crm.core import files
from crm.mail import links
from crm.mail.links import Link
from tests.imports.office import Office, table
from tests.inbox.test_inbox import GOOD, letter
from tests.merges.merging import request
from tests.privacy.canaries import ANY, Aviary, made
from tests.questionnaires.asked import question
from tests.support.cloud import at
from tests.support.post import event
from tests.support.visitor import visit

if TYPE_CHECKING:
    from tests.support.cloud import Cloud

_HEADER = ("customer number", "Name", "Email", "Phone", "Birthday", "Address", "Source")
_FORM = {"content-type": "application/x-www-form-urlencoded"}


def left(cloud: Cloud, canary: Aviary, person: str) -> None:
    """Everything at once; the person has the later e-mail address by then."""
    own_fields(cloud, canary, person)
    imports(cloud, canary)
    twin(cloud, canary, person)
    answers(cloud, canary, person)
    mails(cloud, canary)
    relations(cloud, canary, person)
    wishes(cloud, canary, person)
    digests(cloud, canary, person)
    bounces(cloud, canary, person)
    exports(cloud, canary)


def own_fields(cloud: Cloud, canary: Aviary, person: str) -> None:
    """A field of the business's own, searched by and changed."""
    made(cloud.api.post("/fields", {"name": "garden", "type": "text", "searchable": True}))
    for text in (canary("own field"), canary("own field later")):
        changed = cloud.api.patch(f"/customers/{person}", {"custom": {"garden": text}}, headers=ANY)
        assert changed.status == 200, changed.body
    cloud.settle()


def imports(cloud: Cloud, canary: Aviary) -> None:
    """Rows that change, that differ from what is known, that are refused; events; one file is never run."""
    email = f"{canary('later email')}@example.org"
    rows = [
        (canary("reference"), canary("file name"), email, "", "", canary("file address"), canary("file source")),
        # Of the same person, but no address in it can be read.
        ("", canary("later name"), f"{canary('refused row')} at home", "", "", "", ""),
        ("", canary("later name"), email, "", canary("bad file birthday"), "", ""),
        ("K-2", "Somebody Else", "else@example.org", "", "1990-05-17", "", ""),
        ("K-3", "Somebody More", "more@example.org", "", "1991-05-18", "", ""),
    ]
    run(cloud, table(_HEADER, rows), as_of="2020-01-01")
    check(cloud, table(_HEADER, [("", canary("unrun row"), email, "", "", canary("unrun address"), "")]))
    bought = [(email, "2026-11-01", "9.50", canary("file place"))]
    run(cloud, table(("customer email", "date", "amount", "place"), bought), kind="purchases")
    talked = [(email, "2026-11-02", "call", canary("file summary"))]
    run(cloud, table(("customer email", "date", "kind", "summary"), talked), kind="interactions")


def check(cloud: Cloud, text: str, *, kind: str = "customers", **options: Any) -> str:
    """A file up to the end of its dry run."""
    office = Office(cloud.api)
    import_id = office.upload(text, kind=kind, **options)
    cloud.settle()
    shown = office.shown(import_id)
    assert shown["state"] == "checked", (shown["state"], shown["questions"], shown["failure"])
    return import_id


def run(cloud: Cloud, text: str, *, kind: str = "customers", **options: Any) -> str:
    """A file whole."""
    import_id = check(cloud, text, kind=kind, **options)
    assert cloud.api.post(f"/imports/{import_id}/run").status == 202
    cloud.settle()
    shown = Office(cloud.api).shown(import_id)
    assert shown["state"] == "done", shown
    return import_id


def twin(cloud: Cloud, canary: Aviary, person: str) -> None:
    """Another record of the same person is merged into theirs: what both had, and what neither has any more."""
    fields = {
        "name": canary("twin name"),
        "email": f"{canary('twin email')}@example.org",
        "address": canary("twin address"),
        "custom": {"garden": canary("twin own field")},
        "tags": [canary("twin tag")],
    }
    other = made(cloud.api.post("/customers", fields))["id"]
    made(cloud.api.post(f"/customers/{other}/interactions", {"kind": "call", "summary": canary("twin call")}))
    before = {"name": canary("twin older name")}
    assert cloud.api.patch(f"/customers/{other}", before, headers=ANY).status == 200
    cloud.settle()
    relatives(cloud, canary, person, other)
    made(cloud.api.post("/merges", request(cloud.api, person, other)))
    cloud.settle()


def relatives(cloud: Cloud, canary: Aviary, person: str, other: str) -> None:
    """Two records of somebody else, who are related to them by both of theirs, become one."""
    one, two = (made(cloud.api.post("/customers", {"name": f"Relative {place}"}))["id"] for place in "AB")
    for place, (mine, theirs) in enumerate(((person, one), (person, two), (other, one))):
        household = {"kind": "household", "customer": theirs, "note": canary(f"household {place}")}
        made(cloud.api.post(f"/customers/{mine}/relations", household))
    made(cloud.api.post("/merges", request(cloud.api, one, two)))
    cloud.settle()


def answers(cloud: Cloud, canary: Aviary, person: str) -> None:
    """Answers to a questionnaire, and what differs from what is known."""
    questions = [question("wish"), question("source", fills="address")]
    asked = made(cloud.api.post("/questionnaires", {"title": {"en": "Wishes"}, "questions": questions}))["id"]
    own = made(cloud.api.post(f"/questionnaires/{asked}/links", {"customer": person}))["url"]
    sent(cloud, own, q_wish=canary("wish"), q_source=canary("answered address"))
    cloud.settle()
    poster = made(cloud.api.post(f"/questionnaires/{asked}/links", {}))["url"]
    # By the address of theirs that is in it; the job that was to take it is lost.
    sent(cloud, poster, q_wish=f"{canary('stuck form')} {canary('later email')}@example.org")
    while cloud.project():
        pass
    cloud.queues["jobs"] = [letter for letter in cloud.queues["jobs"] if '"answers"' not in letter.body]
    cloud.settle()


def sent(cloud: Cloud, url: str, **given: str) -> None:
    """A form of a public page, a minute after it was opened."""
    path = url.removeprefix("https://crm.example")
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', visit("GET", path)["body"]))
    cloud.wait(minutes=1)
    form = {**given, "website": "", **hidden}
    assert "Thank you" in visit("POST", path, raw=urlencode(form), headers=_FORM)["body"]


def mails(cloud: Cloud, canary: Aviary) -> None:
    """They write: what is put to them, and what nobody can tell whose it is, both with a file."""
    for number, results in enumerate((GOOD, None)):
        sender = f"{canary('sender name')} <{canary('later email')}@example.org>"
        mail = letter(sender, results=results)
        mail.replace_header("Message-ID", f"<{number}@example.org>")
        mail.replace_header("Subject", canary("mail subject"))
        mail.set_content(canary("mail text"))
        mail.add_alternative(f"<p onclick='x()'>{canary('mail text')} {canary('html')}</p>", subtype="html")
        mail.add_attachment(canary("attachment").encode(), "text", "plain", filename=f"{canary('file')}.txt")
        key = f"inbox/{number}"
        files.put(key, mail.as_bytes())
        cloud.send("files", json.dumps({"job": "incoming_mail", "key": key}))
    cloud.settle()


def relations(cloud: Cloud, canary: Aviary, person: str) -> None:
    """What stands with somebody else about how they are related."""
    other = made(cloud.api.post("/customers", {"name": "Neighbour"}))["id"]
    said = {"kind": "household", "customer": other, "note": canary("relation note")}
    made(cloud.api.post(f"/customers/{person}/relations", said))


def wishes(cloud: Cloud, canary: Aviary, person: str) -> None:
    """They ask for their data and to be forgotten, and are told why not."""
    path = f"/own-data/{links.token(Link(person, 'service'))}"
    for what in ("data", "erasure"):
        visit("POST", path, raw=f"ask={what}", headers=_FORM)
    cloud.settle()
    cloud.live(until=cloud.now + timedelta(minutes=30))
    mailed = [found for mail in cloud.post.accepted for found in re.findall(r"/own-data/[\w.-]+", str(mail.text))]
    for address in mailed:
        visit("POST", address, raw="show=page", headers=_FORM)
        visit("POST", address, raw="forget=yes", headers=_FORM)
    cloud.settle()
    reason = {"reason": canary("reason of refusal")}
    assert cloud.api.post(f"/wishes/{person}/refuse", reason).status == 200


def digests(cloud: Cloud, canary: Aviary, person: str) -> None:
    """A member of the staff is told about them in one mail a day."""
    dora = {"id": "dora", "name": "Dora", "email": "dora@shop.example", "timezone": "UTC", "reminders": "digest"}
    made(cloud.api.post("/staff", dora))
    about = {"to": "staff", "staff": "dora", "customer_id": person, "at": "2026-11-23T06:00", "timezone": "UTC"}
    made(cloud.api.post("/reminders", {**about, "subject": canary("digest subject"), "message": canary("digest text")}))
    cloud.live(until=at("2026-11-23T09:00Z"))
    assert canary("digest subject") in str([mail.text for mail in cloud.post.accepted if mail.to == dora["email"]])


def bounces(cloud: Cloud, canary: Aviary, person: str) -> None:
    """Their mailbox is full, and a foreign server says so in words of its own."""
    mail = next(mail for mail in cloud.post.accepted if person in mail.key)
    recipient = {"emailAddress": mail.to, "diagnosticCode": f"552 {canary('diagnosis')}"}
    detail: dict[str, Any] = {
        "bounceType": "Transient",
        "bounceSubType": "MailboxFull",
        "bouncedRecipients": [recipient],
    }
    cloud.send("reports", event(mail, "Bounce", **detail))
    cloud.settle()


def exports(cloud: Cloud, canary: Aviary) -> None:
    """A list and everything, and a search that found nobody."""
    for asked in ({}, {"what": "everything", "format": "jsonl"}, {"search": canary("exported")}):
        answer = cloud.api.post("/exports", asked)
        assert answer.status == 202, answer.body
    cloud.settle()
    assert {one["state"] for one in cloud.api.get("/exports").body["items"]} == {"done"}
