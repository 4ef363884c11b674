"""What the routes of patterns take and give."""

from collections.abc import Collection
from typing import Any, Literal, Self

from crm.core.fields import Amount, Document
from crm.core.veil import is_hidden
from crm.core.veiled import OfCustomer, Veiled
from crm.criteria.rules import leaves

State = Literal["none", "collecting", "applying", "ready"]


class Score(Document):
    """A measure: the four points that cut the base into five, and how many customers have each score from 1 to 5.

    Days count down: the few days of a recent purchase score 5. Empty before anybody has bought.
    """

    unit: str
    cut_points: list[str]
    customers_by_score: dict[str, int]


class Patterns(Document):
    """What was found in the purchases of all customers who ever bought.

    `state`: none (never looked for), collecting (looking; what is shown is older), applying (found; groups are being
    brought in line), ready. `progress`: the part done of what the state says, null where nobody knows.
    """

    state: State
    progress: float | None
    as_of: str | None
    day: str | None
    customers: int
    recency: Score
    frequency: Score
    money: Score


class Accepted(Document):
    """The work has been queued."""

    accepted: bool = True


class LateCustomer(OfCustomer):
    """A customer who usually comes more often. Days are calendar days of the business.

    `usual_gap_days` is the average from the first purchase to the last, `lateness` the days since over that.
    """

    id: str
    name: str
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    owner: str | None = None
    usual_gap_days: float
    days_since_last_purchase: int
    lateness: float
    last_purchase_at: str
    purchases: int
    spent: Amount


class LateList(Document):
    """A page of late customers; it may be shorter than asked for although there is a next one."""

    items: list[LateCustomer]
    next: str | None = None


class GroupsMade(Document):
    """The ids of the groups that were missing and are there now."""

    made: list[str]


class Average(Document):
    """What customers spent, bought and how many days ago, on the average."""

    spent: Amount
    purchases: float
    days_since_last_purchase: float


class Suggestion(Veiled):
    """A group that may be worth making: POST its `rule` to /segments, or leave it.

    `customers` is counted where `exact` says so, else estimated from the sample. `outcome` is what more of them do than
    of all who ever bought, `lift` times as many; `luck` the chance that a list from a base without any pattern would
    hold anything as remarkable. `average` shows the group beside `everybody`, and is not tested.
    """

    rule: Any
    sentence: str
    customers: int
    share: float
    outcome: Literal["spends_much", "comes_often", "came_lately", "stays_away", "bought_once"]
    outcome_rule: Any
    share_among_them: float
    share_among_all: float
    lift: float
    luck: float
    average: Average

    def veiled(self, hidden: Collection[str]) -> Self | None:
        named = {f"/{str(leaf['field']).replace('.', '/')}" for leaf in leaves(self.rule)}
        return None if any(is_hidden(one, hidden) for one in named) else self


class SuggestionList(Document):
    """The groups suggested, those with the most customers more than expected first. `as_of` null: not looked for yet.

    `sample` of `customers` who ever bought were looked at; `exact` when these were all.
    """

    as_of: str | None
    customers: int
    sample: int
    exact: bool
    everybody: Average | None
    items: list[Suggestion]
