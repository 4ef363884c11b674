"""The OpenAPI document is generated, complete, and comes without a login or a third party."""

import re

import pytest

from crm.core import problem_schemas
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


def test_answers_name_their_headers_and_a_deletion_has_no_body(api: Api) -> None:
    paths = api.get("/openapi.json", caller=None).body["paths"]
    assert set(paths["/customers"]["post"]["responses"]["201"]["headers"]) == {"ETag", "Location"}
    assert set(paths["/exports"]["post"]["responses"]["202"]["headers"]) == {"Location"}
    assert "Retry-After" in paths["/customers"]["get"]["responses"]["503"]["headers"]
    assert "content" not in paths["/customers/{customer_id}"]["delete"]["responses"]["204"]
    assert "content" not in paths["/staff/{staff_id}/sign-out"]["post"]["responses"]["204"]
    page = paths["/customers/{customer_id}/export/page"]["get"]["responses"]["200"]
    assert list(page["content"]) == ["text/html"]


def test_what_a_change_is_based_on_is_asked_for_in_the_document_as_it_is_in_the_code(api: Api) -> None:
    paths = api.get("/openapi.json", caller=None).body["paths"]
    (tag,) = [one for one in paths["/customers/{customer_id}"]["patch"]["parameters"] if one["name"] == "if-match"]
    assert tag["required"]
    for good in ("3", '"3"', 'W/"3"', "*"):
        assert re.fullmatch(tag["schema"]["pattern"], good), good
    assert not re.fullmatch(tag["schema"]["pattern"], "three")


def test_a_body_that_names_what_is_not_there_documents_that(api: Api) -> None:
    paths = api.get("/openapi.json", caller=None).body["paths"]
    asked = {"/merges/preview": {"into": "a", "from": "b"}, "/exports": {"segment": "nowhere"}}
    for path, body in asked.items():
        assert api.post(path, body).status == 404, path
        assert "404" in paths[path]["post"]["responses"], path


def test_no_two_models_share_a_name_in_the_document(api: Api) -> None:
    schemas = api.get("/openapi.json", caller=None).body["components"]["schemas"]
    assert schemas["Refusal"]["required"] == ["reason"], "that of the wishes, and not what the gateway answers"
    with pytest.raises(problem_schemas.SchemaNamedTwiceError):
        problem_schemas.described({"Problem": {}})


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
