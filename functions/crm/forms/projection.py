"""The forms that wait to be taken, in order of time: nearly always none. Pure."""

from collections.abc import Mapping
from typing import Any

from crm.core.projection import NOTHING, Projected

WAITING = "FORMS_WAITING"


def project(item: Mapping[str, Any], _: object = None) -> Projected:
    """One entry as long as what was said is in the form."""
    if item.get("values") is None:
        return NOTHING
    form_id = str(item["pk"]).partition("#")[2]
    return Projected(listings={(WAITING, f"{item['given_at']}#{form_id}"): {"form": form_id}})
