"""A shop in which every page of the staff has something to show, made over HTTP as its owner would."""

from __future__ import annotations

from datetime import datetime, timedelta

from infra.local.demo import shop, staff
from infra.local.demo.client import Client
from tests.support.forms import upload
from tests.support.incoming import mail_in

PERSON = {
    "name": "Nadia Qureshi",
    "phone": "+923001234567",
    "email": "nadia@customers.example.com",
    "birthday": "1990-11-25",
    "address": "12 مال روڈ, Lahore",
    "language": "ur-PK",
    "income_band": "high",
    "source": "trade fair",
    "tags": ["regular", "چائے"],
    "owner": "sales",
    "custom": {"membership": "gold"},
    "consent": {"greeting": True, "marketing": False},
}
CHOICES = [
    {"value": "gold", "labels": {"en": "Gold", "ur": "سونا"}},
    {"value": "silver", "labels": {"en": "Silver", "ur": "چاندی"}},
]
NOTE = {"title": "رمضان کے اوقات", "text": "کل سے دکان 10 بجے کھلے گی۔"}
ROLE = {"id": "packer", "says": "Packs parcels.", "hidden": ["/income_band"], "own": ["customers.read"]}
LETTER = (
    "From: رشید <rashid@strangers.example.com>\r\nMessage-ID: <a@strangers.example.com>\r\n"
    "Subject: چائے کی قیمت؟\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nکیا آپ 5 کلو بھیج سکتے ہیں؟ Call 0300 7654321.\r\n"
    "--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=list.txt\r\n\r\n5 kg\r\n--b--\r\n"
)
HOOK = {"name": "خبرنامہ", "url": "https://hooks.invalid/crm", "events": ["message.complained", "customer.unmerged"]}
GIFT = {"en": {"subject": "A gift, {name|friend}", "heading": "Thanks!", "body": "Dear {name|friend}, come in."}}

ASKED = {
    "title": {"en": "About you", "ur": "آپ کے بارے میں"},
    "questions": [
        {"id": "wish", "kind": "text", "label": {"en": "What do you wish for?", "ur": "آپ کیا چاہتے ہیں؟"}},
        {"id": "tea", "kind": "yes_no", "label": {"en": "Tea?", "ur": "چائے؟"}},
    ],
}


def furnished(client: Client, port: int) -> dict[str, list[str]]:
    """Fill the empty shop at a port; by the name of a path's argument the ids that it can take."""
    staff.employ(client)
    shop.furnish(client, opened=datetime.fromisoformat(client.local("clock")["now"]))
    client.post(
        "/fields", {"name": "membership", "type": "choice", "labels": {"en": "Membership"}, "choices": CHOICES}, key="f"
    )
    _until_tomorrow(client)
    ids = {"customer_id": _known_well(client), "merge_id": [_merged(client)]}
    mail_in(port, LETTER.encode())
    client.post("/announcements", NOTE, key="announced")
    client.post("/roles", ROLE, key="role")
    client.post("/templates", {"name": "gift", "texts": GIFT}, key="gift")
    client.post("/exports", {"what": "customers", "format": "csv"}, key="export")
    asked = str(client.post("/questionnaires", ASKED, key="asked")["id"])
    said = {"questionnaire": asked, "answers": {"wish": "نیلا چراغ", "tea": True}, "language": "ur"}
    client.post(f"/customers/{ids['customer_id'][0]}/interviews", said, key="answered")
    client.post("/keys", {"name": "Till 2", "role": "till"}, key="key")
    # Of what it is told of nothing happens here: a trial alone is sent, and finds nobody.
    hook = str(client.post("/webhooks", HOOK, key="webhook")["id"])
    client.post(f"/webhooks/{hook}/test", {}, key="trial")
    gone = str(client.post("/customers", {"name": "Gone Away"}, key="gone")["id"])
    client.post(f"/customers/{gone}/erasure", {}, key="erased")
    imported = _imported(client)
    client.post("/teams", {"id": "north", "name": "شمالی ٹیم"}, key="team")
    client.local("idle")
    client.delete("/tags/outdated", version=1)
    client.local("idle")
    return {**ids, "import_id": [imported], "erasure_id": [gone], "questionnaire_id": [asked], **_listed(client)}


