"""The OpenAPI document is generated, complete, and comes without a login or a third party."""

import re

import pytest

from tests.support.world import Api


def test_every_operation_names_its_problems(api: Api) -> None:
    answer = api.get("/openapi.json", caller=None)
    assert answer.status == 200
    assert answer.body["openapi"].startswith("3.1")
    operations = [operation for path in answer.body["paths"].values() for operation in path.values()]
    assert len(operations) >= 10
    for operation in operations:
        assert "application/json" in operation["responses"]["401"]["content"], "the gateway answers in its own form"
        for status in ("400", "422", "503"):
            assert "application/problem+json" in operation["responses"][status]["content"], operation["operationId"]
    assert "HTTPValidationError" not in str(answer.body)


def test_every_reference_in_the_document_leads_somewhere(api: Api) -> None:
    document = api.get("/openapi.json", caller=None).body
    named = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert named <= set(document["components"]["schemas"])


# Powertools leaves the files of the page open until they are collected.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_page_to_browse_it_loads_nothing_from_elsewhere(api: Api) -> None:
    page = api.get("/docs", caller=None)
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert api.get("/docs", query={"format": "json"}, caller=None).body["openapi"].startswith("3.1")
    assert not re.search(r"""<(script|link|img|iframe)[^>]+(src|href)=["']?(https?:)?//""", page.body)


def test_a_list_of_what_may_not_be_there_documents_that(api: Api) -> None:
    document = api.get("/openapi.json", caller=None).body
    assert api.get("/customers", query={"segment": "nowhere"}).status == 404
    assert "404" in document["paths"]["/customers"]["get"]["responses"]


def test_a_deletion_that_can_conflict_documents_that(api: Api) -> None:
    document = api.get("/openapi.json", caller=None).body
    assert "409" in document["paths"]["/reminders/{reminder_id}"]["delete"]["responses"]


def test_exactly_the_changes_of_a_version_document_what_its_header_can_lead_to(api: Api) -> None:
    document = api.get("/openapi.json", caller=None).body
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert any("/complete" in path for path in document["paths"])
    for operation in operations:
        named = {parameter["name"].lower() for parameter in operation.get("parameters", [])}
        assert ({"412", "428"} <= operation["responses"].keys()) is ("if-match" in named), operation["operationId"]
        assert "409" in operation["responses"] or not named & {"if-match", "idempotency-key"}, operation["operationId"]
