"""Our reputation with SES: how many mails it took, how many came back for good, how many were unwanted.

A message counts in the very transaction in which its state rises, so however often and in whatever order SES reports,
it counts once. SES reviews an account at 5 % hard bounces or 0.1 % complaints of all its mail.
"""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.core import clock
from crm.mail.models import FreshStart, Message, Tally
from crm.mail.reasons import Code

BULK, SERVICE = "bulk", "service"
GROUPS = {"greeting": BULK, "marketing": BULK}
# Half of the rates at which SES reviews an account.
MOST_BOUNCED = 0.025
MOST_COMPLAINED = 0.0005
# Below these numbers a rate says nothing: one complaint about twenty mails is not yet 5 %.
LEAST_ACCEPTED = 100
LEAST_BOUNCED = 5
LEAST_COMPLAINED = 2

# Several mailers and reports add at once, and each holds an item for a moment.
_SHARDS = 8
_KEPT_DAYS = 90
_TAKEN = frozenset({"accepted", "delivered", "bounced", "complained"})


@dataclass(frozen=True)
class Counts:
    """How many mails SES took, how many of them came back for good, and how many were reported as unwanted."""

    accepted: int = 0
    bounced: int = 0
    complained: int = 0

    @property
    def bounce_rate(self) -> float:
        """Between 0 and 1; 0 where nothing was accepted."""
        return self.bounced / self.accepted if self.accepted else 0.0

    @property
    def complaint_rate(self) -> float:
        """Between 0 and 1; 0 where nothing was accepted."""
        return self.complained / self.accepted if self.accepted else 0.0

    @property
    def too_bad(self) -> bool:
        """Whether greetings and marketing have to wait."""
        bounces = self.bounced >= LEAST_BOUNCED and self.bounce_rate >= MOST_BOUNCED
        complaints = self.complained >= LEAST_COMPLAINED and self.complaint_rate >= MOST_COMPLAINED
        return self.accepted >= LEAST_ACCEPTED and (bounces or complaints)


_NAMES = Counts.__dataclass_fields__.keys()


def total(counts: Iterable[Counts]) -> Counts:
    """The sum of each count."""
    rows = [_row(one) for one in counts]
    return Counts(*map(sum, zip(*rows, strict=True))) if rows else Counts()


def less(counts: Counts, other: Counts) -> Counts:
    """What is left of each count, and never less than nothing."""
    return Counts(*(max(have - take, 0) for have, take in zip(_row(counts), _row(other), strict=True)))


def of_item(item: Tally | FreshStart) -> Counts:
    """What an item counts."""
    return Counts(item.accepted or 0, item.bounced or 0, item.complained or 0)


def of_raw(items: Iterable[Mapping[str, Any]]) -> Counts:
    """What items count together, as DynamoDB writes them."""
    sums = dict.fromkeys(_NAMES, 0)
    for item in items:
        for name in _NAMES & item.keys():
            sums[name] += int(item[name]["N"])
    return Counts(**sums)


def day_of(moment: datetime) -> str:
    """The UTC day under which a moment counts."""
    return moment.strftime("%Y-%m-%d")


def change(before: Message | None, after: Message) -> Counts:
    """What a change adds: accepted once, a hard bounce (also one after a bounce for the time being), a complaint."""
    earlier = before.state if before else None
    if before and (earlier, before.reason_code) == (after.state, after.reason_code):
        return Counts()
    return Counts(
        accepted=int(after.state in _TAKEN and earlier not in _TAKEN),
        bounced=int(after.state == "bounced" and after.reason_code == Code.BOUNCED),
        complained=int(after.state == "complained" != earlier),
    )


def count(before: Message | None, after: Message) -> "Add | None":
    """What to write with a change of a message so that it counts; None where it adds nothing."""
    counts = change(before, after)
    return Add(after, counts, clock.now()) if counts != Counts() else None


@dataclass(frozen=True)
class Add:
    """Adds to the counts of a day, within somebody's transaction."""

    message: Message
    counts: Counts
    moment: datetime

    def __call__(self, transaction: TransactWrite) -> None:
        # The shard follows from the message: a transaction that is tried again must be the same.
        shard = zlib.crc32(self.message.order.key.encode()) % _SHARDS
        group = GROUPS.get(self.message.purpose, SERVICE)
        tally = Tally.keyed(day=day_of(self.moment), group=group, shard=shard)
        midnight = self.moment.replace(hour=0, minute=0, second=0, microsecond=0)
        actions: list[Action] = [
            Tally.entity.set(Tally),
            Tally.expires_at.set(int((midnight + timedelta(days=_KEPT_DAYS)).timestamp())),
        ]
        actions += [getattr(Tally, name).add(amount) for name, amount in vars(self.counts).items() if amount]
        transaction.update(tally, actions)


def _row(counts: Counts) -> tuple[int, int, int]:
    return counts.accepted, counts.bounced, counts.complained
