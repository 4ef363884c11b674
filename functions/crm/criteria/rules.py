"""Does a customer belong to a group, and until when? A pure function of the rule, the profile and the day.

    {"all": […]}  {"any": […]}  {"not": {…}}  {"field": "facts.spent", "op": "ge", "value": "100.00"}

Of a field that is not known every comparison is false. `ne` is the opposite of `eq`, so it holds for a field that is
not known; ask for `exists` as well where that is not meant. There is no third answer: `not` of a comparison with what
is not known is true. docs/rules.md has all of the language.

A rule that `checking.problems` has accepted is compiled once, into nested questions; what time does not change is
asked first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from crm.criteria import bought, yearly
from crm.criteria.comparing import number_test
from crm.criteria.courses import CourseOf, Holds
from crm.criteria.durations import duration
from crm.criteria.fields import INSTANT, PAST, YEARLY, Field, field_of
from crm.criteria.standing import NEVER, NO, NO_CUTS, YES, Ask, Cuts, Moment, Standing, during, next_day, plain
from crm.criteria.values import number

Rule: TypeAlias = Mapping[str, Any]
Groups: TypeAlias = Callable[[str], Rule | None]
"""The rule of a segment by its id; None where there is no such segment, and then nobody is in it."""
_ANY_DAY = Moment(date.min)


class Answer(NamedTuple):
    """Whether the profile belongs to the group, and the next day on which time alone may change that (None: never)."""

    member: bool
    next_change_on: date | None


@dataclass(frozen=True, slots=True)
class Question:
    """A part of a rule; `timed` if its answer may change by the passing of time."""

    ask: Ask
    timed: bool = False


@dataclass(frozen=True, slots=True)
class Criterion:
    """A rule, compiled. `needs_bought`: the profile must have what the customer bought beside it."""

    question: Question
    needs_bought: bool

    def answer(
        self,
        profile: Mapping[str, Any],
        *,
        day: date,
        leap_day: str = "02-28",
        cuts: Cuts = NO_CUTS,
        zone: tzinfo = UTC,
    ) -> Answer:
        """The answer for a profile as plain values (numbers as Decimal), on a day of the business's calendar.

        From `day` until the day before `next_change_on` the answer is the same as long as profile and rules are.
        """
        return self.at(profile, Moment(day, leap_day, cuts, zone))

    def at(self, profile: Mapping[str, Any], moment: Moment) -> Answer:
        """The same with the moment made once for many."""
        member, until = self.question.ask(profile, moment)
        return Answer(member, None if until == NEVER else until)


def compiled(rule: Rule, *, groups: Groups = lambda _: None) -> Criterion:
    """A rule that `checking.problems` has accepted, made ready for many profiles."""
    return Criterion(_question(rule, groups), needs_bought(rule, groups=groups))


def matches(rule: Rule, profile: Mapping[str, Any], *, moment: Moment, groups: Groups = lambda _: None) -> bool:
    """Whether a single profile fulfils a rule; who asks of many compiles it."""
    return compiled(rule, groups=groups).at(profile, moment).member


def needs_bought(rule: Rule, *, groups: Groups = lambda _: None) -> bool:
    """Whether a rule asks what a customer bought."""
    return any(leaf["field"] == "purchases" for leaf in leaves(rule, groups=groups))


def leaves(rule: Rule, *, groups: Groups = lambda _: None) -> list[Rule]:
    """The conditions of a rule and of the groups that it names."""
    if "field" not in rule:
        (found,) = rule.values()
        parts = [found] if isinstance(found, Mapping) else found
        return [leaf for part in parts for leaf in leaves(part, groups=groups)]
    named = _named(rule, groups) if rule["field"] == "segment" else []
    return [rule, *(leaf for one in named for leaf in leaves(one, groups=groups))]


def _named(leaf: Rule, groups: Groups) -> list[Rule]:
    """The rules of the segments that a condition names."""
    ids = leaf["value"] if leaf["op"] == "in" else [leaf["value"]]
    return [found for one in ids if (found := groups(one))]


def _question(rule: Rule, groups: Groups) -> Question:
    if "all" in rule:
        return _joined([_question(part, groups) for part in rule["all"]], decisive=False)
    if "any" in rule:
        return _joined([_question(part, groups) for part in rule["any"]], decisive=True)
    if "not" in rule:
        return _opposite(_question(rule["not"], groups))
    return _condition(rule, groups)


def _condition(rule: Rule, groups: Groups) -> Question:
    op, value = rule["op"], rule["value"]
    if op == "ne":
        return _opposite(_condition({**rule, "op": "eq"}, groups))
    if rule["field"] == "segment":
        return _joined([_question(one, groups) for one in _named(rule, groups)], decisive=True)
    if rule["field"] == "purchases":
        return _of_purchases(rule)
    field = field_of(rule["field"])
    if field is None:
        return Question(lambda *_: NO)
    return _of_course(field.course, op, value) if field.course else _of_field(field, op, value)


def _of_field(field: Field, op: str, value: Any) -> Question:
    read, kind = field.read, field.kind
    if op == "exists":
        return Question(lambda profile, moment: plain((read(profile, moment) is not None) is value))
    if op in YEARLY:
        return Question(_yearly_ask(field, op, value), timed=True)
    if op in PAST or op == "within_next":
        return Question(_relative_ask(field, op, value), timed=True)
    test = kind.test(op, value)

    def ask(profile: Mapping[str, Any], moment: Moment) -> Standing:
        stored = read(profile, moment)
        return YES if stored is not None and test(stored, moment) else NO

    return Question(ask)


def _relative_ask(field: Field, op: str, value: Any) -> Ask:
    read, date_of, span = field.read, field.kind.date_of, duration(value)
    # What has happened is not to come. The day of all projections rises some minutes after midnight.
    is_past = field.kind is INSTANT

    def ask(profile: Mapping[str, Any], moment: Moment) -> Standing:
        stored = read(profile, moment)
        day = None if stored is None or date_of is None else date_of(stored, moment)
        if day is None:
            return NO
        if op == "within_next":
            return during(next_day(span.before(day, leap_day=moment.leap_day)), next_day(day), moment.day)
        passed = span.after(day, leap_day=moment.leap_day)
        if op == "older_than":
            return during(passed, NEVER, moment.day)
        return during(date.min if is_past else day, passed, moment.day)

    return ask


def _yearly_ask(field: Field, op: str, value: Any) -> Ask:
    read, yearly_of = field.read, field.kind.yearly_of
    standing = yearly.in_period(value) if op == "anniversary_in" else yearly.within_next(value)

    def ask(profile: Mapping[str, Any], moment: Moment) -> Standing:
        stored = read(profile, moment)
        found = None if stored is None or yearly_of is None else yearly_of(stored, moment)
        return NO if found is None else standing(found, moment)

    return ask


def _of_course(course_of: CourseOf, op: str, value: Any) -> Question:
    holds, literals = _holds(op, value)
    unknown = plain(holds(None))

    def ask(profile: Mapping[str, Any], moment: Moment) -> Standing:
        course = course_of(profile, moment)
        return unknown if course is None else course.standing(holds, literals)

    return Question(ask, timed=True)


def _of_purchases(rule: Rule) -> Question:
    holds, _ = _holds(rule["op"], rule["value"])
    product = bought.product_key(rule["product"]) if "product" in rule else bought.EVERYTHING
    within = duration(rule["within"]) if "within" in rule else None
    ask = bought.asked(holds, measure=rule.get("measure", "count"), product=product, within=within)
    return Question(ask, timed=within is not None)


def _holds(op: str, value: Any) -> tuple[Holds, list[Decimal]]:
    """A comparison of a number, and the numbers that it compares with."""
    if op == "exists":
        return (lambda found: (found is not None) is value), []
    test = number_test(op, value)
    literals = [number(one) for one in (value if isinstance(value, list) else [value])]
    return (lambda found: found is not None and test(found, _ANY_DAY)), literals


def _joined(questions: list[Question], *, decisive: bool) -> Question:
    """`all` (a part that is false decides) and `any` (a part that is true does).

    Undecided until the first part changes; decided until the last of the parts that decide changes.
    """
    asks = [question.ask for question in sorted(questions, key=lambda one: one.timed)]

    def ask(profile: Mapping[str, Any], moment: Moment) -> Standing:
        undecided, decided = NEVER, None
        for one in asks:
            holds, until = one(profile, moment)
            if holds is not decisive:
                undecided = min(undecided, until)
            elif until == NEVER:
                return decisive, NEVER
            else:
                decided = until if decided is None else max(decided, until)
        return (not decisive, undecided) if decided is None else (decisive, decided)

    return Question(ask, any(question.timed for question in questions))


def _opposite(question: Question) -> Question:
    asked = question.ask

    def ask(profile: Mapping[str, Any], moment: Moment) -> Standing:
        holds, until = asked(profile, moment)
        return not holds, until

    return Question(ask, question.timed)
