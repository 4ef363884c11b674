"""Files travel between people and the bucket by links that allow one thing, and are read without being held."""

from __future__ import annotations

import io
import tracemalloc
import urllib.request
import zipfile
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from crm.core import files, links
from infra.local.engine import Engine
from tests.support.engine_world import on_engine
from tests.support.forms import status_of, upload
from tests.support.template import listed, statements

KEY = "uploads/one/customers.csv"


@pytest.fixture
def bucket(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    with on_engine(monkeypatch, engine):
        yield engine


def test_a_link_uploads_a_file_from_this_machine(bucket: Engine) -> None:
    form = links.upload(KEY)
    assert form.url.startswith(bucket.url)
    assert upload(form.url, form.fields, b"name\nAnna\n") == 204
    assert files.get(KEY) == b"name\nAnna\n"


def test_a_browser_that_sends_the_form_itself_comes_back_and_nowhere_else(bucket: Engine) -> None:
    # What is asked for then is a page of the engine's own, which answers 200; without one it would be 204.
    form = links.upload(KEY, then=f"{bucket.url}/_ministack/ses/messages")
    assert upload(form.url, form.fields, b"name\nAnna\n") == 200
    assert files.get(KEY) == b"name\nAnna\n"
    assert upload(form.url, {**form.fields, "success_action_redirect": "https://evil.example/"}, b"x") == 403


def test_the_bucket_itself_refuses_more_than_the_link_allows(bucket: Engine) -> None:
    form = links.upload(KEY, largest_bytes=10)
    assert upload(form.url, form.fields, b"x" * 11) == 400
    with pytest.raises(files.FileMissing):
        files.about(KEY)


def test_an_empty_file_is_left_to_who_reads_it(bucket: Engine) -> None:
    form = links.upload(KEY)
    assert upload(form.url, form.fields, b"") == 204
    assert files.get(KEY) == b""


@pytest.mark.parametrize("field", ["key", "policy"])
def test_a_link_for_one_file_uploads_no_other(bucket: Engine, field: str) -> None:
    form = links.upload(KEY)
    other = links.upload("uploads/another/customers.csv")
    assert upload(form.url, {**form.fields, field: other.fields[field]}, b"x") == 403
    assert list(files.listed("uploads/")) == []


def test_a_link_downloads_a_file_under_its_name(bucket: Engine) -> None:
    files.put("imports/one/refused.csv", b"name,why\n")
    link = links.download("imports/one/refused.csv", name="refused.csv")
    with urllib.request.urlopen(link) as answer:  # noqa: S310 - of our own engine
        assert answer.read() == b"name,why\n"
        assert answer.headers["content-disposition"] == 'attachment; filename="refused.csv"'


def test_a_link_downloads_no_other_file(bucket: Engine) -> None:
    files.put("imports/one/refused.csv", b"mine")
    files.put("imports/two/refused.csv", b"another's")
    link = links.download("imports/one/refused.csv", name="refused.csv")
    assert status_of(link.replace("imports/one", "imports/two")) == 403


@pytest.mark.usefixtures("world")
def test_links_name_the_bucket_in_its_own_region() -> None:
    # The global endpoint answers with a redirect, which a signature does not survive.
    assert urlsplit(links.upload(KEY).url).netloc == "crm-files.s3.eu-west-1.amazonaws.com"
    assert urlsplit(links.download(KEY, name="a")).netloc == "crm-files.s3.eu-west-1.amazonaws.com"


def test_who_signs_links_may_do_what_they_allow() -> None:
    # A signature is no call, so nothing else would notice a missing right.
    granted = {action for one in statements("ApiFunction") for action in listed(one["Action"])}
    assert {"s3:PutObject", "s3:GetObject"} <= granted


@pytest.mark.usefixtures("world")
def test_a_file_is_read_from_any_place_on() -> None:
    body = bytes(range(256)) * 40_000
    files.put(KEY, body)
    with files.stream(KEY, start=5_000_001) as read:
        assert read.read(300) == body[5_000_001:5_000_301]
        assert read.tell() == 5_000_301
        assert read.seek(-3, io.SEEK_END) == len(body) - 3
        assert read.read() == body[-3:]


@pytest.mark.usefixtures("world")
def test_a_zipped_file_is_read_where_it_lies() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("sheet.xml", "<row/>" * 1000)
    files.put(KEY, packed.getvalue())
    with files.stream(KEY) as read, zipfile.ZipFile(read) as archive:
        assert archive.read("sheet.xml") == b"<row/>" * 1000


@pytest.mark.usefixtures("quick_shop")
def test_memory_does_not_grow_with_the_file() -> None:
    files.put(KEY, b"name,phone\n" * 3_000_000)
    tracemalloc.start()
    try:
        with files.stream(KEY) as read:
            assert sum(len(line) for line in iter(lambda: read.read(65_536), b"")) == 33_000_000
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 24_000_000


@pytest.mark.usefixtures("world")
def test_a_file_that_changes_while_it_is_read_is_noticed() -> None:
    files.put(KEY, b"a" * 5_000_000)
    read = files.stream(KEY)
    read.read(10)
    files.put(KEY, b"b" * 5_000_000)
    with pytest.raises(files.FileChanged), read:
        read.read()


@pytest.mark.usefixtures("world")
def test_a_file_that_is_not_there_is_said_to_be_missing() -> None:
    for ask in (files.about, files.get, files.stream):
        with pytest.raises(files.FileMissing):
            ask(KEY)


@pytest.mark.usefixtures("world")
def test_all_files_of_one_import_go_and_those_of_others_stay() -> None:
    for key in ("imports/one/a", "imports/one/b", "imports/one-more/a"):
        files.put(key, b"x")
    assert files.delete_prefix("imports/one/") == 2
    assert [found.key for found in files.listed("")] == ["imports/one-more/a"]
