"""What SES and the machines do in a simulated year: take mail, lose it, refuse it, report it, die."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ConnectionClosedError

from tests.support.faults import Crash
from tests.support.memory import error
from tests.support.post import Mail, event

if TYPE_CHECKING:
    from tests.simulation.history import History

LOST, DIES, HURRIED = 0.004, 0.01, 0.01
BOUNCES, FULL, COMPLAINS, UNSUBSCRIBES = 0.006, 0.012, 0.0004, 0.02
PER_DAY = 50_000


@dataclass
class Ses:
    """`scarce` are the times at which somebody else has used the account's daily quota up, but for so many mails."""

    history: History
    scarce: list[tuple[datetime, datetime, int]]
    clicks: list[str] = field(default_factory=list)
    calm: bool = False
    dies_at: int = 0
    hurried: int = 0
    room: int | None = None

    def connect(self) -> None:
        """Be what the cloud's mailers meet from now on."""
        cloud = self.history.cloud
        taken = cloud.memory.others["SendEmail"]
        cloud.memory.others["SendEmail"] = lambda request: self._take(taken, request)
        cloud.report, cloud.intercept = self._reports, self._call

    def look_at_quota(self, now: datetime) -> None:
        """What is left for us within 24 hours, as time goes on."""
        left = [] if self.calm else [room for first, last, room in self.scarce if first <= now < last]
        self.room = (self.room if self.room is not None else left[0]) if left else None
        self.history.met["quarter hours without quota"] += self.room == 0
        self._show()

    def _show(self) -> None:
        account = self.history.cloud.post.account
        account.per_day, account.sent = PER_DAY, 0.0 if self.room is None else float(PER_DAY - self.room)

    def _take(self, take: Callable[[dict[str, Any]], Any], request: dict[str, Any]) -> Any:
        draw, met = self.history.draw, self.history.met
        luck = 1.0 if self.calm else draw.random()
        self._refuse(luck)
        if luck < LOST / 2:
            met["calls to SES lost"] += 1
            raise ConnectionClosedError(endpoint_url="https://lost.example")
        answer = take(request)
        self.history.witness_hour(self.history.cloud.post.accepted[-1].key)
        if self.room is not None:
            self.room -= 1
            self._show()
        if luck < LOST:
            met["answers of SES lost"] += 1
            raise ConnectionClosedError(endpoint_url="https://lost.example")
        return answer

    def _refuse(self, luck: float) -> None:
        if self.room == 0:
            self.history.met["refused for the daily quota"] += 1
            raise error("LimitExceededException", "SendEmail")
        if LOST < luck < LOST + HURRIED:
            # Told once that it is too fast, a mailer hears it some more times.
            self.hurried = self.history.draw.randint(1, 8)
        if self.hurried and not self.calm:
            self.hurried -= 1
            self.history.met["throttled by SES"] += 1
            code = self.history.draw.choice(("TooManyRequestsException", "ThrottlingException"))
            raise error(code, "SendEmail")

    def _reports(self, mail: Mail) -> list[tuple[timedelta, str]]:
        draw, met = self.history.draw, self.history.met
        sent = [(timedelta(seconds=2), event(mail, "Send"))]
        luck, later = draw.random(), timedelta(minutes=draw.choice((0, 1, 20, 600)))
        delivered = [*sent, (later, event(mail, "Delivery"))]
        if mail.key.startswith("staff_"):
            return delivered
        if luck < BOUNCES:
            met["bounces"] += 1
            return [*sent, (later, event(mail, "Bounce", bounceType="Permanent"))]
        if luck < BOUNCES + FULL:
            met["full mailboxes"] += 1
            return [(later, event(mail, "Bounce", bounceType="Transient")), *sent]
        if luck < BOUNCES + FULL + COMPLAINS:
            met["complaints"] += 1
            return [*delivered, (later, event(mail, "Complaint"))]
        if luck > 1 - UNSUBSCRIBES and "List-Unsubscribe" in mail.headers:
            met["clicks on unsubscribe"] += 1
            link = mail.headers["List-Unsubscribe"].strip("<>").removeprefix("https://crm.example")
            self.clicks.append(link)
        return delivered

    def _call(self, operation: str, _: dict[str, Any], forward: Callable[[], Any]) -> Any:
        """Now and then a mailer dies, before a call or after it."""
        if operation != "SendEmail" and self.dies_at and self.history.cloud.calling == "mailer":
            self.dies_at -= 1
            if self.dies_at == 0:
                self.history.met["functions died"] += 1
                raise Crash("the year")
        answer = forward()
        if operation == "SendEmail" and not self.calm and self.history.draw.random() < DIES:
            self.dies_at = self.history.draw.randint(1, 6)
        return answer
