"""Whatever is sent, the answer is a problem document that names what is wrong, and nothing is written."""

import base64
from typing import Any

import boto3
import pytest

from tests.support.world import REGION, Answer, Api

NAME = '"name": "Sara"'


def rows() -> list[dict[str, Any]]:
    return boto3.client("dynamodb", REGION).scan(TableName="crm")["Items"]


def require_problem(answer: Answer, status: int, *said: str) -> None:
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body["status"] == status
    assert set(answer.body) >= {"type", "title", "status", "detail", "errors"}
    for words in said:
        assert words in str(answer.body), answer.body
    assert rows() == []


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("{" + NAME, "malformed JSON at line 1"),
        ("", "required"),
        ("[" * 10_000 + "]" * 10_000, "nested deeper than 32"),
        ('{"custom": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}", "bytes"),
        ("{" + NAME + ', "name": "B"}', "'name' occurs twice"),
        ("{" + NAME + ', "age_noted": ' + "9" * 5_000 + "}", "5000 characters"),
        ("{" + NAME + ', "age_noted": NaN}', "NaN is not JSON"),
        ("{" + NAME + ', "custom": {"x": -Infinity}}', "-Infinity is not JSON"),
        ("{" + NAME + ', "custom": {"x": 1e400}}', "out of range"),
        ('{"name": "\\ud800"}', "surrogate"),
        ('{"custom": {"\\udc00": 1}, ' + NAME + "}", "surrogate"),
    ],
)
def test_a_body_that_no_decoder_should_take_is_refused(api: Api, raw: str, said: str) -> None:
    answer = api.post("/customers", raw=raw)
    assert answer.status in {400, 413, 422}
    require_problem(answer, answer.status, said)


@pytest.mark.parametrize("raw", ["[{" + NAME + "}]", "[]", "null", "5", '"Sara"'])
def test_a_body_that_is_no_object_is_refused(api: Api, raw: str) -> None:
    require_problem(api.post("/customers", raw=raw), 422, "must be a JSON object")


def test_a_list_changes_nothing(api: Api) -> None:
    made = api.post("/customers", {"name": "Sara"}).headers["location"]
    assert api.patch(made, raw="[{}]", headers={"if-match": "1"}).status == 422
    assert api.get(made).body["version"] == 1


def test_a_body_of_a_megabyte_is_refused(api: Api) -> None:
    require_problem(api.post("/customers", {"name": "x" * 1_000_000}), 413, "at most 262144")


def test_invalid_utf8_is_refused(api: Api) -> None:
    raw = base64.b64encode(b'{"name": "\xff\xfe"}').decode()
    require_problem(api.post("/customers", raw=raw, is_base64=True), 400, "not valid UTF-8")


def test_a_body_of_another_type_is_refused(api: Api) -> None:
    answer = api.post("/customers", raw="<name/>", headers={"content-type": "text/xml"})
    require_problem(answer, 415, "application/json")


