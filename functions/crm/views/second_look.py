"""The verdict on what a reconciliation noted in passing, and the last look at what it mended."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from crm.core.projection import Key
from crm.views import comparing, findings, orphans, second_number
from crm.views.comparing import Compared
from crm.views.findings import Finding
from crm.views.sweep import refresh_all


def look_again(keys: Iterable[Key], *, run: str) -> dict[str, int]:
    """Judge the findings under these keys, mend them; counts by family. Those of other runs are forgotten."""
    known = findings.read(keys)
    for old in known:
        if old.run != run:
            findings.forget(old)
    own = [finding for finding in known if finding.run == run]
    drifted = [finding for finding in _judged(own) if finding.verdict == "drift"]
    _mend(own, drifted)
    left = _still_wrong(drifted)
    counts = Counter(f"items:{finding.family}" for finding in own if finding.kind == "sum")
    counts += Counter(f"drift:{finding.family}" for finding in drifted)
    counts += Counter(f"repaired:{finding.family}" for finding in drifted if finding not in left)
    return dict(counts)


def _judged(own: list[Finding]) -> list[Finding]:
    open_ = [finding for finding in own if finding.verdict == "seen"]
    now = comparing.compare(_items(open_))
    still = {(one.key, one.family, one.print) for one in now.differences if not one.is_expected}
    judged: dict[Key, Finding] = {}
    for finding in open_:
        if finding.kind == "sum":
            is_drift = second_number.differ(finding.of)
        else:
            is_drift = (finding.of, finding.family, finding.print) in still
        judged[finding.key] = replace(finding, verdict="drift" if is_drift else "passed")
        findings.judge(judged[finding.key])
    return [judged.get(finding.key, finding) for finding in own]


def _mend(own: list[Finding], drifted: list[Finding]) -> None:
    """By the projector. What was only late is projected as well: it does no harm."""
    refresh_all(_items(own))
    refresh_all(_items(drifted), anew=True)
    orphans.remove(orphans.among(_orphans(drifted)))


def _still_wrong(drifted: list[Finding]) -> list[Finding]:
    """Those that mending has not made right: what cannot be projected. Sums are right once the new number is read."""
    now: Compared = comparing.compare(_items(drifted))
    states = {(one.key, one.family) for one in now.differences}
    entries = {entry for _, _, entry in now.entries} | {orphan.entry for orphan in orphans.among(_orphans(drifted))}
    parked = set(_items(drifted)) & now.parked
    return [
        finding
        for finding in drifted
        if finding.kind != "sum"
        and ((finding.of, finding.family) in states or finding.entry in entries or finding.of in parked)
    ]


def _items(found: Iterable[Finding]) -> list[Key]:
    return [finding.of for finding in found if finding.kind in {"item", "entry"}]


def _orphans(found: Iterable[Finding]) -> list[Key]:
    return [finding.entry for finding in found if finding.kind == "orphan" and finding.entry]
