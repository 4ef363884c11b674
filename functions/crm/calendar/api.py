"""Routes of the calendar."""

from dataclasses import asdict
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from crm.calendar import feasts, placeholders
from crm.calendar.schemas import FeastDay, FeastList, FeastOut, PlaceholderList, PlaceholderOut
from crm.core import clock, http

router = http.router()
Year = Annotated[int | None, Query(ge=1900, le=2200, description="A Gregorian year; without one, this year.")]


@router.get("/feasts", tags=["calendar"], summary="Feasts on moving dates, and their days in a year")
def page(year: Year = None) -> Response[FeastList]:
    asked = year or clock.now().year
    return http.found(FeastList(items=[_shown(feast, asked) for feast in feasts.known().values()], next=None))


@router.get("/birthdays/placeholders", tags=["calendar"], summary="Days that are likely no birthdays, by source")
def likely_placeholders() -> Response[PlaceholderList]:
    items = [PlaceholderOut.model_validate(asdict(found)) for found in placeholders.likely()]
    return http.found(PlaceholderList(items=items, next=None))


def _shown(feast: feasts.Feast, year: int) -> FeastOut:
    return FeastOut(
        id=feast.id,
        names=dict(feast.names),
        days=[
            FeastDay(date=day.isoformat(), occurrence=occurrence)
            for day, occurrence in feasts.days(feast.id, year=year)
        ],
        agreed_from=feast.first,
        agreed_until=feast.last,
        left_out=list(feast.left_out),
        note=feast.note,
    )