@pytest.mark.parametrize(
    ("fields", "pointer", "said"),
    [
        ({"nmae": "Sara"}, "/nmae", "unknown field"),
        ({"name": 5}, "/name", "string"),
        ({"name": ""}, "/name", "at least 1"),
        ({"name": "a\nb"}, "/name", "single line"),
        ({"name": "\u200b\u0301 \u200f"}, "/name", "can be seen"),
        ({"name": "Z" + "\u0300" * 1_000}, "/name", "at most 200"),
        ({"name": "Z" + "\u0300" * 100}, "/name", "combining marks"),
        ({"email": "a@example.com\nBcc: b@example.com"}, "/email", "e-mail"),
        ({"email": "anna@ex\u0430mple.com"}, "/email", "scripts"),
        ({"email": "nobody"}, "/email", "e-mail"),
        ({"email": "मीरा@example.com"}, "/email", "before the @-sign"),
        ({"phone": "0300"}, "/phone", "country code"),
        ({"phone": "+92 300 1"}, "/phone", "digits"),
        ({"phone": "+92 (300) 1234568 ext 5"}, "/phone", "has an extension (5); leave the extension out, and write it"),
        ({"phone": "tel:+92-300-1234568;ext=0۵"}, "/phone", "has an extension (05)"),
        ({"birthday": "2027-02-30"}, "/birthday", "date of the calendar"),
        ({"birthday": "--02-30"}, "/birthday", "date of the calendar"),
        ({"birthday": "30.02.1990"}, "/birthday", "YYYY-MM-DD"),
        ({"birthday": "2999-01-01"}, "/birthday", "future"),
        ({"birthday": "1700-01-01"}, "/birthday", "years ago"),
        ({"timezone": "Mars/Olympus"}, "/timezone", "IANA"),
        ({"language": "Klingon!"}, "/language", "BCP 47"),
        ({"language": "xx"}, "/language", "BCP 47"),
        ({"language": "Zz-PK"}, "/language", "BCP 47"),
        ({"tags": ["x"] * 51}, "/tags", "at most 50"),
        ({"consent": {"greetings": True}}, "/consent/greetings", "unknown field"),
        ({"consent": {"greeting": "yes"}}, "/consent/greeting", "boolean"),
        ({"custom": {"a": [1]}}, "/custom/a", "must be a number"),
        ({"consent": True}, "/consent", "must be a JSON object"),
        ({"age_noted": "old"}, "/age_noted", "integer"),
        ({"age_noted": {"years": 5}}, "/age_noted/noted_on", "required"),
        ({"age_noted": {"years": 5, "noted_on": "--02-03"}}, "/age_noted/noted_on", "with its year"),
        ({"age_noted": {"years": 5, "noted_on": "2999-01-01"}}, "/age_noted/noted_on", "future"),
        ({"custom": {"a b": 1}}, "/custom/a b", "a letter first"),
        ({"owner": "Sales Team"}, "/owner", "at most 40 of a-z"),
        ({"version": 7}, "/version", "unknown field"),
        ({"pk": "CUSTOMER#x"}, "/pk", "unknown field"),
    ],
)
def test_a_wrong_field_is_named_with_its_remedy(api: Api, fields: dict[str, Any], pointer: str, said: str) -> None:
    answer = api.post("/customers", {"name": "Sara", **fields})
    require_problem(answer, 422, said)
    assert pointer in [error["pointer"] for error in answer.body["errors"]]


def test_all_wrong_fields_are_named_at_once(api: Api) -> None:
    answer = api.post("/customers", {"email": "x", "phone": "y", "oops": 1})
    assert {e["pointer"] for e in answer.body["errors"]} == {"/name", "/email", "/phone", "/oops"}


def test_a_header_of_nonsense_is_refused(api: Api) -> None:
    made = api.post("/customers", {"name": "Sara"}).headers["location"]
    for value in ("three", "-1", "1.5", "٣", "9" * 40):
        answer = api.patch(made, {"name": "Zara"}, headers={"if-match": value})
        assert answer.status == 400, value
        assert "If-Match" in answer.body["detail"]
    assert api.patch(made, {"name": "Zara"}).status == 428
    assert api.get(made).body["name"] == "Sara"


@pytest.mark.parametrize(
    "path", ["/customers/unknown", "/customers/%F0%9F%92%A5", "/customers/a/timeline", f"/messages/{'é' * 2_000}"]
)
def test_an_unknown_id_is_404(api: Api, path: str) -> None:
    require_problem(api.get(path), 404)


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "1000"}, {"limit": "many"}, {"cursor": "garbage"}])
def test_a_wrong_parameter_is_named(api: Api, query: dict[str, str]) -> None:
    answer = api.get("/customers", query=query)
    require_problem(answer, 422)
    assert answer.body["errors"][0]["pointer"] == next(iter(query))


def test_an_unknown_parameter_is_refused_on_every_verb(api: Api) -> None:
    for answer in (
        api.get("/customers", query={"onwer": "sales"}),
        api.post("/customers", {"name": "Sara"}, query={"allow_duplicates": "true"}),
        api.delete("/customers/x", query={"force": "1"}, headers={"if-match": "1"}),
    ):
        require_problem(answer, 422, "unknown parameter; this route takes")


