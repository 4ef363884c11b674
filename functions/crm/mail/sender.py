"""Who a mail comes from: the name beside the address, where an answer goes, and the signature under it."""

from dataclasses import dataclass

from crm.business.rules import Business
from crm.mail import recipients, templates
from crm.mail.languages import Language
from crm.mail.recipients import Recipient


@dataclass(frozen=True)
class Sender:
    """`name` as it was written: what hands it to SES makes a header of it. `owner`: who looks after the customer."""

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
        return Sender(house, business.reply_to)
    known = owner.profile.get("sender_name")
    if known:
        pattern = templates.sections("footer", language.code)["sender"]
        house = templates.fill(pattern, {"person": known, "business": house})
    return Sender(house, owner.email or business.reply_to, owner.name, owner.profile.get("signature"))


def _owner(recipient: Recipient) -> Recipient | None:
    staff_id = recipient.profile.get("owner")
    return recipients.load(kind="staff", recipient_id=staff_id) if staff_id else None
