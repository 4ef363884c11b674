"""The bin and erasures as they go out over HTTP."""

from collections.abc import Collection
from typing import Any, Literal, Self

from pydantic import Field

from crm.core.fields import Document
from crm.core.veil import is_hidden
from crm.core.veiled import OfCustomer, Veiled


class BinEntry(OfCustomer):
    """A deleted customer, enough of them to be recognised by."""

    id: str
    name: str
    kind: str
    email: str | None = None
    phone: str | None = None
    owner: str | None = None
    deleted_at: str
    deleted_by: str
    erased_from: str = Field(description="From then on they are erased, within a day, and cannot be restored.")


class BinList(Document):
    """One page of the bin."""

    items: list[BinEntry]
    next: str | None


class Restored(Document):
    """Who is back; `GET /customers/{id}` has the rest."""

    id: str
    version: int
    name: str


class ErasureOut(Document):
    """How far an erasure is, and what it took away; nothing about whom."""

    id: str
    state: Literal["running", "done"]
    requested_at: str
    requested_by: str | None = Field(default=None, description="Null: the time in the bin was over.")
    erased: dict[str, int] = Field(description="By kind how many items and objects are gone so far.")
    addresses_kept_from_returning: int = Field(description="Known by a keyed hash; no file brings them back.")
    addresses_left_with_others: int = Field(description="Other records have them as well, of whom nothing is erased.")
    finished_at: str | None = None
    backups_until: str | None = Field(default=None, description="Until then backups of the table can hold it.")
    receipt: str | None = Field(default=None, description="Signed; `POST /erasures/verify` says whether it is ours.")


class ErasureList(Document):
    """One page of erasures."""

    items: list[ErasureOut]
    next: str | None


class Receipt(Document):
    """A receipt to be looked at."""

    receipt: str = Field(min_length=1, max_length=20_000)


class Verdict(Document):
    """Whether a receipt is ours and unchanged, and what it says."""

    valid: bool
    statement: dict[str, Any] | None = None


class TextOut(Document):
    """A text that was shown; another text has another version."""

    language: str
    version: str
    words: str


class ConsentOut(Veiled):
    """One answer: yes, no, or none where an answer was taken back."""

    purpose: str
    answer: Literal["yes", "no", "none"]
    at: str
    way: str = Field(description="Staff, customer, import, questionnaire, merge and so on.")
    who: str | None = Field(default=None, description="The member of staff who noted it.")
    of: str | None = Field(default=None, description="What it came with: a page, an import, a message.")
    said_at: str | None = Field(default=None, description="When it was said, where its source knows that.")
    text: TextOut | None = Field(default=None, description="What they were shown, where it was us who showed it.")
    link: str | None = Field(default=None, description="A hash of the link that they came by; it opens nothing.")

    def veiled(self, hidden: Collection[str]) -> Self | None:
        return None if is_hidden("/consent", hidden) else self


class ConsentList(Document):
    """All answers of a customer."""

    items: list[ConsentOut]


class PersonOut(Document):
    """All that is kept of one person, by kind; also kinds that this version knows nothing of."""

    id: str
    exported_at: str
    contents: dict[str, list[dict[str, Any]]]


class LinkOut(Document):
    """A link on its way to the address on file; it works for three days."""

    state: str
    asked_at: str


class WishOut(Document):
    """Somebody who asked to be forgotten, and confirmed it by mail."""

    id: str
    name: str
    owner: str | None = None
    confirmed_at: str
    decide_by: str = Field(description="By this day they are erased, or told why not.")


class WishList(Document):
    """All wishes to be decided about, the oldest first."""

    items: list[WishOut]


class Refusal(Document):
    """Why somebody is not forgotten; they are told so in these words."""

    reason: str = Field(min_length=1, max_length=2000)


class Refused(Document):
    """A wish that was refused."""

    state: Literal["refused"]
    decided_at: str
    reason: str
