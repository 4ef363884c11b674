"""Who a mail comes from: the name beside the address, where an answer goes, and the signature under it."""

from dataclasses import dataclass

from crm.business.rules import Business
from crm.mail import plain_text, recipients, templates
from crm.mail.languages import Language
from crm.mail.recipients import Recipient

_LONGEST_NAME = 100


@dataclass(frozen=True)
class Sender:
    """`name` and `reply_to` go into headers: one line each, without any hidden character. `owner`: their full name."""

    name: str
    reply_to: str | None = None
    owner: str | None = None
    signature: str | None = None


def of(recipient: Recipient, *, business: Business, language: Language) -> Sender:
    """The sender of a mail: the business, or the member of staff who looks after the customer, if they wish so.

    Answers reach the owner, else the address that the business has named, else the sending address.
    """
    house = business.sender_name or business.name
    owner = _owner(recipient)
    if owner is None:
        return Sender(_header(house), business.reply_to)
    known = owner.profile.get("sender_name")
    if known:
        pattern = templates.sections("footer", language.code)["sender"]
        house = templates.fill(pattern, {"person": known, "business": house})
    return Sender(_header(house), owner.email or business.reply_to, owner.name, owner.profile.get("signature"))


def _owner(recipient: Recipient) -> Recipient | None:
    staff_id = recipient.profile.get("owner") if recipient.kind == "customer" else None
    return recipients.load(kind="staff", recipient_id=staff_id) if staff_id else None


def _header(name: str) -> str:
    # No marks of direction either: mail programs take them for an attempt to deceive.
    return plain_text.shortened(plain_text.line(name), longest=_LONGEST_NAME)
