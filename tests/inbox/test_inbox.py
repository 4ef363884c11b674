"""Mail that comes in reaches the customer who wrote it, or somebody's eyes, and nothing in it is believed or run."""

from __future__ import annotations

import json
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from crm.core import clock, files, table
from crm.core.places import Person
from crm.inbox import erasing, parsing
from tests.support import faults
from tests.support.flow import queue_event
from tests.support.rows import all_items
from tests.support.world import Api, Context

GOOD = "amazonses.com; spf=pass smtp.mailfrom=x; dkim=pass header.i=@example.org; dmarc=pass header.from=example.org"


def letter(sender: str = "Amina <amina@example.org>", *, results: str | None = GOOD, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    if results:
        mail["Authentication-Results"] = results
    mail["From"] = sender
    mail["Message-ID"] = "<one@example.org>"
    mail["Subject"] = "The grinder"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("It is loud.\nPlease call me.")
    return mail


def arrive(mail: EmailMessage | bytes, key: str = "inbox/first") -> None:
    """SES puts a mail into the bucket, and the queue tells of it."""
    files.put(key, mail if isinstance(mail, bytes) else mail.as_bytes())
    assert handled(key) == {"batchItemFailures": []}


def handled(key: str = "inbox/first") -> dict[str, Any]:
    from handlers import files as handler  # noqa: PLC0415 - after the settings are in place

    return handler.handler(queue_event({"job": "incoming_mail", "key": key}), Context())


def customer(api: Api, **fields: Any) -> str:
    made = api.post("/customers", {"name": "Amina", "email": "amina@example.org", **fields})
    assert made.status == 201, made.body
    return str(made.body["id"])


def entries(api: Api, who: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/customers/{who}/interactions").body["items"]
    return found


def inbox(api: Api, state: str = "review") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/inbox", query={"state": state}).body["items"]
    return found


def objects() -> list[str]:
    return [found.key for found in files.listed("inbox")]


def test_a_known_customers_mail_stands_in_the_timeline_and_the_owner_is_told(api: Api) -> None:
    api.post("/staff", {"id": "sales", "name": "Bilal", "email": "bilal@shop.example"})
    who = customer(api, owner="sales")
    arrive(letter())
    [entry] = entries(api, who)
    assert (entry["kind"], entry["channel"]) == ("email", "mail")
    assert entry["summary"] == "The grinder\n\nIt is loud.\nPlease call me."
    rows = [table.from_item(raw) for raw in all_items()]
    [told] = [one for one in rows if one["entity"] == "reminder"]
    assert (told["pk"], told["subject"], told["customer_id"]) == ("STAFF#sales", "Amina: The grinder", who)
    assert [(one["state"], one["customer"]) for one in inbox(api, "assigned")] == [("assigned", who)]
    assert objects() == []


def test_the_latest_mail_comes_first_and_pages_hold_while_more_comes(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)

    def come(*numbers: int) -> None:
        nonlocal now
        for number in numbers:
            now += timedelta(minutes=1)
            mail = letter("Nobody <new@example.org>", results=None)
            mail.replace_header("Message-ID", f"<{number}@example.org>")
            mail.replace_header("Subject", str(number))
            arrive(mail, f"inbox/{number}")

    come(1, 2, 3, 4, 5)
    first = api.get("/inbox", query={"limit": "2"}).body
    assert [one["subject"] for one in first["items"]] == ["5", "4"]
    come(6)
    settled = inbox(api)[3]
    assert api.post(f"/inbox/{settled['id']}/dismiss").status == 200
    second = api.get("/inbox", query={"limit": "2", "cursor": first["next"]}).body
    assert [one["subject"] for one in second["items"]] == ["2", "1"]
    assert second["next"] is None
    assert [one["subject"] for one in inbox(api)] == ["6", "5", "4", "2", "1"]
    assert [one["subject"] for one in inbox(api, "dismissed")] == ["3"]


def test_the_same_mail_again_is_one(api: Api) -> None:
    who = customer(api)
    for key in ("inbox/first", "inbox/first", "inbox/second"):
        arrive(letter(), key)
    assert len(entries(api, who)) == 1
    assert handled("inbox/gone") == {"batchItemFailures": []}


@pytest.mark.parametrize(
    "results",
    [
        None,
        "amazonses.com; spf=fail; dkim=fail; dmarc=fail",
        "amazonses.com; dkim=pass header.i=@spammer.example; dmarc=none",
        "mx.spammer.example; dmarc=pass header.from=example.org",
    ],
)
def test_a_sender_that_nobody_answers_for_is_put_before_somebodys_eyes(api: Api, results: str | None) -> None:
    who = customer(api)
    mail = letter(results=results)
    # What the sender wrote below the header of SES counts for nothing.
    mail["Authentication-Results"] = GOOD
    if results is None:
        del mail["Authentication-Results"]
    arrive(mail)
    assert entries(api, who) == []
    [item] = inbox(api)
    assert (item["is_from_sender"], item["candidates"]) == (False, [who])


def test_unknown_and_shared_addresses_wait_for_a_person_who_settles_them_once(api: Api) -> None:
    arrive(letter("Nobody <new@example.org>"), "inbox/a")
    [item] = inbox(api)
    assert (item["sender"], item["sender_name"], item["candidates"]) == ("new@example.org", "Nobody", [])
    made = api.post(f"/inbox/{item['id']}/register")
    assert (made.status, made.body["state"]) == (200, "assigned")
    lead = api.get(f"/customers/{made.body['customer']}").body
    assert (lead["name"], lead["email"], lead["source"], lead["tags"]) == (
        "Nobody",
        "new@example.org",
        "mail",
        ["lead"],
    )
    assert len(entries(api, lead["id"])) == 1
    assert api.post(f"/inbox/{item['id']}/dismiss").status == 409
    first = customer(api)
    other = api.post("/customers", {"name": "B", "email": "amina@example.org"}, query={"allow_duplicate": "true"}).body[
        "id"
    ]
    arrive(letter(), "inbox/b")
    [item] = inbox(api)
    assert set(item["candidates"]) == {first, other}
    assert api.post(f"/inbox/{item['id']}/register").status == 409
    for _ in range(2):
        assert api.post(f"/inbox/{item['id']}/assign", {"customer": other}).status == 200
    assert api.post(f"/inbox/{item['id']}/assign", {"customer": first}).status == 409
    assert (len(entries(api, first)), len(entries(api, other))) == (0, 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<news.example.org>"},
        {"Return_Path": "<>"},
        {"X_SES_Virus_Verdict": "FAIL"},
        {"X_SES_Spam_Verdict": "FAIL"},
    ],
)
def test_what_programs_send_and_what_is_bad_is_dropped(api: Api, headers: dict[str, str]) -> None:
    who = customer(api)
    arrive(letter(**headers))
    assert (entries(api, who), inbox(api), objects()) == ([], [], [])


def test_a_mail_whose_words_are_sent_as_they_are_is_read(api: Api) -> None:
    # RFC 6532: UTF-8 in the headers themselves, as many programs send it.
    start = "From: رشید <rashid@strangers.example.org>\r\nMessage-ID: <raw@example.org>\r\nSubject: چائے کی قیمت؟\r\n"
    parts = "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nسلام\r\n--b\r\nContent-Type: text/csv\r\n"
    file = "Content-Disposition: attachment; filename=فہرست.csv\r\n\r\na,b\r\n--b--\r\n"
    arrive(f"{start}Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}{file}".encode())
    handled()
    [waiting] = inbox(api)
    assert (waiting["sender_name"], waiting["subject"]) == ("رشید", "چائے کی قیمت؟")
    assert [one["name"] for one in waiting["attachments"]] == ["فہرست.csv"]
    # What is neither is shown as far as it can be read.
    arrive(b"From: b@example.org\r\nMessage-ID: <odd@example.org>\r\nSubject: caf\xe9 \xff\r\n\r\nx", "inbox/second")
    handled("inbox/second")
    assert "caf� �" in {one["subject"] for one in inbox(api)}


def test_html_becomes_text_and_attachments_are_saved_and_never_opened(api: Api) -> None:
    who = customer(api)
    mail = letter()
    mail.set_content("<p>Hi<script>alert(1)</script></p><style>x</style><b onload=x>there</b>&lt;i&gt;", "html")
    mail.add_attachment(b"MZ\x00", maintype="text", subtype="html", filename="../../evil<b>.html")
    arrive(mail)
    [entry] = entries(api, who)
    assert entry["summary"] == "The grinder\n\nHi\nthere<i>\n\nAttachments: evil_b_.html (3 B)"
    [item] = inbox(api, "assigned")
    [file] = item["attachments"]
    assert (file["name"], file["type"], file["bytes"], len(file["sha256"])) == ("evil_b_.html", "text/html", 3, 64)
    url = api.get(f"/inbox/{item['id']}/attachments/0").body["url"]
    assert "attachment" in url
    assert api.get(f"/inbox/{item['id']}/attachments/1").status == 404
    [key] = objects()
    assert key == f"inbox-files/{item['id']}/0"


NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
HOSTILE = {
    "nothing": b"",
    "no mail": b"\x00\xff" * 1000,
    "nested": b"From: a@example.org\n" + NESTED + b"\n\ntext",
    "parts": b"From: a@example.org\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 5000,
    "a long header": b"From: " + b"a@example.org, " * 100_000 + b"\nSubject: " + b"=?utf-8?q?x?= " * 50_000 + b"\n\nx",
    "two senders": b"From: a@example.org, b@example.org\n\nx",
    "a strange charset": b"From: a@example.org\nContent-Type: text/plain; charset=unicode_escape\n\n\\x41",
    "no charset": b"From: a@example.org\nContent-Type: text/plain; charset=nonsense\n\n\xff\xfe",
    "bad base64": b"From: a@example.org\nContent-Transfer-Encoding: base64\n\n!!!!=A",
    "look-alike": "From: a@ex\u0430mple.com\n\nx".encode(),
    "line breaks": b"From: a@example.org\nSubject: =?utf-8?q?a=0D=0ABcc:_x=40example.org?=\n\nx",
    "marks": b"From: a@example.org\n\na" + "\u0301".encode() * 10_000,
    "open tags": b"From: a@example.org\nContent-Type: text/html\n\n" + b"<div " * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_waits_for_a_person_and_breaks_nothing(api: Api, name: str) -> None:
    arrive(HOSTILE[name])
    [item] = inbox(api)
    assert "\n" not in (item["subject"] or "")
    assert len(item["text"] or "") <= 20_000
    who = customer(api)
    assert api.post(f"/inbox/{item['id']}/assign", {"customer": who}).status == 200
    assert [key for key in objects() if key.startswith("inbox/")] == []


def test_a_mail_that_is_too_large_is_not_read(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "LARGEST_BYTES", 10)
    arrive(letter())
    [item] = inbox(api)
    assert item["unreadable"] == "too large"


def test_it_is_taken_once_wherever_it_dies(api: Api) -> None:
    api.post("/staff", {"id": "sales", "name": "Bilal"})
    for number, point in enumerate(
        faults.crash_points(operations={"TransactWriteItems", "PutObject", "DeleteObjects"})
    ):
        who = customer(api, email=f"amina{number}@example.org", owner="sales")
        key, mail = f"inbox/{number}", letter(f"amina{number}@example.org")
        mail.add_attachment(b"x", maintype="a", subtype="b", filename="x")
        files.put(key, mail.as_bytes())
        with point:
            handled(key)
        for _ in range(2):
            assert handled(key) == {"batchItemFailures": []}
        assert len(entries(api, who)) == 1
        assert api.get(f"/customers/{who}").body["facts"]["interactions"] == 1
        assert len([one for one in inbox(api, "assigned") if one["customer"] == who]) == 1
    assert [one for one in objects() if one.startswith("inbox/")] == []


def test_an_erasure_takes_a_persons_mail_with_its_attachments(api: Api) -> None:
    mail = letter("Nobody <new@example.org>")
    mail.add_attachment(b"x", maintype="a", subtype="b", filename="x")
    arrive(mail, "inbox/a")
    arrive(letter("Other <other@example.org>"), "inbox/b")
    for number in (1, 0):
        assert erasing.erase(Person("nobody", frozenset({"new@example.org"}), frozenset())) == number
    assert [one["sender"] for one in inbox(api)] == ["other@example.org"]
    assert objects() == []


def test_the_payload_of_the_event_bus_is_the_job(api: Api) -> None:
    from handlers import files as handler  # noqa: PLC0415 - after the settings are in place

    event = json.loads(Path("events/files/incoming_mail.json").read_text("utf-8"))
    assert handler.handler(event, Context()) == {"batchItemFailures": []}
