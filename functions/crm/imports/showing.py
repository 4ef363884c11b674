"""Imports as the API shows them."""

import json
from datetime import datetime
from typing import Any

from crm.core import clock
from crm.imports import chain, opening, pieces, progress, service
from crm.imports.deeds import Fault, Outcome
from crm.imports.models import Import
from crm.imports.reading import Guess, Inspection
from crm.imports.schemas import (
    Choice,
    Column,
    Counts,
    Failure,
    Guessed,
    ImportDocument,
    ImportSummary,
    Options,
    Preview,
    Progress,
    Question,
    RowFault,
    RowOutcome,
    UploadForm,
)

_NAMES = {"in_file": "duplicates_in_file", "in_store": "duplicates_in_store"}
_UNDOABLE = frozenset({"done", "cancelled", "failed"})
_PREVIEWED = frozenset({"checking", "checked"})


def shown(item: Import) -> ImportDocument:
    """An import with what was found out about its file, and how far it is."""
    found = opening.inspection(item.import_id) if item.uploaded_at else None
    failure = Failure.model_validate(item.failure) if item.failure else None
    return ImportDocument(
        id=item.import_id,
        state=item.state,  # type: ignore[arg-type]
        kind=item.kind,
        file_name=item.file_name,
        options=Options.model_validate(item.options),
        created_at=item.created_at,
        created_by=item.created_by,
        updated_at=item.updated_at,
        nightly=item.nightly,
        upload=_form(item) if item.state == "awaiting_upload" else None,
        answers=item.answers or {},
        answers_are_saved=bool(item.is_saved_mapping),
        preview=_preview(item) if item.state in _PREVIEWED else [],
        rows=item.rows,
        counts=_counts(item.ran if item.ran_at else item.checked),
        undone=_counts(item.undone),
        progress=_progress(item),
        failure=failure,
        can_undo_until=service.undo_until(item) if item.state in _UNDOABLE else None,
        **_found(found, asks=item.state == "needs_mapping"),
    )


def summary(item: Import) -> ImportSummary:
    """An import in the list."""
    return ImportSummary(
        id=item.import_id,
        state=item.state,  # type: ignore[arg-type]
        kind=item.kind,
        file_name=item.file_name,
        created_at=item.created_at,
        created_by=item.created_by,
        nightly=item.nightly,
        rows=item.rows,
        counts=_counts(item.ran if item.ran_at else item.checked),
    )


def row(one: Outcome) -> RowOutcome:
    """What a row came to."""
    return RowOutcome(
        line=one.line,
        outcome=one.result,
        customer=one.customer or None,
        column=one.column or None,
        reason=one.reason or None,
        remedy=one.remedy or None,
        same_as_line=one.first_line or None,
        known=one.known,
        faults=[_fault(each) for each in one.each],
    )


def _fault(one: Fault) -> RowFault:
    return RowFault(column=one.column or None, reason=one.reason, remedy=one.remedy or None)


def _form(item: Import) -> UploadForm:
    form = service.upload_form(item)
    fields = dict(form.fields)
    return UploadForm(url=form.url, fields=fields, largest_bytes=form.largest_bytes, expires_in_seconds=form.seconds)


def _found(found: Inspection | None, *, asks: bool) -> dict[str, Any]:
    if found is None:
        return {}
    questions = [
        Question(
            pointer=one.pointer,
            asks=one.asks,
            choices=[Choice(value=choice.value, meaning=choice.meaning) for choice in one.choices],
            guess=one.guess,
            is_open=one.is_open,
        )
        for one in found.questions
    ]
    columns = [
        Column(
            header=one.header,
            samples=list(one.samples),
            field=_guessed(one.field),
            dates=_guessed(one.dates) if one.dates else None,
            numbers=_guessed(one.numbers) if one.numbers else None,
        )
        for one in found.columns
    ]
    return {
        "format": found.format,
        "encoding": _guessed(found.encoding) if found.encoding else None,
        "delimiter": _guessed(found.delimiter) if found.delimiter else None,
        "columns": columns,
        "notes": list(found.notes),
        "questions": questions if asks else [],
    }


def _guessed(guess: Guess[Any]) -> Guessed:
    return Guessed(value=guess.value, certainty=guess.certainty, why=guess.why, others=list(guess.others))


def _preview(item: Import) -> list[Preview]:
    found = pieces.document(item.import_id, "preview")
    told = json.loads(found) if found and item.checked else []
    return [Preview.model_validate({**one, "customer": one["customer"] or None}) for one in told]


def _counts(counts: dict[str, Any] | None) -> Counts:
    return Counts.model_validate({_NAMES.get(name, name): int(count) for name, count in (counts or {}).items()})


def _progress(item: Import) -> Progress | None:
    if item.stage not in chain.STATES or item.state != chain.STATES[item.stage]:
        return None
    told = {"inspect": _looked, "split": _split}.get(item.stage, _counted)
    waits_for = progress.waits_for(
        stage=item.stage,
        updated_at=item.updated_at,
        trouble=item.trouble,
        busy_until=item.busy_until,
        now=clock.now(),
    )
    return Progress(**{**vars(told(item)), "waits_for": waits_for})


def _looked(item: Import) -> progress.Progress:
    return progress.Progress(item.stage, 0.0, 0, item.rows, None, None)


def _split(item: Import) -> progress.Progress:
    offset = int(item.place["offset"]) if item.place else 0
    at = datetime.fromisoformat(item.updated_at)
    return progress.of_split(offset=offset, size=item.bytes or 0, rows=item.rows, begun_at=str(item.begun_at), at=at)


def _counted(item: Import) -> progress.Progress:
    counts = {"check": item.checked, "run": item.ran, "undo": item.undone}[item.stage] or {}
    written = sum(int((item.ran or {}).get(name, 0)) for name in ("created", "changed"))
    rows = written if item.stage == "undo" else item.rows
    return progress.of_job(item.stage, counts=counts, rows=rows, pace=item.pace)
