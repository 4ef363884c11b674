"""What the routes of patterns take and give."""

from typing import Literal

from crm.core.fields import Document

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
