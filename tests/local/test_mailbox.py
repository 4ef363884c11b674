"""The mailbox survives whatever happens to the process that writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.mailbox import JOURNAL, Mail, Mailbox, MailboxClosedError, MailWriter, customer_of


def mail(number: int) -> Mail:
    return Mail("key", "to", f"subject {number}", "text", "html", {"A": "b"}, None, None, "2027-02-28T09:00:00.000Z")


def test_mails_are_there_after_a_restart_in_order(tmp_path: Path) -> None:
    for number in (1, 2):
        writer = MailWriter(tmp_path)
        writer.append(mail(number))
        writer.close()
    assert Mailbox(tmp_path).mails() == [mail(1), mail(2)]


def test_a_reader_sees_what_is_added_while_it_is_open(tmp_path: Path) -> None:
    mailbox = Mailbox(tmp_path)
    assert mailbox.mails() == []
    writer = MailWriter(tmp_path)
    writer.append(mail(1))
    assert mailbox.mails() == [mail(1)]
    writer.append(mail(2))
    assert mailbox.mails() == [mail(1), mail(2)]
    writer.close()


@pytest.mark.parametrize("torn", [b'{"key": "x"', b"{", b"x" * 200_000])
def test_a_line_torn_by_a_kill_costs_that_line_only(tmp_path: Path, torn: bytes) -> None:
    writer = MailWriter(tmp_path)
    writer.append(mail(1))
    writer.close()
    with (tmp_path / JOURNAL).open("ab") as file:
        file.write(torn)
    assert Mailbox(tmp_path).mails() == [mail(1)]
    writer = MailWriter(tmp_path)
    writer.append(mail(2))
    writer.close()
    assert Mailbox(tmp_path).mails() == [mail(1), mail(2)]


def test_a_journal_that_is_one_torn_line_starts_afresh(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(b'{"key"')
    writer = MailWriter(tmp_path)
    writer.append(mail(1))
    writer.close()
    assert Mailbox(tmp_path).mails() == [mail(1)]


def test_a_damaged_line_hides_no_other(tmp_path: Path) -> None:
    writer = MailWriter(tmp_path)
    writer.append(mail(1))
    with (tmp_path / JOURNAL).open("ab") as file:
        file.write(b'\x00\xff\n{"other": 1}\n[]\n')
    writer.append(mail(2))
    writer.close()
    assert Mailbox(tmp_path).mails() == [mail(1), mail(2)]


def test_after_a_stop_nothing_is_written_into_somebody_elses_file(tmp_path: Path) -> None:
    writer = MailWriter(tmp_path)
    writer.close()
    writer.close()
    with (tmp_path / "other").open("w"), pytest.raises(MailboxClosedError):  # `other` has the number of the journal
        writer.append(mail(1))
    assert (tmp_path / "other").read_text() == ""


@pytest.mark.parametrize(
    ("key", "customer"),
    [("customer_abc_birthday_2027", "abc"), ("staff_sales_x_once", None), ("", None), ("customer", None)],
)
def test_the_customer_is_read_from_the_key(key: str, customer: str | None) -> None:
    assert customer_of(key) == customer
