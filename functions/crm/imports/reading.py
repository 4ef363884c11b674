"""The words in which files are read: what was guessed and how surely, what is asked, rows, and what they come to.

All of it is plain values that pydantic's TypeAdapter turns into JSON and back, so that a job keeps them between pieces.
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from crm.core.errors import CrmError
from crm.core.reason import Reason

Format = Literal["csv", "xlsx", "ods"]
DateOrder = Literal["ymd", "dmy", "mdy", "serial", "serial1904", "bs"]
"""`bs`: year, month and day of Bikram Sambat; `serial`: days since the end of 1899 as Excel counts them."""
NumberStyle = Literal["point", "comma"]
"""What parts the whole from its parts: 1,234.50 has a point, 1.234,50 a comma."""
Century = Literal["past", "1900", "2000"]
"""Years of two digits: the latest that is not to come, or always this century."""
Short = Literal["pad", "refuse"]
Merged = Literal["first", "fill"]
T = TypeVar("T")

CERTAIN = 0.95
"""A guess below this is asked about; an order of dates is never taken below it."""
MOST_COLUMNS = 1000
MOST_CHARACTERS = 1 << 20
"""Of a row, all cells together."""
MOST_CELL = 131_072
"""Characters; Excel keeps 32,767."""


class FileRefused(CrmError):
    """The file as a whole cannot be read; `code` says why for programs, `remedy` what to do."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    slug = "file-refused"
    title = Reason("The file cannot be imported")

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}", code=code, remedy=remedy)
        self.code = code
        self.why = reason
        self.remedy = remedy


@dataclass(frozen=True)
class Guess(Generic[T]):
    """What was found out; certainty from 0 to 1, `others` what it could be besides, the likeliest first."""

    value: T
    certainty: float
    why: str
    others: tuple[T, ...] = ()

    @property
    def certain(self) -> bool:
        return self.certainty >= CERTAIN


class Position(NamedTuple):
    """A place between two rows: bytes from the beginning (of spreadsheets: rows), and the line that comes next."""

    offset: int
    line: int


@dataclass(frozen=True)
class Problem:
    """Why a row is not taken as it stands. `column` counts from 0; None is the row as a whole."""

    column: int | None
    field: str
    reason: Reason
    remedy: Reason


class Row(NamedTuple):
    """One row: the line it begins in (from 1), its cells as text, the place after it, and what is broken in it.

    There are as many cells as columns in the table, unless there were too many.
    """

    line: int
    cells: tuple[str, ...]
    position: Position
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Reading:
    """How a file is read. `header_line` is the line (of a sheet: row) of the headers; 0: it has none.

    `headers` are the texts above the columns, whose number is the width of the table. `spaces`: a space after each
    delimiter belongs to no cell. `short`: whether rows with fewer cells end with empty ones, or are refused as torn.
    `sheet` is the name of the sheet. `merged`: cells that stand for several rows hold for the first alone, or for all.
    """

    format: Format
    headers: tuple[str, ...]
    header_line: int = 1
    encoding: str = "utf-8"
    delimiter: str = ","
    spaces: bool = False
    short: Short = "refuse"
    sheet: str = ""
    merged: Merged = "first"


@dataclass(frozen=True)
class ColumnUse:
    """What becomes of a column; no field: it is left out. What is None was not needed, or is still to be asked."""

    field: str = ""
    dates: DateOrder | None = None
    numbers: NumberStyle | None = None
    century: Century | None = None


@dataclass(frozen=True)
class Mapping:
    """What becomes of all columns. `country` (ISO 3166, two letters) is that of phones without a country code.

    `timezone` (IANA) is that of times without an offset.
    """

    columns: tuple[ColumnUse, ...]
    timezone: str
    country: str | None = None


@dataclass(frozen=True)
class Column:
    """What a column looks like; the guesses of dates and numbers are there where its field holds such."""

    index: int
    header: str
    samples: tuple[str, ...]
    field: Guess[str]
    dates: Guess[str] | None = None
    numbers: Guess[str] | None = None


@dataclass(frozen=True)
class Choice:
    """One answer, and what the file would mean by it."""

    value: str
    meaning: str


@dataclass(frozen=True)
class Question:
    """What only people know. The pointer is the key of the answer in `decided` of the next inspection.

    `is_open`: the choices are the likeliest, and another answer may be right.
    """

    pointer: str
    asks: str
    choices: tuple[Choice, ...]
    guess: str | None = None
    is_open: bool = False


@dataclass(frozen=True)
class Sheet:
    """A sheet of a spreadsheet file."""

    name: str
    hidden: bool
    empty: bool


@dataclass(frozen=True)
class Refusal:
    """Why a file cannot be imported at all, and the remedy."""

    code: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class Inspection:
    """All that was found out about a file. It can be imported once there are neither refusals nor questions.

    `fingerprint` is the same for files with the same columns: a saved mapping is kept under it.
    """

    format: Format | None = None
    reading: Reading | None = None
    mapping: Mapping | None = None
    encoding: Guess[str] | None = None
    delimiter: Guess[str] | None = None
    header: Guess[bool] | None = None
    sheets: tuple[Sheet, ...] = ()
    columns: tuple[Column, ...] = ()
    questions: tuple[Question, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()
    sample: tuple[Row, ...] = ()
    fingerprint: str = ""


@dataclass(frozen=True)
class Translated:
    """A row in the words of the kind.

    `values` is what the kind's schema takes (JSON); `about` what the row says beside it: whose it is
    (`customer_reference`, `customer_email`, `customer_phone`), its own `reference`, and `known_at`, since when it is
    true. `empty` are the mapped fields whose cells hold nothing.
    """

    values: dict[str, Any]
    about: dict[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    empty: tuple[str, ...] = ()
