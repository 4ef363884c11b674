"""Notes every answer of a customer about mail, with its time, way and proof, in the write that makes it hold."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.consents.models import CONSENT, TEXTS, Consent, ConsentText
from crm.core import items, signing, table
from crm.core.author import Author

_ANSWERS = {True: "yes", False: "no", None: "none"}
_HASH_DIGITS = 16
_SIGNED_FOR = "consent_text"


@dataclass(frozen=True)
class Text:
    """What somebody read before they answered for a purpose, in the language of its code."""

    purpose: str
    language: str
    words: str

    @property
    def key(self) -> str:
        """The key of a text: another text, or language, has another."""
        return f"{self.purpose}#{self.language}#{_hash(self.words)}"


@dataclass(frozen=True)
class Shown:
    """What somebody saw when they answered: a text by purpose, and the token of the link they came by."""

    texts: Mapping[str, Text]
    link: str


@dataclass(frozen=True)
class Said:
    """An answer as it was given, and the words that were shown for it, if any are known."""

    consent: Consent
    words: str | None


def signed(text: Text) -> str:
    """A text as a form carries it: what comes back was shown by us."""
    return signing.sign(_SIGNED_FOR, "\n".join((text.purpose, text.language, text.words)).encode())


def read(field: str) -> Text | None:
    """The text that a form brought back; None for one that we did not show."""
    try:
        purpose, language, words = signing.verify(_SIGNED_FOR, field).decode().split("\n", 2)
    except ValueError:
        return None
    return Text(purpose, language, words)


def keep(texts: Iterable[Text]) -> None:
    """Keep texts before answers refer to them; the same text again is the same item."""
    for text in texts:
        _keep(text)


@lru_cache(maxsize=256)
def _keep(text: Text) -> None:
    # An update, not a put: who has only a link may not put.
    actions: list[Action] = [ConsentText.entity.set(ConsentText), ConsentText.words.set(text.words)]
    item = ConsentText.keyed(text.purpose, text.language, _hash(text.words))
    table.commit(lambda transaction: transaction.update(item, actions))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]


def note(
    transaction: TransactWrite,
    *,
    customer_id: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    author: Author,
    at: str,
    shown: Shown | None = None,
) -> None:
    """Put into the transaction of a change what it says of consent; nothing where it says nothing new."""
    old, new = before.get("consent") or {}, after.get("consent") or {}
    for purpose in sorted(old.keys() | new.keys()):
        if old.get(purpose) is not new.get(purpose):
            _put(transaction, customer_id, purpose, new.get(purpose), author, at, shown)


def history(customer_id: str) -> list[Said]:
    """All answers of a customer, the last first."""
    pk = Consent.keyed(customer_id, "", "").pk
    found = [*Consent.query(pk, Consent.sk.startswith(CONSENT), consistent_read=True)]
    texts = {(TEXTS, one.text) for one in found if one.text}
    words = {sk: item["words"] for (_, sk), item in items.many(texts).items()}
    newest = sorted(found, key=lambda one: one.at, reverse=True)
    return [Said(one, words.get(one.text or "")) for one in newest]


def _put(
    transaction: TransactWrite,
    customer_id: str,
    purpose: str,
    answer: bool | None,
    author: Author,
    at: str,
    shown: Shown | None,
) -> None:
    said: dict[str, Any] = {"purpose": purpose, "answer": _ANSWERS[answer], "at": at, **author.marks()}
    if author.at:
        said["said_at"] = author.said_at(at)
    if shown:
        said["link"] = _hash(shown.link)
        said |= {"text": shown.texts[purpose].key} if purpose in shown.texts else {}
    actions: list[Action] = [getattr(Consent, name).set(value) for name, value in said.items()]
    transaction.update(Consent.keyed(customer_id, purpose, at), [*actions, Consent.entity.set(Consent)])
