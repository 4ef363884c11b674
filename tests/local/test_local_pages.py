"""What the local host shows and does under /_local, and for whom."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from infra.local.durations import NotADurationError, parse_duration
from infra.local.mailbox import Mail, MailWriter
from tests.local.door import Answer, Client, opened
from tests.local.stand_in import StandInHost, StandInResult, StandInRoute, StandInStack

STACK = StandInStack(routes=[StandInRoute(method="GET", path="/customers", scopes=("crm/staff",))])
EVIL = '</iframe></textarea><script>alert("1")</script><img src=x onerror=alert(2)>'
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with opened(StandInHost(tmp_path, STACK)) as client:
        yield client


def mail(subject: str, language: str | None, html: str = "<p>x</p>", text: str = "x", key: str = "k") -> Mail:
    headers = {"From": "shop@example.com", "X-Note": subject}
    return Mail(key, "to@example.com", subject, text, html, headers, language, None, "2027-02-28T04:15:00.000Z")


def post_in(client: Client, *mails: Mail) -> None:
    writer = MailWriter(client.host.directory)
    for one in mails:
        writer.append(one)
    writer.close()


class Elements(HTMLParser):
    """All elements of a page with their attributes, and the text within."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def problem(answer: Answer, status: int) -> str:
    """The detail of a problem document."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status, answer.json["status"]) == (status, status)
    return str(answer.json["detail"])


def test_the_start_page_links_to_everything(client: Client) -> None:
    page = Elements(client.ask("GET", "/_local/").body)
    links = {link["href"] for link in page.all("a")}
    assert {"/_local/mail", "/_local/mail.json", "/_local/clock", "/_local/token", "/docs", "/openapi.json"} <= links
    assert f"http://127.0.0.1:{client.port}/_local/token" in page.text
    assert "2027-02-28 09:00 UTC" in page.text
    assert client.ask("GET", "/_local").body == client.ask("GET", "/_local/").body


def test_mail_json_has_the_agreed_shape_oldest_first(client: Client) -> None:
    assert client.ask("GET", "/_local/mail.json").json == []
    post_in(client, mail("first", "en"), mail("second", None))
    mails = client.ask("GET", "/_local/mail.json").json
    assert [one["subject"] for one in mails] == ["first", "second"]
    names = ["customer_id", "headers", "html", "key", "language", "sent_at", "subject", "text", "to"]
    assert all(sorted(one) == names for one in mails)


def test_the_mailbox_lists_newest_first_in_each_mails_language_and_direction(client: Client) -> None:
    post_in(client, mail("سالگرہ مبارک", "ur"), mail("Happy birthday", "en"), mail("?", None))
    rows = Elements(client.ask("GET", "/_local/mail").body).all("li")
    assert [(row.get("lang"), row["dir"]) for row in rows] == [(None, "auto"), ("en", "ltr"), ("ur", "rtl")]


def test_a_long_mailbox_is_paged(client: Client) -> None:
    post_in(client, *(mail(f"number {number}", "en") for number in range(1, 251)))
    first, last = (Elements(client.ask("GET", f"/_local/mail?page={page}").body) for page in (1, 3))
    assert (len(first.all("li")), len(last.all("li"))) == (100, 50)
    assert "number 250" in first.text
    assert "number 1\n" not in first.text
    assert {"href": "?page=2"} in first.all("a")
    assert "page" in problem(client.ask("GET", "/_local/mail?page=0"), 400)


def test_a_mail_is_shown_with_both_parts_and_its_headers(client: Client) -> None:
    post_in(client, mail("יום הולדת שמח", "he", html='<p dir="rtl">שלום</p>', text="שלום לך", key="customer_a_b_2027"))
    page = Elements(client.ask("GET", "/_local/mail/1").body)
    [frame] = page.all("iframe")
    assert '<p dir="rtl">שלום</p>' in (frame["srcdoc"] or "")
    assert (page.all("h1")[0]["lang"], page.all("h1")[0]["dir"]) == ("he", "rtl")
    assert (page.all("pre")[0]["lang"], page.all("pre")[0]["dir"]) == ("he", "rtl")
    for shown in ("שלום לך", "shop@example.com", "customer_a_b_2027"):
        assert shown in page.text


def test_a_mail_can_run_nothing(client: Client) -> None:
    post_in(client, mail(EVIL, '"><script>', html=EVIL, text=EVIL, key=EVIL))
    for path in ("/_local/mail", "/_local/mail/1"):
        answer = client.ask("GET", path)
        page = Elements(answer.body)
        assert not page.all("script")
        assert not page.all("img")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    [frame] = page.all("iframe")
    assert "allow-scripts" not in (frame["sandbox"] or "")
    assert "allow-same-origin" not in (frame["sandbox"] or "")


@pytest.mark.parametrize("number", ["0", "2", "x", "-1", "%D9%A1", "9" * 40])
def test_a_mail_that_is_not_there_is_a_404_with_a_way_back(client: Client, number: str) -> None:
    post_in(client, mail("one", "en"))
    assert "/_local/mail" in problem(client.ask("GET", f"/_local/mail/{number}"), 404)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("mail", "x", 405), ("mail/incoming", "From: a@b.example\n\nx", 400), ("mail/incoming", "", 400)],
)
def test_a_mail_comes_in_by_its_own_way_and_where_the_template_has_an_inbox(
    client: Client, path: str, body: str, status: int
) -> None:
    assert problem(client.ask("POST", f"/_local/{path}", body), status) != ""


def test_the_clock_is_read_and_moved(client: Client) -> None:
    reading = client.ask("GET", "/_local/clock").json
    assert reading["now"] == "2027-02-28T09:00:00.250Z"
    assert isinstance(reading["offset_seconds"], int)
    moved = client.ask("POST", "/_local/clock", '{"advance": "PT24H"}').json
    assert moved == {"now": "2027-03-01T09:00:00.250Z", "fired": 3, "idle": True}
    moved = client.ask("POST", "/_local/clock", '{"now": "2027-03-02T00:00:00+05:45"}').json
    assert moved["now"] == "2027-03-01T18:15:00.000Z"
    moved = client.ask("POST", "/_local/clock", '{"advance": "P2D", "at_once": true}').json
    assert moved == {"now": "2027-03-03T18:15:00.000Z", "fired": 1, "idle": True}
    assert client.host.idle.waited  # it answered after all was drained


def test_curl_without_a_content_type_gets_json(client: Client) -> None:
    assert client.ask("POST", "/_local/clock", '{"advance": "PT1H"}', FORM).json["fired"] == 3
    assert "token" in client.ask("POST", "/_local/token", '{"staff": "till"}', FORM).json


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"now": "2027-02-28T08:59:59Z"}, "forward only"),
        ({"now": "2027-03-01T00:00:00"}, "no offset"),
        ({"now": "tomorrow"}, "RFC 3339"),
        ({"now": "2300-01-01T00:00:00Z"}, "2200"),
        ({"advance": "P1M"}, "give days"),
        ({"advance": "-PT1H"}, "PT24H"),
        ({"advance": 3600}, "PT24H"),
        ({"advance": "P99999D", "now": "2027-03-01T00:00:00Z"}, "one of them"),
        ({"advance": "P9999W"}, "2200"),
        ({"at_once": True}, "one of them"),
        ({}, "one of them"),
        ([], "object"),
    ],
)
def test_a_move_that_makes_no_sense_is_refused_with_a_remedy(client: Client, wish: Any, says: str) -> None:
    assert says in problem(client.ask("POST", "/_local/clock", json.dumps(wish)), 400)
    assert client.ask("GET", "/_local/clock").json["now"] == "2027-02-28T09:00:00.250Z"


def test_work_that_remains_after_a_move_is_said(client: Client) -> None:
    client.host.idle.drained = False
    assert "/_local/idle" in problem(client.ask("POST", "/_local/clock", '{"advance": "PT1H"}'), 504)


def test_a_form_moves_the_clock_and_leads_back(client: Client) -> None:
    answer = client.ask("POST", "/_local/clock", "advance=P1D", FORM)
    assert (answer.status, answer.headers["location"]) == (303, "/_local/")
    assert client.ask("GET", "/_local/clock").json["now"].startswith("2027-03-01")


@pytest.mark.parametrize(
    ("text", "hours"),
    [("PT24H", 24), ("P1D", 24), ("PT15M", 0.25), ("P1W", 168), ("P1DT2H", 26), ("PT90S", 0.025), ("PT0.5S", 1 / 7200)],
)
def test_durations_are_iso_8601(text: str, hours: float) -> None:
    assert parse_duration(text).total_seconds() == pytest.approx(hours * 3600)


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "1D", "P1Y", "PT1X", "p1d", "P1H", "PT١H", "P1D ", "PT1H1D"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(NotADurationError):
        parse_duration(text)


@pytest.mark.parametrize("staff", ["owner", "manager", "sales", "service", "marketing", "till"])
def test_every_member_of_the_demo_staff_gets_a_token(client: Client, staff: str) -> None:
    assert client.ask("GET", "/customers", headers=client.token(staff)).status == 200
    assert client.event["requestContext"]["authorizer"]["jwt"]["claims"]["username"] == staff


def test_unknown_staff_is_told_who_is_known(client: Client) -> None:
    assert "owner, manager, sales" in problem(client.ask("POST", "/_local/token", '{"staff": "boss"}'), 404)
    assert "owner, manager, sales" in problem(client.ask("POST", "/_local/token", "{}"), 404)
    assert "JSON" in problem(client.ask("POST", "/_local/token", "{"), 400)


def test_the_token_page_issues_one_too(client: Client) -> None:
    assert len(Elements(client.ask("GET", "/_local/token").body).all("option")) == 6
    token = Elements(client.ask("POST", "/_local/token", "staff=sales", FORM).body).text.split("Token for sales")[1]
    headers = {"Authorization": f"Bearer {token.split()[0]}"}
    assert client.ask("GET", "/customers", headers=headers).status == 200


def test_a_function_can_be_invoked_with_an_event(client: Client) -> None:
    client.host.lambdas.function = lambda event: StandInResult(json.dumps({"got": event}).encode())
    answer = client.ask("POST", "/_local/invoke/ApiFunction", '{"a": [1]}')
    assert (answer.status, answer.json) == (200, {"got": {"a": [1]}})
    assert "x-amz-function-error" not in answer.headers
    assert client.ask("POST", "/_local/invoke/PublicFunction").json == {"got": {}}


def test_a_functions_error_is_answered_as_lambda_does(client: Client) -> None:
    error = b'{"errorMessage": "x", "errorType": "KeyError"}'
    client.host.lambdas.function = lambda _event: StandInResult(error, "Unhandled")
    answer = client.ask("POST", "/_local/invoke/ApiFunction", "{}")
    assert (answer.status, answer.headers["x-amz-function-error"], answer.body) == (200, "Unhandled", error)


def test_an_unknown_function_is_told_which_are_known(client: Client) -> None:
    assert "ApiFunction, PublicFunction" in problem(client.ask("POST", "/_local/invoke/Other", "{}"), 404)
    assert "JSON" in problem(client.ask("POST", "/_local/invoke/ApiFunction", "x"), 400)


def test_idle_answers_when_all_is_drained(client: Client) -> None:
    assert client.ask("GET", "/_local/idle?timeout=2.5").json == {"idle": True}
    assert client.host.idle.waited == [2.5]
    client.host.idle.drained = False
    assert "timeout" in problem(client.ask("GET", "/_local/idle?timeout=0"), 504)
    for wrong in ("x", "-1", "nan", "99999"):
        problem(client.ask("GET", f"/_local/idle?timeout={wrong}"), 400)


def test_wrong_paths_and_methods_say_what_there_is(client: Client) -> None:
    assert "/_local/mail.json" in problem(client.ask("GET", "/_local/none"), 404)
    assert "/_local/mail.json" in problem(client.ask("GET", "/_local/clock/x"), 404)
    answer = client.ask("DELETE", "/_local/mail")
    assert "GET" in problem(answer, 405)
    assert answer.headers["allow"] == "GET, POST"
    assert client.ask("HEAD", "/_local/mail").status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:3000", "127.0.0.1.evil.example", "127.0.0.1:1", ""])
def test_a_foreign_host_name_is_refused(client: Client, host: str) -> None:
    for method, path in (("GET", "/_local/mail.json"), ("POST", "/_local/token")):
        problem(client.ask(method, path, headers={"Host": host}), 403)


def test_localhost_is_this_machine_too(client: Client) -> None:
    assert client.ask("GET", "/_local/", headers={"Host": f"localhost:{client.port}"}).status == 200


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"}]
    + [{"Sec-Fetch-Site": site} for site in ("cross-site", "same-site")],
    ids=str,
)
def test_a_page_of_another_origin_can_do_nothing(client: Client, headers: dict[str, str]) -> None:
    for path in ("/_local/clock", "/_local/token", "/_local/invoke/ApiFunction"):
        problem(client.ask("POST", path, "{}", headers), 403)
    assert client.host.lambdas.calls == []


def test_our_own_pages_may_post(client: Client) -> None:
    headers = {"Origin": f"http://127.0.0.1:{client.port}", "Sec-Fetch-Site": "same-origin"}
    assert client.ask("POST", "/_local/token", '{"staff": "till"}', headers).status == 200


def test_only_the_prefix_itself_is_local(client: Client) -> None:
    for path in ("/_localx", "/_locals/mail", "/x/_local/mail", "/%5Flocal/mail", "//_local/mail"):
        assert client.ask("GET", path).json == {"message": "Not Found"}
