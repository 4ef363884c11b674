"""Routes of what the business has decided."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from crm.business import service
from crm.business.rules import DEPLOYED, WEEKDAYS
from crm.business.schemas import BusinessChange, BusinessOut, PlaceOut
from crm.business.service import Standing
from crm.core import http

router = http.router()
_MANNERS = tuple(BusinessChange.model_fields)


@router.get("/business", tags=["business"], summary="What the business has decided, and the defaults")
def read() -> Response[BusinessOut]:
    return http.found(shown(service.standing()))


@router.patch("/business", tags=["business"], summary="Decide; null goes back to the default")
def change(business: Annotated[BusinessChange, Body()], if_match: http.IfMatch = None) -> Response[BusinessOut]:
    decisions = business.model_dump(exclude_unset=True)
    if decisions.get("weekend") is not None:
        decisions["weekend"] = [WEEKDAYS.index(day) + 1 for day in decisions["weekend"]]
    changed = service.change(decisions=decisions, expected_version=http.expected_version(if_match))
    return http.found(shown(changed))


def shown(standing: Standing) -> BusinessOut:
    """What holds as the API shows it."""
    business = standing.business
    place = business.place
    plain: dict[str, Any] = {name: getattr(business, name) for name in ("name", "language", "version", *_MANNERS)}
    return BusinessOut.model_validate(
        {
            **plain,
            "updated_at": standing.updated_at,
            "timezone": business.timezone.key,
            "currency": standing.currency,
            "weekend": [WEEKDAYS[day - 1] for day in sorted(business.weekend)],
            "holidays": sorted(business.holidays),
            "place": PlaceOut(latitude=place.latitude, longitude=place.longitude) if place else None,
            "origin": {name: _origin(name, standing) for name in (*_MANNERS, *DEPLOYED)},
        }
    )


def _origin(name: str, standing: Standing) -> str:
    if name in standing.decided:
        return "decided"
    return "deployment" if name in DEPLOYED else "default"
