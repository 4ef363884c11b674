"""What is known of an import whenever a job goes on with it."""

import json
import re
from functools import lru_cache

from pydantic import TypeAdapter

from crm.core import clock
from crm.core.errors import InvalidFields, NotFound
from crm.core.reason import Reason
from crm.customers import owning
from crm.imports import kinds, own, pieces
from crm.imports.asked import Told
from crm.imports.kinds import Kind
from crm.imports.models import Import
from crm.imports.reading import Inspection
from crm.own_fields import service as own_field_service
from crm.suppressions import forgotten

# What reading puts in the place of such a byte, and JSON cannot hold.
_NO_LETTER = re.compile("[\ud800-\udfff]")


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Inspection]:
    return TypeAdapter(Inspection)


def keep(import_id: str, inspection: Inspection) -> None:
    """Store what was found out about a file. A byte that is no letter in its encoding is shown as U+FFFD."""
    text = json.dumps(_adapter().dump_python(inspection, mode="json"), ensure_ascii=False)
    pieces.put_document(import_id, "inspection", _NO_LETTER.sub("\ufffd", text).encode())


def inspection(import_id: str) -> Inspection | None:
    """What was found out about a file; None before, and after its 30 days."""
    found = pieces.document(import_id, "inspection")
    return _adapter().validate_json(found) if found else None


def kind_of(name: str) -> Kind:
    """A kind of record, customers with the fields that the business has defined. Raises InvalidFields."""
    kind = kinds.named(name)
    if kind is None:
        there_are = ", ".join(kinds.names())
        raise InvalidFields.one(
            "/kind",
            Reason(
                "there is no kind {name} of records to import; there are {there_are}",
                name=ascii(name[:60]),
                there_are=there_are,
            ),
        )
    if kind.name != kinds.CUSTOMERS.name:
        return kind
    return kind.with_fields(own.fields(own_field_service.definitions()))


def told(item: Import) -> Told:
    """What holds for all rows of an import whose file was inspected. Raises NotFound after its 30 days."""
    found = inspection(item.import_id)
    if found is None or found.mapping is None or found.reading is None:
        raise NotFound("the file of this import is gone; upload it again")
    kind, today = kind_of(item.kind), clock.now().date()
    # A file names few members, many times each.
    return Told(
        item,
        kind,
        found.mapping,
        found.reading.headers,
        today,
        is_forgotten=forgotten.is_forgotten,
        definitions=own_field_service.definitions(),
        is_member=lru_cache(owning.is_member),
    )
