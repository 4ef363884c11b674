"""The work behind a round: over all customers whom it is about, in pieces; and the way back.

Which customers were changed says their history: each change of a record is `of` the round. So nothing else is kept
about them, and an erasure takes it along.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from crm.changes import rules as change_rules
from crm.changes import service as change_service
from crm.changes.models import MERGED_FROM, Change
from crm.core import clock, items
from crm.core.author import Author, Way
from crm.core.errors import NotFound, StoreUnavailable
from crm.core.projection import Key
from crm.customers.models import Profile
from crm.fanout import service as fanout
from crm.rounds.giving import Give, Told, customer_of, given
from crm.rounds.models import DONE, RUNNING, UNDER_WAY, UNDOING, UNDONE, Round
from crm.rounds.service import TRIES, moved

Kept = TypeVar("Kept", bound=Round)
_BACK = "back"
_SIGN = "#"


class Rounds(ABC, Generic[Kept]):
    """One kind of rounds. `job` names its messages, `field` is what it changes, `way` how the history calls that."""

    job: ClassVar[str]
    field: ClassVar[str]
    way: ClassVar[Way]

    @abstractmethod
    def find(self, round_id: str) -> Kept | None:
        """One as it is now, consistently."""

    @abstractmethod
    def source(self, kept: Kept) -> fanout.Scan:
        """The customers whom it is about, from the truth: lists in the views may not have the last ones yet."""

    @abstractmethod
    def step(self, kept: Kept, profile: Profile) -> Give | Told:
        """What is to become of a customer; or what is told where nothing is."""

    @abstractmethod
    def before(self, kept: Kept, profile: Profile, change: Mapping[str, Any]) -> Any:
        """What the field of a customer goes back to; `change` is what the round has made, as it is stored."""

    def prepare(self) -> None:
        """Done before each page of customers."""

    def standing(self, later: list[Change], kept: Kept) -> list[Change]:  # noqa: ARG002 - some kinds ask
        """Of later changes of the field those that the way back must not undo."""
        return later

    def ending(self, kept: Kept, *, is_back: bool) -> None:
        """Done once all customers have been gone through, before that is said."""

    def begin(self, kept: Kept) -> None:
        """Begin what was asked for; again it changes nothing. Raises StoreUnavailable."""
        if kept.state in UNDER_WAY:
            fanout.begin(self._job(kept, is_back=kept.state == UNDOING), rank=1, request=kept.round_id)

    def named(self, name: str) -> fanout.Job:
        """The job that a message names: `<job>#<id>`, or `<job>#<id>#back`. Raises NotFound."""
        _, round_id, *back = name.split(_SIGN)
        kept = self.find(round_id)
        if kept is None:
            raise NotFound("what this is a part of is not kept any more")
        return self._job(kept, is_back=bool(back))

    def progress(self, kept: Kept) -> fanout.Progress | None:
        """How far the work is that is under way; None before it has begun."""
        return fanout.progress(self._job(kept, is_back=kept.state == UNDOING).name)

    def _job(self, kept: Kept, *, is_back: bool) -> fanout.Job:
        name = _SIGN.join((self.job, kept.round_id, *([_BACK] if is_back else [])))
        source = self._changed_by(kept.round_id) if is_back else self.source(kept)
        return fanout.Job(name, source, partial(self._work, kept, is_back), partial(self._end, kept))

    def _changed_by(self, round_id: str) -> fanout.Scan:
        return fanout.Scan(
            "crm",
            "begins_with(sk, :change) AND #of = :of AND #way = :way",
            {"#of": "of", "#way": "way"},
            {":change": {"S": "CHANGE#"}, ":of": {"S": round_id}, ":way": {"S": self.way}},
        )

    def _work(self, kept: Kept, is_back: bool, page: fanout.Page) -> fanout.Tally:
        # A message that comes late, when the way back has been asked for, has nothing to do any more.
        if kept.state != (UNDOING if is_back else RUNNING):
            return {}
        self.prepare()
        do = self._return if is_back else self._move
        return Counter(told for key in page.keys for told in do(kept, key))

    def _move(self, kept: Kept, key: Key) -> Told:
        author = Author(kept.by, way=self.way, of=kept.round_id)
        for _ in range(TRIES):
            profile = customer_of(key)
            if profile is None:
                return ("gone",)
            step = self.step(kept, profile)
            if not isinstance(step, Give):
                return step
            if told := given(profile, {self.field: step.value}, author, told=step.told):
                return told
        raise StoreUnavailable("this customer is being changed by many at once")

    def _return(self, kept: Kept, key: Key) -> Told:
        author = Author(kept.undone_by or "", way="undo", of=kept.round_id)
        found = items.one(*key)
        for _ in range(TRIES):
            profile = customer_of(key)
            if profile is None or found is None:
                return ("gone",)
            if MERGED_FROM in key[1]:
                return ("kept",)
            since = change_service.made_since(customer_id=profile.customer_id, version=change_rules.version_of(key[1]))
            if later := self.standing([one for one in since if f"/{self.field}" in one.changes], kept):
                return ("returned",) if (later[0].way, later[0].of) == ("undo", kept.round_id) else ("kept",)
            value = self.before(kept, profile, found["changes"][f"/{self.field}"])
            if told := given(profile, {self.field: value}, author, told=("returned",)):
                return told
        raise StoreUnavailable("this customer is being changed by many at once")

    def _end(self, kept: Kept, _: fanout.Run, tally: fanout.Tally) -> None:
        if kept.state not in UNDER_WAY:
            return
        is_back = kept.state == UNDOING
        self.ending(kept, is_back=is_back)
        counts = {**(kept.counts or {}), **{name: int(count) for name, count in tally.items()}}
        # What its last customer got must not be later than what is said to be done.
        done = [] if is_back else [Round.done_at.set(clock.stamp())]
        moved(kept, Round.state.set(UNDONE if is_back else DONE), Round.counts.set(counts), *done)
