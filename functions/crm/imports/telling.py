"""What stands beside a refused row in the file of them, in each language; found again where that file is imported."""

from functools import lru_cache

from crm.catalogues import wording
from crm.core import text
from crm.core.reason import Reason, all_of
from crm.imports.deeds import Fault, Outcome
from crm.templates.rules import LANGUAGES

HEAD = Reason("refused because")


def head(code: str) -> str:
    """The words above the column with the reasons."""
    return _in(code, HEAD)


def is_head(header: str) -> bool:
    """Whether a column is the one of another file of refused rows, in whatever language: it says nothing of a row."""
    return _plain(header) in _heads()


def why(code: str, outcome: Outcome) -> str:
    """Why a row was refused, each thing with what to do."""
    return _in(code, all_of(map(_with_remedy, outcome.each)))


def _with_remedy(fault: Fault) -> Reason:
    return Reason("{reason}: {remedy}", reason=fault.reason, remedy=fault.remedy) if fault.remedy else fault.reason


def _in(code: str, reason: Reason) -> str:
    """A reason that only English has words for stays English: better than none."""
    said = wording.reason(code, reason)
    return str(reason) if said is None else said


@lru_cache(maxsize=1)
def _heads() -> frozenset[str]:
    return frozenset(_plain(head(code)) for code in LANGUAGES)


def _plain(words: str) -> str:
    return " ".join(text.words(words))
