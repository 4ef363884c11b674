"""Watches every write to the truth and every mail that SES takes, and says which promise was broken.

It knows the promises and the shape of the items, and uses none of the product's rules: the order of states, what a
refusal is, and how often a mail may go stand here a second time.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from crm.core import table
from tests.support.world import SETTINGS

if TYPE_CHECKING:
    from tests.support.cloud import Cloud
    from tests.support.post import Mail

RANKS = ("due", "claimed", "handed", "unknown", "accepted", "rejected", "delivered", "bounced", "complained")
SENT = frozenset({"accepted", "delivered", "bounced", "complained"})
SILENT = frozenset({"withheld", "expired", "rejected", "unknown"})
STOPS = ("hard_bounce", "complaint", "soft_bounces", "reason")
ASKED_FOR = "service"
_FROM_THE_START = frozenset({"due", "claimed", "withheld", "expired"})


@dataclass
class Witness:
    """`broken` holds a sentence for each broken promise; `most` is the cap of mails in `days`."""

    cloud: Cloud
    most: int = 3
    days: int = 7
    broken: list[str] = field(default_factory=list)
    seen: int = 0
    closed: set[str] = field(default_factory=set)
    states: dict[str, str] = field(default_factory=dict)
    taken: Counter[str] = field(default_factory=Counter)
    purposes: dict[str, str] = field(default_factory=dict)
    when: dict[str, list[tuple[datetime, str]]] = field(default_factory=lambda: defaultdict(list))

    def watch(self) -> Witness:
        """See everything from here on."""
        self.seen = len(self.cloud.post.accepted)
        changed, take = self.cloud.memory.on_change, self.cloud.memory.others["SendEmail"]

        def on_change(name: str, key: tuple[str, str], existed: bool, exists: bool) -> None:
            changed(name, key, existed, exists)
            if name == SETTINGS["CRM_TABLE"] and key[1].startswith("MAIL#"):
                self._message(key)
            elif name == SETTINGS["CRM_TABLE"] and key[1].startswith("REMINDER#"):
                self._reminder(key)

        def on_mail(parameters: dict[str, Any]) -> Any:
            try:
                return take(parameters)
            finally:
                self._look_at_mail()

        self.cloud.memory.on_change, self.cloud.memory.others["SendEmail"] = on_change, on_mail
        return self

    def ended(self, due: Iterable[str]) -> list[str]:
        """What is wrong when nothing is left to do; `due` are the keys of all messages that there should be."""
        known, expected = self._messages(), set(due)
        for key in sorted(expected - known.keys()):
            self._wrong(f"{key}: was due, and there is neither a mail nor a reason")
        for key in sorted(known.keys() - expected):
            self._wrong(f"{key}: was not due, and is {known[key]['state']}")
        for key in sorted(known.keys() & expected):
            self._end_of(key, known[key])
        self._reminders()
        if self.cloud.dead:
            self._wrong(f"dead letters: {self.cloud.dead[:2]}")
        return self.broken

    def states_of_all(self) -> dict[str, dict[str, Any]]:
        """All messages that there are, by their public keys."""
        return {_public(str(item["pk"]), str(item["sk"])): item for item in self._items("MAIL#")}

    def reported(self, body: str) -> None:
        """The product has taken one of SES's reports: no mail goes to an address that failed or complained any more."""
        detail = json.loads(body)["detail"]
        hard = detail["eventType"] == "Bounce" and detail["bounce"].get("bounceType") == "Permanent"
        if hard or detail["eventType"] == "Complaint":
            self.closed |= {
                mail.to for mail in self.cloud.post.accepted if mail.message_id == detail["mail"]["messageId"]
            }

    def _look_at_mail(self) -> None:
        """SES may report a mail before it has answered, so this is asked wherever it matters."""
        accepted = self.cloud.post.accepted
        while self.seen < len(accepted):
            self.seen += 1
            self._accepted(accepted[self.seen - 1])

    def _end_of(self, key: str, message: Mapping[str, Any]) -> None:
        state, times = str(message["state"]), self.taken[key]
        if state not in SENT | SILENT:
            self._wrong(f"{key}: ends as {state}, SES took it {times} times")
        if state in SILENT and not message.get("reason"):
            self._wrong(f"{key}: is {state} without a reason")
        if times and state not in SENT:
            self._wrong(f"{key}: SES took it {times} times and reported it, and it is {state}")

    def _reminders(self) -> None:
        for item in self._items("REMINDER#"):
            if item.get("state") in {"pending", "in_doubt"} and str(item["due_at"]) <= _stamp(self.cloud.now):
                retried = item["state"] == "in_doubt" and item.get("retry_at") is None
                if not retried:
                    self._wrong(f"{item['sk']}: was due at {item['due_at']} and is still {item['state']}")

    def _message(self, key: tuple[str, str]) -> None:
        item = self._item(*key)
        name = _public(*key)
        self._look_at_mail()
        before, after = self.states.get(name), str(item["state"]) if item else None
        if item is None or after is None:
            self.states.pop(name, None)
            return
        self.states[name] = after
        self.purposes[name] = str(item.get("purpose"))
        if not self._follows(name, before, after):
            self._wrong(f"{name}: went from {before or 'nothing'} to {after}")
        if after in SENT and not self.taken[name]:
            self._wrong(f"{name}: is {after}, and SES took nothing")
        if after == "claimed" and before != "claimed":
            self._claimed(name, key[0], item)

    def _follows(self, name: str, before: str | None, after: str) -> bool:
        if before is None:
            return after in _FROM_THE_START
        if before == after:
            return True
        if after == "claimed":
            return before == "due" or (before == "unknown" and may_repeat(name))
        if after in {"withheld", "expired"}:
            return before in {"due", "claimed"} or (before == "unknown" and may_repeat(name))
        if after == "due":
            return before in {"claimed", "handed"}
        return before in RANKS and RANKS.index(after) > RANKS.index(before)

    def _claimed(self, name: str, pk: str, message: Mapping[str, Any]) -> None:
        """The claim is one transaction, so what the tables say now is what it should have been based on."""
        person = self._item(pk, "PROFILE") or self._item(pk, "MEMBER")
        purpose = str(message.get("purpose"))
        if person is None:
            self._wrong(f"{name}: was claimed for somebody who is gone")
            return
        said = (person.get("consent") or {}).get(purpose)
        if said is False or (purpose == "marketing" and said is not True):
            self._wrong(f"{name}: was claimed after {purpose} was refused")
        if message.get("to") != person.get("email"):
            self._wrong(f"{name}: was claimed for an address that is no longer theirs")
        if pk.startswith("CUSTOMER#") and message.get("to") in self.closed:
            self._wrong(f"{name}: was claimed after its address had failed or complained")
        stopped = self._stopped(str(person.get("email"))) if pk.startswith("CUSTOMER#") else None
        if stopped and (purpose in (stopped.get("refused") or ()) or any(kind in stopped for kind in STOPS)):
            self._wrong(f"{name}: was claimed for a suppressed address")

    def _accepted(self, mail: Mail) -> None:
        self.taken[mail.key] += 1
        state, times = self.states.get(mail.key), self.taken[mail.key]
        item = self._by_key(mail.key)
        if times > 1 and not may_repeat(mail.key):
            self._wrong(f"{mail.key}: SES took it {times} times")
        elif times > 1 and times > 1 + int(item.get("doubts", 0) if item else 0):
            self._wrong(f"{mail.key}: SES took it {times} times, and it was not in doubt")
        if state not in {"handed", "unknown", "claimed" if may_repeat(mail.key) else "handed"}:
            self._wrong(f"{mail.key}: was sent while it was {state or 'nothing'}")
        self._count(mail.key)

    def _count(self, key: str) -> None:
        if self.purposes.get(key) == ASKED_FOR or not key.startswith("customer_"):
            return
        sent = self.when[key.split("_")[1]]
        sent.append((self.cloud.now, key))
        # A day less than the cap's: its days are the person's own, these are anybody's.
        since = self.cloud.now - timedelta(days=self.days - 1)
        keys = {one for moment, one in sent if moment > since}
        if len(keys) > self.most:
            self._wrong(f"{key}: is one of {len(keys)} within {self.days} days")

    def _messages(self) -> dict[str, Mapping[str, Any]]:
        return {_public(str(item["pk"]), str(item["sk"])): item for item in self._items("MAIL#")}

    def _items(self, prefix: str) -> list[dict[str, Any]]:
        found = self.cloud.memory.tables[SETTINGS["CRM_TABLE"]]
        return [
            table.from_item(item)
            for (pk, sk), item in sorted(found.items())
            if sk.startswith(prefix) and pk.startswith(("CUSTOMER#", "STAFF#"))
        ]

    def _reminder(self, key: tuple[str, str]) -> None:
        item = self._item(*key)
        told_by = str(item.get("told_by") or key[1][9:]) if item else ""
        if item and item.get("state") == "sent" and not any(told_by in one for one in self.taken):
            self._wrong(f"{key[1]}: is sent, and SES took nothing")

    def _stopped(self, address: str) -> dict[str, Any] | None:
        from crm.suppressions.models import Suppression  # noqa: PLC0415 - a pure function of the product

        item = Suppression.keyed(address)
        return self._item(item.pk, item.sk)

    def _by_key(self, key: str) -> dict[str, Any] | None:
        kind, person, rule, occurrence = _parted(key)
        return self._item(f"{kind.upper()}#{person}", f"MAIL#{rule}#{occurrence}")

    def _item(self, pk: str, sk: str) -> dict[str, Any] | None:
        found = self.cloud.memory.tables[SETTINGS["CRM_TABLE"]].get((pk, sk))
        return table.from_item(found) if found else None

    def _wrong(self, sentence: str) -> None:
        self.broken.append(sentence)


def _parted(key: str) -> tuple[str, str, str, str]:
    kind, _, rest = key.partition("_")
    person, rule, occurrence = rest.rsplit("_", 2)
    return kind, person, rule, occurrence


def may_repeat(key: str) -> bool:
    """Whether a message errs on repetition: reminders and the digest of them do."""
    _, _, rule, occurrence = _parted(key)
    return rule == "digest" or occurrence == "once" or "T" in occurrence


def _public(pk: str, sk: str) -> str:
    kind, _, person = pk.partition("#")
    _, rule, occurrence = sk.split("#")
    return f"{kind.lower()}_{person}_{rule}_{occurrence}"


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
