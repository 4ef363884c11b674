"""Routes of pairs that may be one person."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from crm.core import http
from crm.core.paging import PageRequest
from crm.duplicates import service
from crm.duplicates.models import Pair
from crm.duplicates.schemas import Candidate, PairList, PairOut, ShownPair

router = http.router()


@router.get("/duplicates", tags=["duplicates"], summary="Pairs that may be one person, the most alike first")
def page(limit: http.Limit = http.FIRST_LIMIT, cursor: http.Cursor = None) -> Response[PairList]:
    within = http.actor(router).within("customers.merge")
    found = service.page(PageRequest(f"duplicates:{http.reader(router)}", limit, cursor), within=within)
    shown = [
        ShownPair(**_pair(one.pair), customers=[_summary(customer) for customer in one.customers])
        for one in found.items
    ]
    return http.found(PairList(items=shown, next=found.next))


@router.post("/duplicates/<pair>/different", tags=["duplicates"], summary="Remember that these two are not the same")
def different(pair: str) -> Response[PairOut]:
    return http.found(PairOut(**_pair(service.decide(pair_id=pair, different=True, caller=http.caller(router)))))


@router.delete("/duplicates/<pair>/different", tags=["duplicates"], summary="Take that back")
def perhaps(pair: str) -> Response[PairOut]:
    return http.found(PairOut(**_pair(service.decide(pair_id=pair, different=False, caller=http.caller(router)))))


def _pair(pair: Pair) -> dict[str, Any]:
    names = ("score", "reasons", "state", "found_at", "decided_at", "decided_by")
    known = {name: pair.attribute_values.get(name) for name in names}
    return {**known, "id": pair.pair_id, "reasons": list(pair.reasons)}


def _summary(customer: Any) -> Candidate:
    known = {name: customer[name] for name in Candidate.model_fields if customer.get(name) is not None}
    return Candidate.model_validate({**known, "id": customer["pk"].partition("#")[2]}, strict=False)
