"""A file becomes customers: looked at, checked, written, and what is wrong comes back with the reason."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pytest

from crm.changes.models import Change
from crm.core import files, items
from crm.imports import pieces, seen
from crm.privacy import erasing
from handlers import jobs
from tests.imports.office import Office, deliver, table
from tests.support.faults import interrupted
from tests.support.world import Api

HEADER = ("name", "email", "phone", "birthday")
ANNA = ("Anna Khan", "anna@example.com", "+923001234567", "1990-05-17")
BILAL = ("Bilal Malik", "", "+923007654321", "1985-11-30")


@pytest.fixture
def office(api: Api) -> Office:
    return Office(api)


def test_a_file_is_checked_and_nothing_is_written_before_it_is_run(office: Office) -> None:
    import_id = office.check(table(HEADER, [ANNA, BILAL]))
    shown = office.shown(import_id)
    assert shown["counts"]["created"] == 2
    assert [one["fields"]["name"] for one in shown["preview"]] == ["Anna Khan", "Bilal Malik"]
    assert office.customers() == []


def test_what_was_checked_is_written(office: Office) -> None:
    shown = office.bring_in(table(HEADER, [ANNA, BILAL]))
    assert (shown["state"], shown["counts"]["created"], shown["rows"]) == ("done", 2, 2)
    assert [one["name"] for one in office.customers()] == ["Anna Khan", "Bilal Malik"]
    assert office.customer("Bilal Malik")["phone"] == "+923007654321"


def test_the_history_says_which_import_it_was_and_who_began_it(office: Office) -> None:
    office.bring_in(table(HEADER, [ANNA]))
    customer = office.customer("Anna Khan")
    assert office.api.get("/customers", query={"search": "anna"}).status in {200, 503}
    (change,) = changes(customer["id"])
    assert (change.way, change.who) == ("import", "manager")


def test_the_same_file_again_changes_nothing(office: Office) -> None:
    office.bring_in(table(HEADER, [ANNA, BILAL]))
    before = office.customers()
    again = office.bring_in(table(HEADER, [ANNA, BILAL]))
    assert (again["counts"]["skipped"], again["counts"]["duplicates_in_store"]) == (2, 2)
    assert office.customers() == before


def test_somebody_known_is_changed_by_what_the_file_says(office: Office) -> None:
    office.bring_in(table(HEADER, [ANNA]))
    shown = office.bring_in(table(HEADER, [("Anna Khan", "anna@example.com", "+923009999999", "")]))
    assert shown["counts"]["changed"] == 1
    anna = office.customer("Anna Khan")
    assert (anna["phone"], anna["birthday"]) == ("+923009999999", "1990-05-17")


def test_an_empty_cell_empties_only_if_asked(office: Office) -> None:
    office.bring_in(table(HEADER, [ANNA]))
    office.bring_in(table(HEADER, [("Anna Khan", "anna@example.com", "", "")]), empty_clears=True)
    anna = office.customer("Anna Khan")
    assert (anna["phone"], anna["birthday"], anna["email"]) == (None, None, "anna@example.com")


def test_an_older_file_does_not_undo_what_is_known_since(office: Office) -> None:
    office.bring_in(table(HEADER, [ANNA]))
    old = office.bring_in(table(HEADER, [("Anna Khan", "anna@example.com", "+923001111111", "")]), as_of="2019-01-01")
    assert old["counts"]["skipped"] == 1
    assert office.customer("Anna Khan")["phone"] == "+923001234567"
    (row,) = office.rows(old["id"])
    assert "newer" in row["reason"]


def test_each_row_may_say_since_when_it_is_true(office: Office) -> None:
    header = ("name", "email", "phone", "updated")
    office.bring_in(table(header, [("Anna", "anna@example.com", "+923001111111", "2024-05-20")]))
    later = [("Anna", "anna@example.com", "+923002222222", "2025-05-21")]
    earlier = [("Anna", "anna@example.com", "+923003333333", "2023-05-22")]
    assert office.bring_in(table(header, later))["counts"]["changed"] == 1
    assert office.bring_in(table(header, earlier))["counts"]["skipped"] == 1
    assert office.customer("Anna")["phone"] == "+923002222222"


def test_consent_is_lowered_and_never_raised(office: Office) -> None:
    header = ("name", "email", "marketing consent", "greeting consent")
    office.bring_in(table(header, [("Anna", "anna@example.com", "no", "yes")]))
    shown = office.bring_in(table(header, [("Anna", "anna@example.com", "yes", "no")]))
    consent = office.customer("Anna")["consent"]
    assert (consent["marketing"], consent["greeting"]) == (False, False)
    assert "never raises" in office.rows(shown["id"])[0]["reason"]


def test_people_with_only_a_phone_are_kept(office: Office) -> None:
    shown = office.bring_in(table(("name", "phone"), [("", "+923001234567"), ("", "+923007654321")]))
    assert shown["counts"]["created"] == 2
    assert [one["phone"] for one in office.customers()] == ["+923001234567", "+923007654321"]


def test_a_nameless_row_does_not_rename_whom_it_finds(office: Office) -> None:
    office.bring_in(table(HEADER, [ANNA]))
    office.bring_in(table(HEADER, [("", "", "+923001234567", "1991-06-18")]))
    assert office.customer("Anna Khan")["birthday"] == "1991-06-18"


def test_an_extension_behind_a_phone_is_not_lost_without_a_word(office: Office) -> None:
    shown = office.bring_in(table(("name", "phone"), [("Anna", "+92 300 1234568 ext 5"), ("Bilal", "+923007654321")]))
    (row,) = office.rows(shown["id"], "refused")
    assert row["reason"] == "phone: +92 300 1234568 ext 5 has an extension (5)"
    assert row["remedy"] == "leave the extension out, and write it in a note"
    assert [one["name"] for one in office.customers()] == ["Bilal"]


def test_a_phone_of_somebody_else_is_refused_or_shared(office: Office) -> None:
    office.bring_in(table(HEADER, [ANNA]))
    wife = table(HEADER, [("Sara Khan", "sara@example.com", "+923001234567", "")])
    refused = office.bring_in(wife)
    assert refused["counts"]["refused"] == 1
    assert "Anna Khan" in office.rows(refused["id"], "refused")[0]["reason"]
    assert office.bring_in(wife, share_addresses=True)["counts"]["created"] == 1
    assert [one["name"] for one in office.customers()] == ["Anna Khan", "Sara Khan"]


def test_rows_of_one_new_person_add_their_tags_and_a_no_stays_a_no(office: Office) -> None:
    header = ("name", "email", "tags", "marketing consent")
    rows = [("Anna", "anna@example.com", "VIP, لاہور", "no"), ("Anna", "anna@example.com", "vip, new", "yes")]
    office.bring_in(table(header, rows))
    anna = office.customer("Anna")
    assert (anna["tags"], anna["consent"]["marketing"]) == (["VIP", "لاہور", "new"], False)


def test_an_own_field_that_does_not_fit_is_refused_with_its_column_and_alone(office: Office) -> None:
    level = {"name": "level", "type": "choice", "choices": [{"value": "gold", "labels": {"ur": "سونا"}}]}
    assert office.api.post("/fields", {**level, "labels": {"ur": "درجہ"}}).status == 201
    rows = [("Anna", "anna@example.com", "سونا"), ("Anna", "anna@example.com", "platinum")]
    shown = office.bring_in(table(("name", "email", "درجہ"), rows))
    (refused,) = office.rows(shown["id"], "refused")
    assert (refused["line"], refused["column"]) == (3, "درجہ")
    assert refused["reason"] == "custom.level: must be one of gold"
    assert office.customer("Anna")["custom"] == {"level": "gold"}


def test_the_same_person_twice_in_a_file_is_one_customer(office: Office) -> None:
    again = ("Anna Khan", "anna@example.com", "", "1990-05-17")
    more = ("Anna Khan", "anna@example.com", "+923009999999", "")
    import_id = office.check(table(HEADER, [ANNA, again, more]))
    assert office.shown(import_id)["counts"]["duplicates_in_file"] == 2
    office.run(import_id)
    assert len(office.customers()) == 1
    assert office.customer("Anna Khan")["phone"] == "+923009999999"
    assert [row["same_as_line"] for row in office.rows(import_id)] == [None, 2, 2]


def test_the_same_person_in_another_piece_of_the_file_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "ROWS", 1)
    import_id = office.check(table(HEADER, [ANNA, BILAL, ANNA]))
    assert office.shown(import_id)["counts"]["duplicates_in_file"] == 1
    assert outcomes(office, import_id) == ["created", "created", "skipped"]
    office.run(import_id)
    assert outcomes(office, import_id) == ["created", "created", "skipped"]
    assert len(office.customers()) == 2


@pytest.mark.parametrize(("rows_of_a_piece", "existing"), [(1, "change"), (2, "change"), (3, "change"), (2, "skip")])
def test_the_dry_run_says_of_rows_about_the_same_what_the_run_says(
    office: Office, monkeypatch: pytest.MonkeyPatch, rows_of_a_piece: int, existing: str
) -> None:
    """Who is new and who is known, said again, said otherwise, and said as at first."""
    monkeypatch.setattr(pieces, "ROWS", rows_of_a_piece)
    office.bring_in(table(HEADER, [BILAL]))
    other, told = (*BILAL[:3], "1981-02-03"), (*ANNA[:3], "1982-03-04")
    rows = [ANNA, BILAL, ANNA, other, other, told, told, ANNA]
    import_id = office.check(table(HEADER, rows), existing=existing)
    said = outcomes(office, import_id)
    office.run(import_id)
    assert outcomes(office, import_id) == said
    assert {"created", "skipped"} <= set(said)


@pytest.mark.usefixtures("office")
def test_a_piece_that_is_noted_again_is_told_the_same_and_the_next_what_the_last_row_said() -> None:
    piece = [(2, "anna", "tea"), (3, "anna", "chess")]
    told = seen.noted("import", 0, piece)
    assert [(one.times, one.first_line, one.is_said) for one in told.values()] == [(0, 0, False), (1, 2, False)]
    assert seen.noted("import", 0, piece) == told
    later = seen.noted("import", 1, [(4, "anna", "chess"), (5, "anna", "tea")])
    assert [one.is_said for one in later.values()] == [True, False]
    assert seen.noted("import", 1, [(4, "anna", "chess"), (5, "anna", "tea")]) == later


def outcomes(office: Office, import_id: str) -> list[str]:
    return [row["outcome"] for row in office.rows(import_id)]


def test_a_key_of_another_program_finds_its_customer_again(office: Office) -> None:
    header = ("customer number", "name", "phone")
    office.bring_in(table(header, [("K-17", "Anna", "+923001234567")]))
    shown = office.bring_in(table(header, [("K-17", "Anna Khan", "+923009999999")]))
    assert shown["counts"]["changed"] == 1
    assert [one["name"] for one in office.customers()] == ["Anna Khan"]


def test_refused_rows_come_back_corrected_and_are_taken(office: Office) -> None:
    bad = ("=cmd()", "not an address", "", "")
    shown = office.bring_in(table(HEADER, [ANNA, bad]))
    assert (shown["counts"]["created"], shown["counts"]["refused"]) == (1, 1)
    (row,) = office.rows(shown["id"], "refused")
    assert (row["line"], row["column"]) == (3, "email")
    assert row["reason"]
    assert row["remedy"]
    assert office.api.get(f"/imports/{shown['id']}/refused").body["url"]
    lines = list(csv.reader(io.StringIO(files.get(f"imports/{shown['id']}/refused.en.csv").decode("utf-8-sig"))))
    assert lines[0] == [*HEADER, "refused because"]
    assert lines[1][:2] == ["'=cmd()", "not an address"]
    corrected = [lines[0], ["Carl", "carl@example.com", *lines[1][2:]]]
    again = office.bring_in(table(corrected[0], corrected[1:]))
    assert again["counts"]["created"] == 1
    assert office.customer("Carl")["email"] == "carl@example.com"


def test_what_is_not_sure_is_asked_and_the_answer_is_kept_for_the_next_file(office: Office) -> None:
    header = ("name", "email", "birthday")
    first = office.upload(table(header, [("Anna", "anna@example.com", "03/04/1990")]))
    office.work()
    shown = office.shown(first)
    assert shown["state"] == "needs_mapping"
    (question,) = shown["questions"]
    answer = office.api.patch(f"/imports/{first}/mapping", {"answers": {question["pointer"]: "dmy"}})
    assert answer.status == 202
    office.work()
    assert office.run(first)["state"] == "done"
    assert office.customer("Anna")["birthday"] == "1990-04-03"
    second = office.bring_in(table(header, [("Bilal", "bilal@example.com", "05/06/1991")]))
    assert second["answers_are_saved"]
    assert office.customer("Bilal")["birthday"] == "1991-06-05"


def test_an_answer_that_cannot_be_meant_is_refused(office: Office) -> None:
    first = office.upload(table(("name", "birthday"), [("Anna", "03/04/1990")]))
    office.work()
    (question,) = office.shown(first)["questions"]
    answer = office.api.patch(f"/imports/{first}/mapping", {"answers": {question["pointer"]: "yesterday"}})
    assert answer.status == 422


def test_a_file_that_is_no_table_fails_with_the_remedy(office: Office) -> None:
    import_id = office.upload(b"%PDF-1.7 ...")
    office.work()
    shown = office.shown(import_id)
    assert shown["state"] == "failed"
    assert shown["failure"]["remedy"]


def test_a_cancelled_import_writes_no_more(office: Office) -> None:
    import_id = office.check(table(HEADER, [ANNA]))
    assert office.api.post(f"/imports/{import_id}/cancel").status == 202
    answer = office.api.post(f"/imports/{import_id}/run")
    assert answer.status == 409
    assert office.customers() == []


def test_a_file_is_looked_at_though_nobody_says_that_it_is_there_and_once_if_somebody_does(office: Office) -> None:
    made = office.api.post("/imports", {"kind": "customers", "file_name": "people.csv"}).body
    key = made["upload"]["fields"]["key"]
    arrived = {"Body": json.dumps({"job": "import_uploaded", "key": key})}
    assert deliver(arrived) == {"batchItemFailures": []}
    assert office.shown(made["id"])["state"] == "awaiting_upload"
    files.put(key, table(HEADER, [ANNA]).encode())
    with interrupted(at=2, by=lambda: deliver(arrived)):
        assert office.api.post(f"/imports/{made['id']}/uploaded").status == 202
    office.work()
    assert office.shown(made["id"])["state"] == "checked"
    deliver({"Body": json.dumps({"job": "import_uploaded", "key": "uploads/nobodys/file"})})
    office.work()
    assert office.shown(made["id"])["state"] == "checked"


def test_nothing_was_uploaded_yet(office: Office) -> None:
    made = office.api.post("/imports", {"kind": "customers", "file_name": "a.csv"})
    assert made.body["state"] == "awaiting_upload"
    assert made.body["upload"]["fields"]["key"].startswith(f"uploads/{made.body['id']}/")
    assert office.api.post(f"/imports/{made.body['id']}/uploaded").status == 409


def test_a_kind_that_nobody_knows_is_refused(office: Office) -> None:
    refused = office.api.post("/imports", {"kind": "dragons", "file_name": "a.csv"})
    assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/kind")


def test_the_same_request_begins_one_import(office: Office) -> None:
    new = {"kind": "customers", "file_name": "a.csv"}
    first = office.api.post("/imports", new, headers={"idempotency-key": "k"})
    again = office.api.post("/imports", new, headers={"idempotency-key": "k"})
    other = office.api.post("/imports", {**new, "file_name": "b.csv"}, headers={"idempotency-key": "k"})
    assert (first.body["id"], other.status) == (again.body["id"], 409)
    assert [one["id"] for one in office.api.get("/imports").body["items"]] == [first.body["id"]]


def test_an_erasure_takes_a_person_out_of_the_files_and_leaves_the_others(office: Office) -> None:
    header = ("customer number", *HEADER)
    anna = ("K-1", "Anna Khan", "anna@example.com", "0092 300 123 45 67", "")
    unborn = ("", "Bad Anna", "anna@example.com", "", "2090-05-17")
    shown = office.bring_in(table(header, [anna, ("K-2", *BILAL), unborn]))
    customer = office.customer("Anna Khan")["id"]
    office.api.post(f"/customers/{customer}/erasure")
    while not erasing.erase(customer_id=customer, places=jobs.PLACES):
        pass
    for stored in files.listed(""):
        body = files.get(stored.key)
        text = (gzip.decompress(body) if stored.key.endswith(".gz") else body).decode()
        if stored.key.startswith(("imports/", "uploads/")):
            found = [word for word in ("Anna", "anna@", "1234567", "123 45 67", customer) if word in text]
            assert (stored.key, found) == (stored.key, [])
    assert items.one("REFERENCE#K-1", "REFERENCE") is None
    assert office.undo(shown["id"])["undone"]["undone"] == 1
    assert office.customers() == []


def changes(customer_id: str) -> list[Change]:
    return list(Change.query(f"CUSTOMER#{customer_id}", Change.sk.startswith("CHANGE#")))


def test_who_was_erased_does_not_come_back_in_a_file(office: Office) -> None:
    office.bring_in(table(HEADER, [ANNA]))
    customer = office.customer("Anna Khan")["id"]
    assert office.api.post(f"/customers/{customer}/erasure").status == 202
    while not erasing.erase(customer_id=customer, places=()):
        pass
    shown = office.bring_in(table(HEADER, [ANNA, BILAL]))
    assert (shown["counts"]["created"], shown["counts"]["refused"]) == (1, 1)
    assert "forgotten" in office.rows(shown["id"], "refused")[0]["reason"]


def test_bytes_that_are_no_letters_are_shown_as_such_and_their_row_is_refused(office: Office) -> None:
    written = "name,email\nAnna,anna@example.com\nRené,rene@example.com\n".encode("cp1252")
    import_id = office.upload(b"\xef\xbb\xbf" + written)
    office.work()
    shown = office.shown(import_id)
    assert "Ren\ufffd" in shown["columns"][0]["samples"]
    assert office.run(import_id)["counts"] | {"created": 1, "refused": 1} == office.shown(import_id)["counts"]


def test_a_country_that_is_not_among_the_likeliest_is_taken_and_none_at_all_is_asked_again(office: Office) -> None:
    import_id = office.upload(table(("name", "phone"), [("Anna", "0470 12 34 56")]))
    office.work()
    (question,) = office.shown(import_id)["questions"]
    assert question["is_open"]
    for said, state in (("XX", "needs_mapping"), ("BE", "checked")):
        answered = office.api.patch(f"/imports/{import_id}/mapping", {"answers": {question["pointer"]: said}})
        assert answered.status == 202
        office.work()
        assert office.shown(import_id)["state"] == state
    office.run(import_id)
    assert office.customer("Anna")["phone"] == "+32470123456"


def test_where_the_words_above_the_names_are_unknown_people_are_asked_and_not_called_by_their_phone(
    office: Office,
) -> None:
    rows = [("Anna Khan", "+923001234567"), ("Bilal", "+923007654321")]
    for header, answer, called in (
        ("Klientela", "0", ["Anna Khan", "Bilal"]),
        ("Osoby", "", ["+923001234567", "+923007654321"]),
    ):
        import_id = office.upload(table((header, "phone"), rows))
        office.work()
        (question,) = office.shown(import_id)["questions"]
        assert (question["pointer"], question["guess"]) == ("/mapping/fields/name", "0")
        answered = office.api.patch(f"/imports/{import_id}/mapping", {"answers": {question["pointer"]: answer}})
        assert answered.status == 202
        office.work()
        assert office.run(import_id)["state"] == "done"
        assert sorted(one["name"] for one in office.customers()) == called
        office.undo(import_id)


def test_a_number_that_cannot_exist_in_the_chosen_country_is_refused_though_it_is_as_long_as_one(
    office: Office,
) -> None:
    import_id = office.upload(table(("name", "phone"), [("Anna", "0300 1234567"), ("Bilal", "0390 1234567")]))
    office.work()
    answered = office.api.patch(f"/imports/{import_id}/mapping", {"answers": {"/mapping/country": "PK"}})
    assert answered.status == 202
    office.work()
    office.run(import_id)
    (refused,) = office.rows(import_id, "refused")
    assert (refused["line"], refused["reason"]) == (3, "phone: 0390 1234567 is no number that exists in PK")


def test_the_file_of_refused_rows_says_of_each_problem_what_to_do(office: Office) -> None:
    shown = office.bring_in(table(HEADER, [ANNA, BILAL, ("Chaya", "", "+92 12", "2990-05-17")]))
    (refused,) = office.rows(shown["id"], "refused")
    assert refused["reason"].count(": ") == 2, refused
    assert len(refused["remedy"].split("; ")) == 2
    told = files.get(f"imports/{shown['id']}/refused.en.csv").decode()
    assert all(f": {one['remedy']}" in told for one in refused["faults"])


def test_what_turns_the_direction_of_a_line_is_taken_out_of_a_name_that_a_file_brings(office: Office) -> None:
    office.bring_in(table(HEADER, [("\u202aAnna\u202c \u2066Khan\u2069", "anna@example.com", "", "")]))
    assert office.customer("Anna Khan")["email"] == "anna@example.com"
