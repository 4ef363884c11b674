"""Finding customers by the beginnings of words, then by parts inside of them: a few Queries at once for a page.

Who is found stands in three stages, each a Query, and each in the order of its index: whose word is nearest to what was
typed, then by name, then by id.

1. All words that were typed begin a word. The index is asked for the rarest of them.
2. Of several words one begins a word, and the others stand at least inside of one.
3. That one stands inside of a word, too: the index of the ends of words is asked.

Entries hold all words of their customers, so DynamoDB itself leaves out whom the other words do not fit, and whom an
earlier stage has found. A page begins with the stage at which the last one ended, and is filled up from those behind.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from crm.core import beside, built, views
from crm.core.errors import InvalidFields
from crm.core.reason import Reason
from crm.core.views import Sieve, Where
from crm.customers import similarity, words
from crm.customers.projection import ending_like, inside_under, searched_under
from crm.customers.words import Sought

# Of one customer several words may begin alike, and only the first entry is shown.
_SPARE = 20
# More than a megabyte holds.
_CANDIDATES = 10_000
_STAGE = "\x1f"
_PARTS_SINCE = 1
"""The edition of the views that has the ends of words."""
Found = tuple[list[tuple[str, dict[str, Any]]], str | None]
"""Entries, each with its place, and the place to go on after, if there may be more."""


class Stage(NamedTuple):
    """One Query: where it is asked for what, and what its entries must be like.

    `earlier`: whom it leaves out since a stage before it has shown them.
    """

    is_exact: bool
    pk: str
    prefix: str
    having: tuple[Where, ...]
    earlier: tuple[Where, ...] = ()


def wanted(search: str) -> list[Sought]:
    """The words looked for, the rarest first. Raises InvalidFields where there are none or too many."""
    found = words.sought(search)
    if not found:
        raise InvalidFields.one("search", Reason("give at least one letter or digit"))
    if len(found) > words.MOST_WANTED:
        raise InvalidFields.one("search", Reason("give at most {most} words, the rarest", most=words.MOST_WANTED))
    return found


def stages(looked_for: list[Sought], *, has_ends: bool = True) -> list[Stage]:
    """In which Queries those are found whom all words fit, each of them in one; the first is that of beginnings.

    Not `has_ends`: the views do not hold the ends of words yet.
    """
    rarest, *others = looked_for
    begun = tuple(_begun(one) for one in others)
    found = [Stage(True, searched_under(rarest.begins), rarest.begins, begun)]
    asked = words.rarest_inside(looked_for)
    if asked is None or not has_ends:
        return found
    left = [one for one in looked_for if one is not asked]
    held = tuple(_held(one) for one in (asked, *left) if one is not asked or asked.is_address)
    prefix = asked.held_by if asked.is_address else asked.begins
    if asked.is_address or any(one.inside for one in left):
        not_all = Where("words", "lacks one", [f" {one.begins}" for one in looked_for])
        found.append(Stage(False, searched_under(prefix), prefix, held, (not_all,)))
    not_begun = Where("words", "lacks one", [f" {prefix}"])
    return [*found, Stage(False, inside_under(asked.held_by), asked.held_by, held, (not_begun,))]


def has_ends(looked_for: list[Sought]) -> bool:
    """Whether whom a part fits is found: not while the views of an older version are being extended."""
    return words.rarest_inside(looked_for) is None or built.are_of(_PARTS_SINCE)


def page(
    looked_for: list[Sought],
    filters: tuple[Where, ...],
    after: str | None,
    limit: int,
    *,
    has_ends: bool,
    shows: Callable[[Stage, Mapping[str, Any]], bool] | None = None,
) -> Found:
    """Entries of whom all words fit, each customer once, with `match` "exact" or "part"; it may be short and go on.

    `shows(stage, entry)`: for who does not see all fields, whether somebody stands in this stage by what is seen. Else
    DynamoDB leaves out whom an earlier stage has.
    """
    number, start = _stage_of(after)
    asked = stages(looked_for, has_ends=has_ends)[number:]

    def ask(stage: Stage) -> tuple[list[dict[str, Any]], str | None]:
        fitting = (*stage.having, *(() if shows else stage.earlier), *filters)
        first = Where("shared", "less", len(stage.prefix))
        entries, place = views.query(
            stage.pk,
            prefix=stage.prefix,
            after=start if stage is asked[0] else None,
            limit=limit,
            sieve=Sieve((first, *fitting), reads=None if stage.having or filters else 2 * limit + _SPARE),
            consistent=False,
        )
        return [entry for entry in entries if shows is None or shows(stage, entry)], place

    found = list[tuple[str, dict[str, Any]]]()
    # Whoever waits, waits for the slowest alone.
    answers = beside.at_once(*(partial(ask, stage) for stage in asked))
    for further, (entries, place) in enumerate(answers, number):
        match = "exact" if asked[further - number].is_exact else "part"
        found += [(_place(further, entry["sk"]), {**entry, "match": match}) for entry in entries]
        if len(found) > limit:
            return found[:limit], found[limit - 1][0]
        if place is not None:
            return found, _place(further, place)
    return found, None


def _place(number: int, sk: str) -> str:
    return f"{number}{_STAGE}{sk}"


def _stage_of(place: str | None) -> tuple[int, str | None]:
    """At which stage a page begins, and behind which sort key of it."""
    if place is None:
        return 0, None
    number, _, sk = place.rpartition(_STAGE) if _STAGE in place else ("0", "", place)
    return int(number), sk


def is_shown_in(stage: Stage, looked_for: list[Sought], entry: Mapping[str, Any]) -> bool:
    """Whether this is the stage of a customer by the name, the address and the number that an entry shows."""
    shown = "".join(f" {word}" for word in words.of_customer(entry))
    is_begun = all(one.begins_in(shown) for one in looked_for)
    if stage.is_exact:
        return is_begun
    is_asked_for = f" {stage.prefix}" in shown
    is_of_beginnings = stage.pk == searched_under(stage.prefix)
    return not is_begun and is_asked_for == is_of_beginnings and all(one.fits(shown) for one in looked_for)


def similar(looked_for: list[str], *, filters: tuple[Where, ...], limit: int) -> tuple[list[dict[str, Any]], bool]:
    """Entries of whom the words fit but for one slip of the finger each, the nearest first; and whether these are all.

    Two Queries. One word: the slip is in the first half, and the end of the word is right, or the beginning is. Of
    several words one of the two rarest must be right. Each Query takes a megabyte, which may not be all there is.
    """
    found: dict[str, dict[str, Any]] = {}
    complete = True
    for pk, prefix, others in _ways(looked_for):
        exactly = [word for word in others if not similarity.is_forgiven(word)]
        having = tuple(Where("words", "contains", f" {word}") for word in exactly)
        entries, place = views.query(
            pk, prefix=prefix, after=None, limit=_CANDIDATES, sieve=Sieve((*having, *filters)), consistent=False
        )
        found |= {entry["id"]: entry for entry in entries}
        complete = complete and place is None
    ranked = sorted(
        (rank, entry["sk"].partition("#")[2], entry["id"])
        for entry in found.values()
        if (rank := similarity.rank(looked_for, words=entry["words"], name=words.of_name(entry["name"]))) is not None
    )
    return [found[customer_id] for *_, customer_id in ranked[:limit]], complete and len(ranked) <= limit


def _ways(looked_for: list[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Which parts of the index to ask for which beginning, and the words that are left to compare."""
    if len(looked_for) == 1:
        if similarity.is_forgiven(looked_for[0]):
            head, tail = similarity.halves(looked_for[0])
            yield searched_under(head), head, []
            yield ending_like(tail), tail[::-1], []
        return
    for right in looked_for[:2]:
        others = [word for word in looked_for if word != right]
        if any(map(similarity.is_forgiven, others)):
            yield searched_under(right), right, others


def _begun(one: Sought) -> Where:
    return Where("words", "contains", f" {one.begins}")


def _held(one: Sought) -> Where:
    """That a word begins like this or holds it."""
    if not one.inside:
        return _begun(one)
    return Where("words", "contains any", [one.inside] if one.inside == one.begins else [one.inside, f" {one.begins}"])
