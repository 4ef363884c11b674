"""The groups that come with the product: their rules over the scores, and their names. Pure; docs/patterns.md explains.

Sorting customers by pairs of scores into champions, loyal, at risk, lost and so on is common practice since Hughes; the
borders are ours. Scores are relative, so the same rules serve a kiosk and a furniture shop.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Rule = Mapping[str, Any]
LATE = "late"
LATE_FROM = 2
"""Times the usual gap. Of purchases at random (exponential gaps) one gap in seven is as long: a hint, no verdict."""
LATE_UNTIL = 10
"""Who has missed ten visits has gone, and needs another word than who is late."""
_FEWEST_PURCHASES = 3


def _score(measure: str, op: str, score: int) -> dict[str, Any]:
    return {"field": f"patterns.{measure}", "op": op, "value": score}


def _bought(op: str, times: int) -> dict[str, Any]:
    return {"field": "facts.purchases", "op": op, "value": times}


@dataclass(frozen=True)
class Named:
    """A group: its id for ever, its rule, and its name by language."""

    id: str
    rule: Rule
    names: Mapping[str, str]

    def name(self, language: str) -> str:
        """What it is called in a language (`ur`, `bn-BD`), else in English."""
        return self.names.get(language.partition("-")[0], self.names["en"])


def _named(group: str, *conditions: Rule, **names: str) -> Named:
    return Named(group, {"all": list(conditions)}, names)


NAMED: tuple[Named, ...] = (
    _named(
        "best",
        _score("recency", "ge", 4),
        _score("frequency", "ge", 4),
        _score("money", "ge", 4),
        en="Best customers",
        ur="بہترین گاہک",
        bn="সেরা গ্রাহক",
        ne="उत्कृष्ट ग्राहक",
        he="הלקוחות הטובים ביותר",
    ),
    _named(
        "loyal",
        _score("recency", "ge", 3),
        _score("frequency", "ge", 4),
        en="Loyal customers",
        ur="وفادار گاہک",
        bn="বিশ্বস্ত গ্রাহক",
        ne="नियमित ग्राहक",
        he="לקוחות נאמנים",
    ),
    _named(
        "new",
        _bought("eq", 1),
        _score("recency", "ge", 4),
        en="New customers",
        ur="نئے گاہک",
        bn="নতুন গ্রাহক",
        ne="नयाँ ग्राहक",
        he="לקוחות חדשים",
    ),
    _named(
        "slipping_away",
        _bought("ge", 2),
        _score("recency", "eq", 2),
        _score("frequency", "ge", 3),
        en="Slipping away",
        ur="دور ہوتے گاہک",
        bn="দূরে সরে যাচ্ছেন",
        ne="टाढिँदै गएका ग्राहक",
        he="לקוחות שמתרחקים",
    ),
    _named(
        "lost",
        _bought("ge", 2),
        _score("recency", "eq", 1),
        en="Lost customers",
        ur="کھوئے ہوئے گاہک",
        bn="হারানো গ্রাহক",
        ne="गुमेका ग्राहक",
        he="לקוחות שאבדו",
    ),
    _named(
        "one_time",
        _bought("eq", 1),
        _score("recency", "le", 3),
        en="Bought once",
        ur="ایک بار خریدنے والے",
        bn="একবারের ক্রেতা",
        ne="एक पटक मात्र किनेका",
        he="קנו פעם אחת",
    ),
    _named(
        LATE,
        _bought("ge", _FEWEST_PURCHASES),
        {"field": "patterns.lateness", "op": "between", "value": [LATE_FROM, LATE_UNTIL]},
        {"field": "patterns.usual_gap_days", "op": "ge", "value": 1},
        _score("recency", "ge", 2),
        en="Later than usual",
        ur="معمول سے دیر",
        bn="স্বাভাবিকের চেয়ে দেরি",
        ne="सधैँभन्दा ढिलो",
        he="מאחרים מהרגיל",
    ),
)
_BY_ID = {one.id: one for one in NAMED}


def called(group_id: str, name: str, language: str) -> str:
    """The name of any group in a reader's language: one of these goes by its own until the business renames it."""
    known = _BY_ID.get(group_id)
    return known.name(language) if known and name in known.names.values() else name
