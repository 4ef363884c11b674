"""Imports as they go in and out over HTTP."""

from typing import Annotated, Any, Literal

from pydantic import Field

from crm.core.fields import CalendarDate, Document, Line
from crm.core.links import LARGEST_UPLOAD_BYTES

State = Literal[
    "awaiting_upload",
    "inspecting",
    "needs_mapping",
    "checking",
    "checked",
    "running",
    "done",
    "failed",
    "undoing",
    "undone",
    "cancelled",
]


class Options(Document):
    """How rows are taken."""

    existing: Literal["change", "skip"] = Field(
        default="change", description="What becomes of customers who are known already."
    )
    empty_clears: bool = Field(
        default=False, description="Whether an empty cell empties the field of a known customer."
    )
    share_addresses: bool = Field(
        default=False,
        description="Whether a row whose phone number is another's becomes a customer of its own; else it is refused.",
    )
    create_customers: bool = Field(
        default=True, description="Whether events of customers who are not known make them; else they are refused."
    )
    as_of: CalendarDate | None = Field(
        default=None, description="How old the file is, if it does not say so by row; else it counts as of its upload."
    )


class NewImport(Document):
    """A file to import."""

    kind: Line = Field(description="customers, purchases, interactions")
    file_name: Line
    size: Annotated[int, Field(ge=1, le=LARGEST_UPLOAD_BYTES)] | None = Field(default=None, description="In bytes.")
    options: Options = Options()


class MappingAnswers(Document):
    """Answers to the questions, by their pointers; those of before stay, null takes one back."""

    answers: dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=300)] | None]


class UploadForm(Document):
    """POST `fields` and then the file, as the field `file`, to `url` as multipart/form-data."""

    url: str
    method: Literal["POST"] = "POST"
    fields: dict[str, str]
    largest_bytes: int
    expires_in_seconds: int


class Choice(Document):
    """One answer, and what the file would mean by it."""

    value: str
    meaning: str


class Question(Document):
    """What only people know; answer by its pointer. `is_open`: the choices are the likeliest, others are taken too."""

    pointer: str
    asks: str
    choices: list[Choice]
    guess: str | None = None
    is_open: bool = False


class Guessed(Document):
    """What was found out, how surely (from 0 to 1), and why."""

    value: Any
    certainty: float
    why: str
    others: list[Any] = []


class Column(Document):
    """A column: its header, some cells, and what it was taken for."""

    header: str
    samples: list[str]
    field: Guessed
    dates: Guessed | None = None
    numbers: Guessed | None = None


class Preview(Document):
    """A row as it would be stored."""

    line: int
    result: str
    customer: str | None = None
    fields: dict[str, Any] = {}
    events: list[dict[str, Any]] = []


class Counts(Document):
    """Rows by what they come to; those about somebody whom the file, or the store, had before."""

    created: int = 0
    changed: int = 0
    skipped: int = 0
    refused: int = 0
    undone: int = 0
    kept: int = 0
    duplicates_in_file: int = 0
    duplicates_in_store: int = 0


class Progress(Document):
    """How far the present job is. `waits_for`: why nothing happens, where that is so."""

    job: str
    percent: float
    rows_done: int
    rows: int
    rows_per_second: float | None = None
    remaining_seconds: float | None = None
    waits_for: str | None = None


class Failure(Document):
    """Why it cannot go on, and the remedy."""

    code: str
    reason: str
    remedy: str


class ImportDocument(Document):
    """An import. `counts` are of the dry run until it was run, `undone` of the undoing."""

    id: str
    state: State
    kind: str
    file_name: str
    options: Options
    created_at: str
    created_by: str
    updated_at: str
    nightly: str | None = None
    upload: UploadForm | None = None
    format: str | None = None
    encoding: Guessed | None = None
    delimiter: Guessed | None = None
    columns: list[Column] = []
    notes: list[str] = []
    questions: list[Question] = []
    answers: dict[str, str] = {}
    answers_are_saved: bool = Field(
        default=False, description="They were given for an earlier file with these columns."
    )
    preview: list[Preview] = []
    rows: int = 0
    counts: Counts = Counts()
    undone: Counts = Counts()
    progress: Progress | None = None
    failure: Failure | None = None
    can_undo_until: str | None = None


class ImportSummary(Document):
    """An import in the list."""

    id: str
    state: State
    kind: str
    file_name: str
    created_at: str
    created_by: str
    nightly: str | None = None
    rows: int = 0
    counts: Counts = Counts()


class ImportList(Document):
    """One page of imports, newest first."""

    items: list[ImportSummary]
    next: str | None


class RowFault(Document):
    """One thing for which a row is refused."""

    column: str | None = Field(default=None, description="Its header; none: the row as a whole.")
    reason: str
    remedy: str | None = None


class RowOutcome(Document):
    """What a row of the file comes to, and why. Of several faults `column` is that of the first that has one."""

    line: int
    outcome: str
    customer: str | None = None
    column: str | None = None
    reason: str | None = None
    remedy: str | None = None
    same_as_line: int | None = Field(default=None, description="An earlier row is about the same.")
    known: bool = Field(default=False, description="The store had them already.")
    faults: list[RowFault] = Field(default=[], description="All for which the row is refused, each with its remedy.")


class RowList(Document):
    """Some rows in the order of the file. There may be fewer than asked for on every page but the last."""

    items: list[RowOutcome]
    next: str | None


class Link(Document):
    """A link that downloads a file, for a while."""

    url: str
    expires_in_seconds: int
