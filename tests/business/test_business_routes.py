"""What the business decides over HTTP: shown with where it comes from, changed by field, refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.rows import all_items
from tests.support.world import Answer, Api

FIRST = {"if-match": "0"}
ANY = {"if-match": "*"}
EVERYTHING: dict[str, Any] = {
    "leap_day": "03-01",
    "earliest_hour": "08:30",
    "latest_hour": "19:00",
    "weekend": ["friday", "saturday"],
    "holidays": ["--03-26", "2027-03-20"],
    "sabbath": True,
    "place": {"latitude": 27.71725, "longitude": 85},
    "cap_mails": 2,
    "cap_days": 30,
    "sender_name": "सुनिता Rai",
    "reply_to": "owner@shop.example",
    "logo_url": "https://shop.example/logo.png",
    "postal_address": "Corner Shop\nMall Road 1, Lahore",
    "advertising_label": "פרסומת",
}


def decide(api: Api, decisions: dict[str, Any], headers: dict[str, str] = FIRST) -> Answer:
    return api.patch("/business", decisions, headers=headers)


def test_before_any_decision_the_defaults_are_shown_with_their_origin(api: Api) -> None:
    answer = api.get("/business")
    assert (answer.status, answer.headers["etag"]) == (200, '"0"')
    shown = answer.body
    assert (shown["name"], shown["timezone"], shown["currency"]) == ("Corner Shop", "Asia/Karachi", "USD")
    assert (shown["weekend"], shown["latest_hour"], shown["place"]) == (["saturday", "sunday"], "20:00", None)
    origin = shown["origin"]
    assert (origin["latest_hour"], origin["name"], origin["weekend"]) == ("deployment", "deployment", "default")
    assert all_items() == []


def test_all_that_can_be_decided_is_kept_and_shown(api: Api) -> None:
    decided = decide(api, EVERYTHING)
    assert (decided.status, decided.headers["etag"]) == (200, '"1"')
    assert {name: decided.body[name] for name in EVERYTHING} == EVERYTHING
    assert {decided.body["origin"][name] for name in EVERYTHING} == {"decided"}
    assert api.get("/business").body == decided.body


def test_only_named_fields_change_and_null_goes_back_to_the_default(api: Api) -> None:
    decide(api, EVERYTHING)
    changed = decide(api, {"latest_hour": None, "weekend": [], "place": None}, {"if-match": "1"}).body
    assert (changed["latest_hour"], changed["origin"]["latest_hour"]) == ("20:00", "deployment")
    assert (changed["weekend"], changed["origin"]["weekend"]) == ([], "decided")
    assert (changed["place"], changed["origin"]["place"]) == (None, "default")
    assert (changed["cap_mails"], changed["version"]) == (2, 2)


@pytest.mark.parametrize(
    ("fields", "pointer", "said"),
    [
        ({"leap_day": "02-29"}, "/leap_day", "02-28"),
        ({"earliest_hour": "7:00"}, "/earliest_hour", "HH:MM"),
        ({"latest_hour": "24:00"}, "/latest_hour", "23:59"),
        ({"latest_hour": "٢٠:٠٠"}, "/latest_hour", "HH:MM"),
        ({"earliest_hour": "20:00"}, "/earliest_hour", "earliest"),
        ({"latest_hour": "07:00"}, "/latest_hour", "earliest"),
        ({"latest_hour": "07:14"}, "/latest_hour", "quarter"),
        ({"weekend": [5]}, "/weekend/0", "'friday'"),
        ({"weekend": ["Friday"]}, "/weekend/0", "'friday'"),
        ({"weekend": ["monday"] * 7}, "/weekend", "at most 6"),
        ({"holidays": ["2027-02-30"]}, "/holidays/0", "date of the calendar"),
        ({"holidays": ["03-26"]}, "/holidays/0", "--MM-DD"),
        ({"holidays": ["--01-01"] * 201}, "/holidays", "at most 200"),
        ({"sabbath": "yes"}, "/sabbath", "boolean"),
        ({"place": {"latitude": 91, "longitude": 0}}, "/place/latitude", "less than or equal to 90"),
        ({"place": {"latitude": 1, "longitude": -180.5}}, "/place/longitude", "greater than or equal to -180"),
        ({"place": {"latitude": 1}}, "/place/longitude", "required"),
        ({"place": {"latitude": "1", "longitude": 1}}, "/place/latitude", "number"),
        ({"cap_mails": 0}, "/cap_mails", "greater than or equal to 1"),
        ({"cap_mails": 1.5}, "/cap_mails", "integer"),
        ({"cap_days": 0}, "/cap_days", "greater than or equal to 1"),
        ({"sender_name": "Sunita\r\nBcc: a@b.example"}, "/sender_name", "single line"),
        ({"reply_to": "nobody"}, "/reply_to", "e-mail"),
        ({"reply_to": "a@b.example, c@d.example"}, "/reply_to", "e-mail"),
        ({"logo_url": "http://shop.example/logo.png"}, "/logo_url", "https://"),
        ({"logo_url": "https://"}, "/logo_url", "https://"),
        ({"logo_url": "https://user:secret@shop.example/"}, "/logo_url", "https://"),
        ({"logo_url": "https://shop.example:99999/"}, "/logo_url", "https://"),
        ({"logo_url": 'https://shop.example/"><script>'}, "/logo_url", "without spaces, quotes"),
        ({"logo_url": "javascript:alert(1)//shop.example"}, "/logo_url", "https://"),
        ({"advertising_label": "two\nlines"}, "/advertising_label", "single line"),
        ({"advertising_label": ""}, "/advertising_label", "at least 1"),
        ({"postal_address": "x" * 4001}, "/postal_address", "at most 4000"),
        ({"name": "Another"}, "/name", "unknown field"),
        ({"timezone": "UTC"}, "/timezone", "unknown field"),
        ({"version": 7}, "/version", "unknown field"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_nothing_is_written(
    api: Api, fields: dict[str, Any], pointer: str, said: str
) -> None:
    refused = decide(api, fields)
    assert refused.status == 422, refused.body
    assert [pointer] == [error["pointer"] for error in refused.body["errors"]]
    assert said in refused.body["detail"]
    assert all_items() == []


@pytest.mark.parametrize("degrees", [27.717245999999998, -89.999999999, 90, 0.1])
def test_a_place_is_kept_to_about_a_metre(api: Api, degrees: float) -> None:
    place = decide(api, {"place": {"latitude": degrees, "longitude": degrees}}).body["place"]
    assert place == {"latitude": round(degrees, 5), "longitude": round(degrees, 5)}


def test_a_stale_or_missing_version_changes_nothing(api: Api) -> None:
    assert decide(api, {"cap_mails": 2}, {}).status == 428
    assert decide(api, {"cap_mails": 2}, {"if-match": "1"}).status == 412
    assert all_items() == []
    assert decide(api, {"cap_mails": 2}, ANY).status == 200
    assert decide(api, {"cap_mails": 5}, FIRST).status == 412
    assert api.get("/business").body["cap_mails"] == 2


def test_an_hour_before_an_active_greeting_is_refused_and_names_it(api: Api) -> None:
    rule = api.post("/greetings", {"name": "Late birthdays", "occasion": "birthday", "send_at": "18:00"}).body
    refused = decide(api, {"latest_hour": "18:00"})
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/latest_hour")
    assert "Late birthdays (18:00)" in refused.body["detail"]
    assert decide(api, {"latest_hour": "18:14"}).status == 422  # nobody asks between 18:00 and 18:14 what is due
    assert decide(api, {"latest_hour": "18:15"}).status == 200
    api.patch(f"/greetings/{rule['id']}", {"active": False}, headers=ANY)
    assert decide(api, {"latest_hour": "17:00"}, ANY).status == 200


def test_two_first_decisions_at_once_do_not_both_stand(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from crm.business.models import Customs  # noqa: PLC0415 - after the settings are in place

    read = Customs.read

    def overtaken() -> Customs | None:
        seen = read()
        monkeypatch.setattr(Customs, "read", read)
        assert decide(api, {"cap_mails": 4}).status == 200
        return seen

    monkeypatch.setattr(Customs, "read", overtaken)
    assert decide(api, {"cap_mails": 2}).status == 412
    assert api.get("/business").body["cap_mails"] == 4
