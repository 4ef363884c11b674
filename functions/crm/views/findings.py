"""What a reconciliation has found, one item of ViewsTable for each, kept until the next one goes through them.

Under `DRIFT#<part>`, `<run>#<hash of the item>#<hash of the finding>`. It is written before anything is mended, so that
whoever dies after mending does not forget that there was something to mend. What is `seen` in passing may be on its way
here by the stream; it is looked at again, and then it has a verdict.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from crm.core import table, views
from crm.core.config import settings
from crm.core.projection import Key
from crm.views import reading

PARTS = 4
Kind = Literal["item", "entry", "orphan", "sum"]
Verdict = Literal["seen", "drift", "passed"]


@dataclass(frozen=True)
class Finding:
    """Views that are not as they should be. `of`: the item of the truth, or the sum; `family`: that of the views.

    `kind`: an item whose state differs from its projection, an entry that is missing or changed, an entry that no
    state holds, a sum that is not what the states add up to. `print`: the item and its state as they were seen.
    """

    run: str
    kind: Kind
    of: Key
    family: str
    entry: Key | None = None
    print: str = ""
    verdict: Verdict = "seen"

    @property
    def key(self) -> Key:
        """Where it stands."""
        whose = _mark("\n".join(self.of))
        about = _mark("\n".join((self.kind, *self.of, self.family, *(self.entry or ()))))
        # Side by side with the others of the item: mending one mends them all, so they are judged together
        # (but where a page ends between them: then what comes behind has passed by the time it is looked at).
        return partition(int(whose[:2], 16) % PARTS), f"{self.run}#{whose}#{about}"


def partition(part: int) -> str:
    """The partition with one part of the findings."""
    return f"DRIFT#{part}"


def note(found: Iterable[Finding]) -> None:
    """Write down what is not written down yet."""
    client = table.client()
    all_ = {finding.key: finding for finding in found}
    # Many pages find the same sums, and to read is cheaper than to try to write.
    there = reading.read(settings().views_table, all_)
    for finding in (finding for key, finding in all_.items() if key not in there):
        try:
            client.put_item(
                TableName=settings().views_table, Item=_item(finding), ConditionExpression="attribute_not_exists(pk)"
            )
        except client.exceptions.ConditionalCheckFailedException:
            # This page was done before; what came of it since is worth more.
            continue


def judge(finding: Finding) -> None:
    """Write a finding down as it is now, unless it was about somebody who was erased meanwhile."""
    client = table.client()
    try:
        client.put_item(
            TableName=settings().views_table, Item=_item(finding), ConditionExpression="attribute_exists(pk)"
        )
    except client.exceptions.ConditionalCheckFailedException:
        return


def read(keys: Iterable[Key]) -> list[Finding]:
    """The findings under these keys."""
    return [_finding(table.from_item(raw)) for raw in reading.read(settings().views_table, keys).values()]


def forget(finding: Finding) -> None:
    """Throw a finding away."""
    key = table.to_item({"pk": finding.key[0], "sk": finding.key[1]})
    table.client().delete_item(TableName=settings().views_table, Key=key)


def forget_about(ids: Collection[str], *, is_gone: Callable[[Key], bool]) -> None:
    """Throw away what was found about the views of these customers, and about sums that are gone."""
    for part in range(PARTS):
        for finding in map(_finding, views.partition(partition(part))):
            places = "\n".join((*finding.of, *(finding.entry or ())))
            if is_gone(finding.of) or any(customer_id in places for customer_id in ids):
                forget(finding)


def _mark(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _item(finding: Finding) -> dict[str, Any]:
    return table.to_item(
        {
            "pk": finding.key[0],
            "sk": finding.key[1],
            "run": finding.run,
            "kind": finding.kind,
            "about": list(finding.of),
            "family": finding.family,
            "entry": list(finding.entry) if finding.entry else None,
            "print": finding.print,
            "verdict": finding.verdict,
        }
    )


def _finding(values: Mapping[str, Any]) -> Finding:
    entry = values.get("entry")
    return Finding(
        values["run"],
        values["kind"],
        (values["about"][0], values["about"][1]),
        values["family"],
        entry=(entry[0], entry[1]) if entry else None,
        print=values["print"],
        verdict=values["verdict"],
    )
