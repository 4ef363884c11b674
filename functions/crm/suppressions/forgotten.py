"""Addresses of people who were erased: no file brings them back, and no hand that has not been told.

An address is known by a keyed hash, under each signing key there is: a mark that an older key made still counts, as
long as that key is kept.
"""

from collections.abc import Iterable, Iterator

from pynamodb.transactions import TransactWrite

from crm.core import clock, items, signing
from crm.core.errors import Conflict
from crm.core.reason import Reason
from crm.suppressions.models import Forgotten

_PURPOSE = "forgotten"


class AddressForgotten(Conflict):
    slug = "forgotten"
    title = Reason("The person with this address asked to be forgotten")


def is_forgotten(address: str) -> bool:
    """Whether somebody with this e-mail address or phone number was erased, and has not come back by themselves."""
    return bool(items.many((mark.pk, mark.sk) for mark in _marks(address)))


def forget(transaction: TransactWrite, prints: Iterable[tuple[str, str]]) -> None:
    """Put into a transaction that the addresses with these hashes (see `fingerprint`) are forgotten."""
    for key_id, fingerprint in prints:
        transaction.save(Forgotten.keyed(key_id, fingerprint, since=clock.stamp()))


def fingerprint(address: str) -> tuple[str, str]:
    """The id of the key that signs now, and its hash of an address: what may be kept of who was erased."""
    return next(iter(_fingerprints(address)))


def require_unknown(transaction: TransactWrite, addresses: Iterable[str]) -> None:
    """Put into a transaction that nobody with one of these addresses was erased."""
    for address in sorted(addresses):
        for mark in _marks(address):
            transaction.condition_check(Forgotten, mark.pk, mark.sk, condition=Forgotten.pk.does_not_exist())


def remember(transaction: TransactWrite, addresses: Iterable[str]) -> None:
    """Put into a transaction that the people with these addresses came back by themselves."""
    for address in sorted(addresses):
        for mark in _marks(address):
            transaction.delete(mark)


def refuse(addresses: Iterable[str]) -> None:
    """Raise AddressForgotten when somebody with one of the addresses was erased."""
    if any(is_forgotten(address) for address in addresses):
        raise AddressForgotten(
            Reason(
                "whoever had this e-mail or phone was erased at their own wish; leave it out, or add "
                "?allow_forgotten=true if they have come back by themselves"
            )
        )


def _marks(address: str) -> Iterator[Forgotten]:
    for key_id, printed in _fingerprints(address):
        yield Forgotten.keyed(key_id, printed)


def _fingerprints(address: str) -> Iterable[tuple[str, str]]:
    return signing.fingerprints(_PURPOSE, address.strip().lower().encode()).items()