def test_a_call_without_identity_is_refused(api: Api) -> None:
    assert api.post("/customers", {"name": "Sara"}, caller=None).status == 401
    reminder = {"to": "staff", "at": "2099-12-01T10:00", "subject": "Call"}
    assert api.post("/reminders", reminder, caller="x" * 3_000).status == 401
    (noted,) = rows()
    assert noted["pk"]["S"].startswith("AUDIT#DENIED#")
    assert len(noted["audit"]["M"]["who"]["S"]) < 100


SILENT = ["/patterns/refresh", "/patterns/groups", "/views/parked/retry", "/views/reconcile", "/views/rebuild"]


@pytest.mark.parametrize("path", SILENT)
def test_a_route_that_reads_no_body_refuses_what_it_would_not_hear(api: Api, path: str) -> None:
    refused = api.post(path, {"day": "2026-11-22", "a/b": 1})
    require_problem(refused, 422, "this route takes no fields; remove it")
    assert [error["pointer"] for error in refused.body["errors"]] == ["/day", "/a~1b"]
    for raw, status in (("[]", 422), ("{", 400), ('{"a": 1, "a": 1}', 400)):
        require_problem(api.post(path, raw=raw), status)
    assert all(api.post(path, raw=raw).status in {200, 202} for raw in ("", "{}"))


def test_a_deletion_refuses_a_body_as_well(api: Api) -> None:
    made = api.post("/customers", {"name": "Sara"}).headers["location"]
    assert api.delete(made, body={"version": 1}, headers={"if-match": "1"}).status == 422
    assert api.delete(made, headers={"if-match": "1"}).status in {202, 204}


@pytest.mark.parametrize("asked", ["ur", "UR", "Ur-arab-pk"])
@pytest.mark.parametrize("path", ["/customers", "/segments", "/segments/suggested", "/segments/{group}"])
def test_a_language_means_the_same_in_any_case_on_every_route(api: Api, path: str, asked: str) -> None:
    rule = {"field": "language", "op": "eq", "value": "ur"}
    group = api.post("/segments", {"name": "Urdu", "rule": rule}).body["id"]
    answers = [api.get(path.format(group=group), query={"language": one}) for one in (asked, asked.lower())]
    assert [answer.status for answer in answers] == [200, 200], answers[0].body
    assert timeless(answers[0].body) == timeless(answers[1].body)
    refused = api.get(path.format(group=group), query={"language": "Urdu!"})
    assert refused.status == 422
    assert "such as ur, bn-BD or he" in refused.body["errors"][0]["reason"]


def timeless(body: Any) -> Any:
    return [{**one, "as_of": None} for one in body.get("items", [body])]


def test_a_language_is_kept_as_it_is_usually_written(api: Api) -> None:
    made = api.post("/customers", {"name": "Sara", "language": "UR-arab-pk"})
    assert made.body["language"] == "ur-Arab-PK"


@pytest.mark.parametrize(
    ("path", "query"),
    [("/customers", {"owner": "Sales Team"}), ("/calls", {"owner": "Sales Team"}), ("/reminders", {"staff": "É"})],
)
def test_a_misspelt_name_is_refused_with_words_and_not_with_a_pattern(
    api: Api, path: str, query: dict[str, str]
) -> None:
    refused = api.get(path, query=query)
    assert refused.status == 422
    (error,) = refused.body["errors"]
    assert (error["pointer"], "pattern" in error["reason"]) == (next(iter(query)), False)
    assert "must be " in error["reason"]


@pytest.mark.parametrize("day", ["--02-28", "28.02.2026", "2026-02-30", "2026-2-3", ""])
def test_a_day_that_needs_its_year_is_asked_for_with_it_alone(api: Api, day: str) -> None:
    answer = api.post("/customers", {"name": "Sara", "joined_on": day})
    require_problem(answer, 422, "with its year, as YYYY-MM-DD")
    assert "--MM-DD" not in str(answer.body), "what is refused is not offered"
