"""The country that the business is in, as its clocks tell: its phone numbers are written without a code there."""

from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo


def of(zone: ZoneInfo) -> str | None:
    """The country (ISO 3166) of a time zone, None for one of no country, such as UTC."""
    return _of_zones().get(str(zone))


@lru_cache(maxsize=1)
def _of_zones() -> dict[str, str]:
    """The country of each time zone, by the table that comes with them."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows} | {"Asia/Katmandu": "NP", "Asia/Calcutta": "IN", "Asia/Dacca": "BD"}
