"""Suggests groups: traits whose customers spend more, come more often, or stay away more than others.

Found by a job after the cut points, in one go: a sample is small enough. Whoever dies begins again. Nothing is applied.
"""

import json
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from crm.core import clock, queue, table
from crm.core.config import settings
from crm.patterns import mining, sampling, schemas, traits, wording
from crm.patterns.models import CutPoints, Suggested
from crm.segments import asking

JOB = "suggest"
_CENT = Decimal("0.01")


def ask() -> None:
    """Have groups suggested, soon."""
    queue.send(settings().jobs_queue_url, {"job": JOB})


def suggest() -> None:
    """Look for groups in a sample, and keep what was found. Raises the store's errors."""
    as_of, moment = clock.stamp(), asking.moment()
    cut = CutPoints.read()
    sample = sampling.drawn()
    known = [
        (profile, traits.traits(profile, moment=moment), traits.outcomes(profile, moment=moment))
        for profile in sample.profiles
    ]
    days = {profile["pk"]: traits.days_since(profile, moment=moment) for profile, _, _ in known}
    found = mining.mined((each, outcomes) for _, each, outcomes in known)
    customers = len(known) if sample.is_whole else max(cut.customers if cut else 0, len(known))
    document = {
        "customers": customers,
        "sample": len(known),
        "everybody": _average((profile for profile, _, _ in known), days),
        "items": [
            _shown(one, _average((profile for profile, each, _ in known if each.issuperset(one.traits)), days))
            for one in found
        ],
    }
    _keep(Suggested.keyed(found=json.dumps(document, ensure_ascii=False), as_of=as_of))


def _shown(one: mining.Found, average: Mapping[str, Any]) -> dict[str, Any]:
    conditions = [json.loads(trait) for trait in one.traits]
    return {
        "rule": conditions[0] if len(conditions) == 1 else {"all": conditions},
        "seen": one.having,
        "share": round(one.having / one.everybody, 4),
        "outcome": one.outcome,
        "outcome_rule": traits.OUTCOMES[one.outcome],
        "share_among_them": round(one.both / one.having, 4),
        "share_among_all": round(one.outcomes / one.everybody, 4),
        "lift": round(one.lift, 2),
        "luck": float(f"{one.luck:.2g}"),
        "average": average,
    }


def _average(profiles: Iterable[Mapping[str, Any]], days: Mapping[str, Decimal]) -> dict[str, Any]:
    """What customers spent, bought and how long they stayed away, on the average."""
    found = list(profiles)
    sums = {
        "spent": sum((Decimal(one["facts"]["spent"]) for one in found), Decimal(0)),
        "purchases": sum((Decimal(one["facts"]["purchases"]) for one in found), Decimal(0)),
        "days_since_last_purchase": sum((days[one["pk"]] for one in found), Decimal(0)),
    }
    return {name: str(_mean(total, len(found))) for name, total in sums.items()}


def _mean(total: Decimal, count: int) -> Decimal:
    return (total / max(count, 1)).quantize(_CENT, ROUND_HALF_EVEN)


def _keep(found: Suggested) -> None:
    # A message that comes twice must not undo what was found later.
    newer = Suggested.pk.does_not_exist() | (Suggested.as_of < found.as_of)
    try:
        table.commit(lambda transaction: transaction.save(found, condition=newer))
    except table.ConditionFailed:
        return


def suggested(*, language: str) -> schemas.SuggestionList:
    """What was found last, with sentences in a language."""
    kept = Suggested.read()
    if kept is None:
        return schemas.SuggestionList(as_of=None, customers=0, sample=0, exact=True, everybody=None, items=[])
    document = json.loads(kept.found)
    customers, sample = document["customers"], document["sample"]
    return schemas.SuggestionList(
        as_of=kept.as_of,
        customers=customers,
        sample=sample,
        exact=customers == sample,
        everybody=_read_average(document["everybody"]),
        items=[_read(one, scale=customers / max(sample, 1), language=language) for one in document["items"]],
    )


def _read(item: dict[str, Any], *, scale: float, language: str) -> schemas.Suggestion:
    said = wording.sentence(item, language=language)
    return schemas.Suggestion(
        customers=round(item.pop("seen") * scale),
        sentence=said,
        average=_read_average(item.pop("average")),
        **item,
    )


def _read_average(average: Mapping[str, str]) -> schemas.Average:
    numbers = {name: float(average[name]) for name in ("purchases", "days_since_last_purchase")}
    return schemas.Average(spent=Decimal(average["spent"]), **numbers)
