"""What the routes of segments take and give."""

from collections.abc import Collection
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from crm.core.fields import Amount, Document, Line
from crm.core.reason import BadValue, Reason
from crm.core.veil import is_hidden
from crm.core.veiled import OfCustomer, Veiled

Kind = Literal["rule", "static"]


class NewSegment(Document):
    """A segment to be made. The rule: {"all": […]}, {"any": […]}, {"not": {…}} or {"field", "op", "value"}.

    `static`: its members are picked by hand, and there is no rule to give.
    """

    name: Line
    kind: Kind = "rule"
    rule: Any = None


class SegmentChange(Document):
    """Another name or rule; what is left out stays."""

    name: Line = ""
    rule: Any = None


class Progress(Document):
    """How far the filling is: customers and other items looked at, how many there were the last time, the part done.

    `remaining` is an estimate. null: not known yet, before the first filling of all.
    """

    done: int
    expected: int | None
    share: float | None
    remaining: int | None


class Building(Document):
    """The rule that the segment is being filled under; what is shown meanwhile belongs to the rule before."""

    rule: Any
    rule_version: int


class Totals(Veiled):
    """Sums over the members and how these are spread. Money is in the reporting currency.

    Members without a language count under `und`, without an owner under `-`, without an age or income under `unknown`.
    """

    members: int
    spent: Amount
    average_spent: Amount | None
    purchases: int
    interactions: int
    by_language: dict[str, int]
    by_owner: dict[str, int]
    by_age_band: dict[str, int]
    by_income_band: dict[str, int]

    def veiled(self, hidden: Collection[str]) -> Self | None:
        told = {"by_language": "/language", "by_age_band": "/age", "by_income_band": "/income_band"}
        return self.model_copy(update={name: {} for name, field in told.items() if is_hidden(field, hidden)})


class Segment(Document):
    """A segment. `rule`, `in_words`, `rule_version`, `members` and `totals` belong together; null: never filled yet."""

    id: str
    name: str
    kind: Kind
    rule: Any
    in_words: str
    rule_version: int
    version: int
    state: Literal["building", "ready"]
    building: Building | None
    progress: Progress | None
    members: int | None
    totals: Totals | None
    as_of: str
    created_at: str
    updated_at: str


class SegmentList(Document):
    """A page of segments."""

    items: list[Segment]
    next: str | None = None


class Member(OfCustomer):
    """A customer in a segment."""

    id: str
    name: str
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    owner: str | None = None
    last_contact_at: str | None = None
    spent: Amount
    purchases: int
    interactions: int


class MemberList(Document):
    """A page of members, in the order asked for."""

    items: list[Member]
    next: str | None = None


class MembersChange(Document):
    """Customers to put into a hand-picked segment and to take out of it, by id; at most 100 at a time."""

    add: Annotated[list[Line], Field(max_length=100)] = []
    remove: Annotated[list[Line], Field(max_length=100)] = []

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not 1 <= len({*self.add, *self.remove}) <= 100:
            raise BadValue(Reason("give 1 to 100 customers"))
        if {*self.add} & {*self.remove}:
            raise BadValue(Reason("the same customer is to come and to go"))
        return self


class MembersChanged(Document):
    """How many came and went, how many were as asked for before, and the ids that no customer has."""

    added: int
    removed: int
    unchanged: int
    unknown: list[str]


Baseline = Literal["first", "rule", "rebuild"]


class GrowthDay(Document):
    """What happened from `date` on for so many `days` (more than one where snapshots are missing), and how it ended.

    Joined and left are null where counting began anew: with the `first` snapshot, under another `rule`, or in views
    that were built anew (`rebuild`).
    """

    date: str
    days: int
    members: int
    spent: Amount
    joined: int | None
    left: int | None
    baseline: Baseline | None


class Growth(Document):
    """How a segment grew; the last day is today, and not over yet."""

    id: str
    days: list[GrowthDay]


class NewPreview(Document):
    """A rule to try; `cursor`: `next` of the answer before, for the same rule, to go on counting."""

    rule: Any
    cursor: str | None = None


class FillingCost(Document):
    """What filling the segment would cost: DynamoDB's request units, and USD at its prices in us-east-1."""

    write_units: int
    read_units: int
    usd: Amount


class Preview(Document):
    """Who would be in the segment. Nothing was stored.

    `members` is an estimate until `exact`: off by more than `margin` in one of twenty cases (null: nobody can say;
    there are `found` at least). `share`: the part of all customers that is done; send `next` as `cursor` to go on.
    """

    members: int
    exact: bool
    margin: int | None
    found: int
    looked_at: int
    share: float
    sample: list[Member]
    cost: FillingCost
    next: str | None
