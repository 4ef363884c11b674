"""In which encoding a file is: said by its marks, or by what words it makes; doubt is said as well."""

from __future__ import annotations

import pytest

from crm.imports import encodings
from crm.imports.reading import CERTAIN
from tests.imports.reading.sent import asked, looked_at, meant

SURE = {
    "cp1255": "שם,טלפון\nיוסי כהן,050-1234567\nדנה לוי,052-7654321\nמשה פרץ,054\n",
    "cp1256": "name,city\nمحمد,لاہور\nعبد الرحمن,پشاور\n",
    "cp1252": "name\nJosé García\nFrançois Müller\n",
    "utf-16-le": "নাম,ফোন\nরহিম,০১৭\nকরিম,০১৮\n",
    "utf-16-be": "नाम,फोन\nसुनीता,९८\n",
    "utf-8": "নাম\nসুনীতা\n",
}
IN_DOUBT = {
    "cp1255": "name\nדן\n",
    "cp1252": "name,price\nTea,€5\n",
    "cp1250": "name\nLech Wałęsa\nŁukasz Żółć\nJiří Dvořák\n",
    "cp1251": "имя\nИван Петров\nАнна Смирнова\n",
    "gb18030": "name\n张伟\n李娜\n王芳\n",
    "cp862": "name\nיוסי כהן\nדנה לוי\nמשה\n",
}


@pytest.mark.parametrize("encoding", SURE)
def test_what_can_be_told_is_told(encoding: str) -> None:
    written = SURE[encoding].encode(encoding)
    guess = encodings.guess(written)
    assert (guess.value, encodings.decoded(written, guess.value)) == (encoding, SURE[encoding])
    assert guess.certainty >= (CERTAIN if encoding != "cp1256" else 0.9), guess


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_decides_and_belongs_to_no_cell(mark: str) -> None:
    file = "name,phone\nAli,+923001234567\n".encode(mark)
    found = looked_at(file)
    assert found.questions == ()
    assert meant(file, found)[0].values == {"name": "Ali", "phone": "+923001234567"}


@pytest.mark.parametrize("encoding", IN_DOUBT)
def test_what_cannot_be_told_is_asked_and_the_right_one_can_be_answered(encoding: str) -> None:
    file = IN_DOUBT[encoding].encode(encoding)
    found = looked_at(file)
    assert "/reading/encoding" in asked(found)
    choice = next(c for q in found.questions for c in q.choices if c.value == encoding)
    assert choice.meaning in IN_DOUBT[encoding]
    answered = looked_at(file, reading__encoding=encoding)
    assert "/reading/encoding" not in asked(answered)
    assert answered.sample[0].cells[0] in IN_DOUBT[encoding]


def test_letters_far_behind_the_beginning_are_found() -> None:
    file = b"name,phone\n" + b"Ali,+923001234567\n" * 20_000 + "Zoë Ångström,\nJosé García,\n".encode("cp1252")
    assert encodings.guess(file[: 1 << 18]).value == "utf-8"
    assert looked_at(file).encoding != encodings.guess(b"name")
    assert asked(looked_at(file)) == {"/reading/encoding": "cp1252"}


def test_bytes_that_are_not_of_the_encoding_refuse_their_row_alone() -> None:
    file = "name\nসুনীতা\nরহিম\n".encode() + b"Jos\xe9\n" + b"Ali\n"
    found = looked_at(file, reading__encoding="utf-8")
    assert [row.problems[0].reason if row.problems else row.values["name"] for row in meant(file, found)] == [
        "সুনীতা",
        "রহিম",
        "the cell holds bytes that are not utf-8",
        "Ali",
    ]
