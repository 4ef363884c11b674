"""The demo shop: made-up customers put into an empty shop in one go, and taken out again in one.

Both may die anywhere and be asked for again. What is put in is recognised by its keys, so it is there once; what is
taken out is erased as whoever asks to be forgotten is, with all that was derived from it and all that people did with
it meanwhile. The undo of an import would leave those that somebody has tried something on.
"""

from contextlib import suppress
from datetime import date, datetime, timedelta

from crm.business import service as business_service
from crm.core import clock, ids, items, table
from crm.core.author import Author
from crm.core.errors import Conflict, InvalidFields
from crm.core.paging import PageRequest
from crm.core.reason import Reason
from crm.customers import listing
from crm.customers import service as customer_service
from crm.customers.asking import Asked
from crm.customers.models import DELETED, PROFILE, Merged
from crm.customers.models import partition as partition_of
from crm.demo import day
from crm.demo.models import Demo
from crm.demo.people import DOMAIN, PEOPLE, Person
from crm.interactions import service as interaction_service
from crm.interactions.schemas import NewInteraction
from crm.patterns import service as pattern_service
from crm.privacy import erasures, partition
from crm.purchases import service as purchase_service
from crm.purchases.schemas import NewPurchase
from crm.reminders import service as reminder_service
from crm.suppressions import service as suppression_service

STOPPED = "nobody has this address: it is of the demo shop"


def is_possible() -> bool:
    """Whether there is no customer in any list, so that nothing could be taken for what it is not."""
    return not listing.page(PageRequest("demo", 1), Asked()).items


def put_in(*, by: str) -> Demo:
    """Put the demo shop in, or go on with it. Raises Conflict where there are customers, or while it is taken out."""
    demo = Demo.read() or _begun(by)
    if demo.state == "going":
        raise Conflict(Reason("the demo shop is being taken out"))
    if demo.state == "coming":
        for number, person in enumerate(PEOPLE):
            _enter(demo, number, person)
        _fill_day(demo)
        _move(demo, "in")
    return demo


def take_out(*, by: str) -> int:
    """Take the demo shop out, or go on with that; how many of its customers stay, as they were joined with others'.

    Raises Conflict while a merge of one of them is under way.
    """
    demo = Demo.read()
    if demo is None:
        return 0
    _move(demo, "going")
    kept = _joined(demo)
    for customer in _standing(demo):
        if customer not in kept:
            # As what is in the bin too long: it was nobody's wish, so nobody's address is barred.
            erasures.begin(customer_id=customer, author=Author(by, way="upkeep", of="demo"))
    for number, person in enumerate(PEOPLE):
        # Where there is a record still, no mail goes to its made-up address.
        if _customer(demo, number) not in kept:
            suppression_service.lift(_address(demo, person))
    day.withdraw(key=demo.round)
    if demo.found_patterns and _is_alone(demo):
        pattern_service.forget(caller=demo.by, idempotency_key=demo.round)
    table.commit(lambda transaction: transaction.delete(demo))
    return len(kept)


def _begun(by: str) -> Demo:
    if not is_possible():
        raise Conflict(Reason("the demo shop is for a shop without customers"))
    is_first = pattern_service.found().as_of is None
    demo = Demo.keyed(state="coming", round=ids.new(), by=by, begun_at=clock.stamp(), found_patterns=is_first)
    try:
        table.commit(lambda transaction: transaction.save(demo, condition=Demo.pk.does_not_exist()))
    except table.ConditionFailed:
        return Demo.read() or demo
    return demo


def _fill_day(demo: Demo) -> None:
    """What somebody sees of all of it on their day; who is late and who slips away is looked for by a job."""
    customers = {person.word: _customer(demo, number) for number, person in enumerate(PEOPLE)}
    day.plan(by=demo.by, key=demo.round, customers=customers, today=_first_day(demo))
    day.greet(key=demo.round, customers=customers, today=_first_day(demo))
    day.announce(key=demo.round)
    pattern_service.refresh(caller=demo.by, idempotency_key=demo.round)


def _enter(demo: Demo, number: int, person: Person) -> None:
    """One customer with a history. That no mail goes to them is written first."""
    address, key = _address(demo, person), _key(demo, number)
    table.commit(lambda transaction: suppression_service.stop(transaction, address, kind="hard_bounce", reason=STOPPED))
    first = datetime.fromisoformat(demo.begun_at)
    fields = person.fields(first=_first_day(demo), mark=_mark(demo))
    customer = customer_service.register(
        fields=fields, author=Author(demo.by), idempotency_key=key, allow_duplicate=True, routed=False
    ).customer_id
    bought = [
        NewPurchase.model_validate({"amount": amount, "at": _at(first, days), "lines": [{"product": product}]})
        for days, amount, product in person.bought
    ]
    said = [
        NewInteraction.model_validate({"kind": kind, "summary": summary, "at": _at(first, days)})
        for days, kind, summary in person.said
    ]
    keys = [f"{key} {place}" for place in range(len(PEOPLE))]
    if bought:
        asked = list(zip(bought, keys, strict=False))
        purchase_service.record_each(customer_id=customer, purchases=asked, caller=demo.by)
    if said:
        logged = list(zip(said, keys, strict=False))
        interaction_service.log_each(customer_id=customer, interactions=logged, caller=demo.by)
    if person.planned:
        days, subject = person.planned
        told = {"to": "customer", "customer_id": customer, "subject": subject}
        # Days later somebody goes on with it, and it is over.
        with suppress(InvalidFields):
            at = f"{_first_day(demo) + timedelta(days=days)}T10:00"
            reminder_service.make(fields={**told, "at": at}, caller=demo.by, idempotency_key=key)


def _standing(demo: Demo) -> list[str]:
    """Its customers that there are, in the bin or not."""
    places = {(partition_of(one), sk): one for one in _customers(demo) for sk in (PROFILE, DELETED)}
    found = items.many(list(places), only=("kind",))
    return list(dict.fromkeys(places[key] for key in places if key in found))


def _joined(demo: Demo) -> set[str]:
    """Its customers that went into one of the business's own, or that one of these went into."""
    own = _customers(demo)
    into = {one for one in own if (mark := Merged.read(one)) and mark.into not in own}
    return into | {one for one in own if any(old not in own for _, old in partition.merged_into(one))}


def _customers(demo: Demo) -> list[str]:
    return [_customer(demo, number) for number in range(len(PEOPLE))]


def _customer(demo: Demo, number: int) -> str:
    return customer_service.id_of(caller=demo.by, idempotency_key=_key(demo, number))


def _move(demo: Demo, state: str) -> None:
    if demo.state != state:
        demo.state = state
        table.commit(lambda transaction: transaction.save(demo, condition=Demo.round == demo.round))


def _first_day(demo: Demo) -> date:
    """The day that it was where the business is."""
    return datetime.fromisoformat(demo.begun_at).astimezone(business_service.current().timezone).date()


def _is_alone(demo: Demo) -> bool:
    """Whether nobody is in any list but the customers of the demo."""
    own = set(_customers(demo))
    found = listing.page(PageRequest("demo", len(own) + 1), Asked()).items
    return all(one["id"] in own for one in found)


def _at(first: datetime, days: int) -> str:
    return clock.instant(first - timedelta(days=days, hours=1))


def _key(demo: Demo, number: int) -> str:
    return f"demo {demo.round} {number}"


def _mark(demo: Demo) -> str:
    return demo.round[:8]


def _address(demo: Demo, person: Person) -> str:
    return f"{person.word}.{_mark(demo)}@{DOMAIN}"
