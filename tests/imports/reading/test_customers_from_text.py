"""A plain file of customers is read without a question, and what would have to be guessed is asked."""

from __future__ import annotations

from io import BytesIO

from crm.imports.rows import rows
from tests.imports.reading.sent import asked, looked_at, meant, read

PLAIN = """Name;E-mail;Phone;Birthday
Ali;ali@shop.example;+92 300 1234567;13/05/1990

سنیتا;sunita@shop.example;+92 300 7654321;01/02/1980
"""


def test_a_plain_file_needs_no_question() -> None:
    found = looked_at(PLAIN)
    assert (found.questions, found.refusals) == ((), ())
    assert [row.values for row in meant(PLAIN, found)] == [
        {"name": "Ali", "email": "ali@shop.example", "phone": "+923001234567", "birthday": "1990-05-13"},
        {"name": "سنیتا", "email": "sunita@shop.example", "phone": "+923007654321", "birthday": "1980-02-01"},
    ]


def test_rows_know_the_line_they_stand_in_and_blank_ones_are_left_out() -> None:
    assert [row.line for row in read(PLAIN, looked_at(PLAIN))] == [2, 4]


def test_reading_goes_on_behind_any_row() -> None:
    found = looked_at(PLAIN)
    whole = read(PLAIN, found)
    assert found.reading
    for number, row in enumerate(whole):
        rest = list(rows(BytesIO(PLAIN.encode()), reading=found.reading, start=row.position))
        assert rest == whole[number + 1 :]


def test_an_order_of_dates_is_asked_where_every_day_is_a_month_too() -> None:
    file = "name,birthday\nAli,03/04/1990\nBibi,11/12/1985\n"
    found = looked_at(file)
    assert asked(found) == {"/mapping/columns/1/dates": "dmy"}
    assert found.mapping
    assert found.mapping.columns[1].dates is None
    assert [row.problems[0].reason for row in meant(file, found)] == [
        "03/04/1990 fits several orders of day and month",
        "11/12/1985 fits several orders of day and month",
    ]


def test_the_answer_decides() -> None:
    file = "name,birthday\nAli,03/04/1990\nBibi,11/12/1985\n"
    found = looked_at(file, mapping__columns__1__dates="mdy")
    assert found.questions == ()
    assert [row.values["birthday"] for row in meant(file, found)] == ["1990-03-04", "1985-11-12"]


def test_the_country_of_phones_is_asked_with_the_one_of_the_business_first() -> None:
    file = "name,phone\nAli,0300 1234567\n"
    question = looked_at(file).questions[0]
    assert (question.pointer, question.guess, question.choices[0].value) == ("/mapping/country", "PK", "PK")
    assert meant(file, looked_at(file, mapping__country="PK"))[0].values["phone"] == "+923001234567"


def test_nothing_is_asked_of_a_column_in_which_no_answer_makes_a_date() -> None:
    """Each row says by itself what is wrong with it."""
    file = "name,birthday\nAli,29.02.1999\nBibi,soon\nCarl,1999-02-29\nDina,31/31/99\n"
    found = looked_at(file)
    assert found.questions == ()
    assert [[str(one.reason) for one in row.problems] for row in meant(file, found)] == [
        ["29.02.1999 is no day of the calendar"],
        ["soon is no date"],
        ["1999-02-29 is no day of the calendar in the order of its column"],
        ["31/31/99 is no day of the calendar"],
    ]


def test_a_country_is_asked_of_numbers_alone() -> None:
    file = "name,phone\nAli,none yet\nBibi,=A1\nCarl,9.23E+11\nDina,+923001234567\n"
    found = looked_at(file)
    assert found.questions == ()
    assert [len(row.problems) for row in meant(file, found)] == [1, 1, 1, 0]


def test_a_program_or_a_picture_is_no_table_whatever_its_name_says() -> None:
    written = b"MZ\x90\0" + bytes(range(256)) * 20
    assert [one.code for one in looked_at(written).refusals] == ["no_text"]
    empty = "\0" * 20
    padded = "".join(f"Anna{empty},anna{n}@shop.example{empty}\n" for n in range(20))
    assert looked_at("name,email\n" + padded).refusals == ()
