"""The stream on moto, drained: every item of the truth projected, as the projector would."""

from crm.views import service as views
from tests.support.rows import all_items


def drain() -> None:
    """Bring the views in line with what is in the table. Nothing may fail and nothing be parked."""
    failed = views.refresh_batch((item["pk"]["S"], item["sk"]["S"]) for item in all_items())
    assert failed == {}
    assert [item for item in all_items("VIEWS_TABLE") if item["pk"]["S"] == "PARKED"] == []
