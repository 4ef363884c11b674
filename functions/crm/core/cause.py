"""Who has something written, by which way and from where: known to whatever writes, without being passed through it.

The edge says it: the guard for a request, a job for whom it works. What is written then carries it, so that the audit
(`crm.audit`) finds it in the very item that tells of the change, or in a record that stands in the same transaction.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

Writes = Sequence[Mapping[str, Any]]
"""Writes of a transaction as DynamoDB takes them: `{"Put": {…}}`, `{"Update": {…}}`, `{"Delete": {…}}`."""
Recorder = Callable[["Cause", Writes], list[dict[str, Any]]]
"""Gives the records, new items, that go with writes into their transaction; none where these tell enough."""
CARRIED = "audit"
"""The attribute under which an item carries what `carried` gives."""
_SALT_BYTES = 12


@dataclass(frozen=True)
class Cause:
    """Who and from where.

    `who`: a member of staff, `key:<id>` for a machine, "" for the customer. `way`: staff, machine, customer, or the job
    that works for somebody; `of`: what it works at, such as the id of an import. `address`: of the network; `agent`: a
    hash of the program that asked. `named`: what the request's path names. `recorder`: None where nothing is recorded
    beside what items carry.
    """

    who: str
    way: str
    role: str = ""
    key: str = ""
    of: str = ""
    route: str = ""
    request: str = ""
    address: str = ""
    agent: str = ""
    recorder: Recorder | None = None
    named: Mapping[str, str] = field(default_factory=dict)

    def marks(self) -> dict[str, str]:
        """What is stored of it; without what is empty."""
        told = {name: str(value) for name, value in vars(self).items() if name not in ("recorder", "named")}
        return {name: value for name, value in told.items() if value}


_present: ContextVar[Cause | None] = ContextVar("cause", default=None)


def present() -> Cause | None:
    """For whom there is work at present; None: for nobody, the system sees to itself."""
    return _present.get()


def begin(cause: Cause) -> None:
    """From now on it is for them, until the end of the `working` around it."""
    _present.set(cause)


@contextmanager
def working(cause: Cause | None = None) -> Iterator[None]:
    """Meanwhile it is for them; None: for nobody yet."""
    token = _present.set(cause)
    try:
        yield
    finally:
        _present.reset(token)


def carried(about: str) -> dict[str, str]:
    """What an item carries that tells of a change, or of something new: of whom (`about`, a customer's id, stays the
    same when a merge moves the item), from where, and a salt for the hashes by which the chain knows its values.
    """
    cause = _present.get()
    return {"salt": salt(), "about": about, **(cause.marks() if cause else {})}


def salt() -> str:
    """A new one, which nobody can guess."""
    return secrets.token_urlsafe(_SALT_BYTES)


def records(writes: Writes) -> list[dict[str, Any]]:
    """The puts of records that belong into the transaction of these writes."""
    cause = _present.get()
    return cause.recorder(cause, writes) if cause and cause.recorder else []