def _until_tomorrow(client: Client) -> None:
    """At the same hour whenever this runs, and past the hour of the demo's reminder to a customer: there is a mail."""
    tomorrow = datetime.fromisoformat(client.local("clock")["now"]) + timedelta(days=1)
    client.local("clock", {"now": tomorrow.replace(hour=12).isoformat(), "at_once": True})


def _known_well(client: Client) -> list[str]:
    """The customer of whom all is known, and who may be the same."""
    customer = str(client.post("/customers", PERSON, key="nadia")["id"])
    path = f"/customers/{customer}"
    twin = {"name": "Nadia Qureshy", "phone": PERSON["phone"], "tags": ["outdated"]}
    same = str(client.post("/customers?allow_duplicate=true", twin, key="twin")["id"])
    firm = client.post("/customers", {"name": "Qureshi & Sons", "kind": "organisation"}, key="firm")["id"]
    client.post(f"{path}/relations", {"kind": "member_of", "customer": firm, "title": "خریداری مینیجر"}, key="firm-of")
    lines = [{"product": "Desk lamp", "quantity": 2, "amount": "1250.50"}]
    client.post(f"{path}/purchases", {"amount": "1250.50", "payment_method": "card", "lines": lines}, key="bought")
    for number, said in enumerate(("Asked for a blue one", "فون پر بات ہوئی، اگلے ہفتے آئیں گی")):
        client.post(f"{path}/interactions", {"kind": "call", "summary": said}, key=f"said-{number}")
    told = {"customer_id": customer, "at": "2099-03-01T10:00", "subject": "The blue lamp is in"}
    for to in ({"to": "staff", "staff": "sales"}, {"to": "customer"}):
        client.post("/reminders", {**told, **to}, key=f"reminder-{to['to']}")
    today = client.local("clock")["now"][:10]
    soon = {"to": "staff", "staff": "owner", "customer_id": customer, "at": f"{today}T23:30"}
    client.post("/reminders", {**soon, "subject": "چائے کی نئی کھیپ کا بتائیں"}, key="reminder-soon")
    return [customer, same]


def _merged(client: Client) -> str:
    """Two who are one by now."""
    pair = [client.post("/customers", {"name": name}, key=name)["id"] for name in ("Mira Stone", "M. Stone")]
    told = {"into": pair[0], "from": pair[1], "into_version": 1, "from_version": 1, "choices": {"/name": "into"}}
    return str(client.post("/merges", told, key="merged")["id"])


def _imported(client: Client) -> str:
    """A file that was tried: one row is new, one is known, one is refused."""
    made = client.post("/imports", {"kind": "customers", "file_name": "گاہک – جون.csv"}, key="import")
    rows = "name,email,birthday\nرضیہ بیگم,razia@customers.example.com,1971-02-03\n"
    rows += f"Nadia Qureshi,{PERSON['email']},\nOmar,omar at home,31/31/1980\n"
    assert upload(made["upload"]["url"], made["upload"]["fields"], rows.encode()) == 204
    client.post(f"/imports/{made['id']}/uploaded", {}, key="uploaded")
    return str(made["id"])


def _listed(client: Client) -> dict[str, list[str]]:
    def found(path: str, name: str, **query: str) -> list[str]:
        return [str(one[name]) for one in client.get(path, **query)["items"]]

    return {
        "segment_id": found("/segments", "id"),
        "greeting_id": found("/greetings", "id"),
        "staff_id": ["sales"],
        "role_id": ["packer"],
        "name": ["membership"],
        "team_id": ["north"],
        "change_id": found("/tags/changes", "id"),
        "export_id": found("/exports", "id"),
        "reminder_id": found("/reminders", "id", staff="sales"),
        "mail_id": found("/inbox", "id"),
        "key_id": found("/keys", "id"),
        "webhook_id": found("/webhooks", "id"),
        "key": [_mail(client)],
    }


def _mail(client: Client) -> str:
    """The key of a mail to a customer."""
    sent = next(one["customer_id"] for one in client.local("mail.json") if one.get("customer_id"))
    return str(client.get(f"/customers/{sent}/messages")["items"][0]["key"])
