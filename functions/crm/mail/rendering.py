"""A mail from a draft: subject, text and HTML in the reader's language. All that is inserted stays text."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from crm.business import service as business_service
from crm.business.rules import Business
from crm.mail import languages, letter, links, own_values, plain_text, sender, templates, unsubscribe
from crm.mail.languages import Language
from crm.mail.letter import LINK, Letter, Ways
from crm.mail.links import Link
from crm.mail.recipients import Recipient
from crm.mail.sender import Sender
from crm.mail.sources import Draft, Value
from crm.templates import service as template_service
from crm.templates.rules import LAST_RESORT
from crm.templates.service import Words

LONGEST_SUBJECT = 200
_LONGEST_LABEL = 20
# Paragraphs of their own, with the line breaks of whoever typed them.
_BLOCKS = frozenset({"message"})
MARKETING = "marketing"


@dataclass(frozen=True)
class Rendered:
    """A mail as it is handed over. `sender`: the name beside the address; `version` 0: of the shipped template."""

    subject: str
    text: str
    html: str
    language: str
    headers: Mapping[str, str]
    sender: str | None = None
    reply_to: str | None = None
    template: str = ""
    version: int = 0


def render(
    draft: Draft,
    recipient: Recipient,
    *,
    business: Business | None = None,
    link: str | None = None,
    words: Words | None = None,
) -> Rendered:
    """The mail of a draft: reads the template, the business and the customer's owner. Raises NotFound: no template.

    Without a `link` out of a customer's mail one is signed, for which the key is read; samples are given "#". `words`
    are those to use instead of the stored ones.
    """
    business = business or business_service.current()
    if draft.language:
        recipient = replace(recipient, profile={**recipient.profile, "language": draft.language})
    words = words or template_service.words(draft.template, languages=[recipient.language, business.language])
    language = languages.of_text(words.tag, reader=recipient.language)
    sent_by = sender.of(recipient, business=business, language=language)
    draft = own_values.added(draft, recipient, words, language=language)
    whose = Link(recipient.id, draft.purpose) if recipient.kind == "customer" else None
    ways = links.ways(whose, language, sample=link) if whose else ()
    return composed(draft, recipient, business=business, words=words, sent_by=sent_by, ways=ways)


def composed(
    draft: Draft, recipient: Recipient, *, business: Business, words: Words, sent_by: Sender, ways: Ways
) -> Rendered:
    """The mail of all that it is made from. Pure."""
    language = languages.of_text(words.tag, reader=recipient.language)
    written = _letter(draft, recipient, business, language, words, sent_by, ways=ways)
    subject = letter.subject(written, longest=LONGEST_SUBJECT)
    way_out = unsubscribe.headers(ways[0][1]) if ways else {}
    return Rendered(
        subject,
        letter.text(written),
        letter.page(written, title=subject),
        language.code,
        {"Content-Language": language.code, **way_out},
        sent_by.name,
        sent_by.reply_to,
        words.name,
        words.version,
    )


def spoken(draft: Draft, recipient: Recipient, *, business: Business) -> str:
    """The words of a draft for somebody who calls instead, in the customer's language. Raises NotFound: no template."""
    words = template_service.words(draft.template, languages=[recipient.language, business.language])
    language = languages.of_text(words.tag, reader=recipient.language)
    sent_by = sender.of(recipient, business=business, language=language)
    # Nobody reads an address out: the paragraph with it is left out.
    draft = replace(draft, values={**draft.values, LINK: None})
    draft = own_values.added(draft, recipient, words, language=language)
    return letter.spoken(_letter(draft, recipient, business, language, words, sent_by, ways=()))


def _letter(
    draft: Draft,
    recipient: Recipient,
    business: Business,
    language: Language,
    words: Words,
    sent_by: Sender,
    *,
    ways: Ways,
) -> Letter:
    foot = templates.sections("footer", language.code)
    given = {"name": recipient.name, "business": business.name, "owner": sent_by.owner, **draft.values}
    is_advertising = draft.purpose == MARKETING and business.advertising_label
    return Letter(
        language=language,
        subject=(plain_text.line(draft.subject),) if draft.subject else words.subject,
        heading=words.heading,
        body=words.body,
        values={name: _shown(name, value, language) for name, value in given.items()},
        numbers={name: value for name, value in given.items() if isinstance(value, int)},
        blocks=_BLOCKS,
        why=foot[draft.why or (draft.purpose if recipient.kind == "customer" else "staff")],
        ways=ways,
        open_link=foot["link"],
        label=plain_text.line(business.advertising_label or "")[:_LONGEST_LABEL] if is_advertising else None,
        signature=plain_text.lines(sent_by.signature) if sent_by.signature else None,
        address=plain_text.lines(business.postal_address) if business.postal_address else None,
        logo_url=business.logo_url,
    )


def _shown(name: str, value: Value, language: Language) -> str:
    tidy = plain_text.lines if name in _BLOCKS else plain_text.line
    if isinstance(value, date | datetime | time | int):
        return languages.shown(value, language)
    if isinstance(value, Mapping):
        value = value.get(language.code) or value.get(LAST_RESORT)
    return tidy(value or "")
