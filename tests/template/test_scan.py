"""What scanners find is mended or waived by name: whatever is neither fails, and so does a waiver without use."""

from __future__ import annotations

import pytest

from infra.build import scan
from infra.build.scan import HAVE_TO_BE_FOUND, PLANTED, Finding, Waiver
from tests.support.template import expanded

SEEN = [Finding(check, PLANTED, "planted") for check in HAVE_TO_BE_FOUND]
OPEN = Finding("CKV_AWS_53", "FilesBucket", "public")


def test_what_is_found_fails_until_it_is_waived_there() -> None:
    assert scan.complaints(SEEN, []) == []
    assert scan.complaints([*SEEN, OPEN], []) == ["CKV_AWS_53 FilesBucket: public"]
    assert scan.complaints([*SEEN, OPEN], [Waiver("CKV_AWS_53", ("FilesBucket",), "why")]) == []
    assert scan.complaints([*SEEN, OPEN], [Waiver("CKV_AWS_53", ("*",), "why")]) == []


@pytest.mark.parametrize("place", ["FilesBucket", "*"])
def test_a_waiver_that_nothing_needs_fails(place: str) -> None:
    [said] = scan.complaints(SEEN, [Waiver("CKV_AWS_53", (place,), "why")])
    assert said == f"CKV_AWS_53 is waived for {place} and found nowhere there"


def test_what_is_planted_waives_nothing_and_has_to_be_found() -> None:
    [said] = scan.complaints(SEEN[1:], [])
    assert said == f"{SEEN[0].check} was planted and not found"
    assert len(scan.complaints(SEEN, [Waiver(SEEN[0].check, (PLANTED,), "why")])) == 1


def test_a_waiver_has_a_reason() -> None:
    assert all(len(one.reason) > 20 for one in scan.waivers(scan.WAIVERS.read_text("utf-8")))
    with pytest.raises(ValueError, match="CKV_AWS_1"):
        scan.waivers('[CKV_AWS_1]\non = ["*"]\nreason = " "')


def test_a_waiver_speaks_of_what_there_is() -> None:
    places = {place for one in scan.waivers(scan.WAIVERS.read_text("utf-8")) for place in one.on}
    there = {*expanded(), "*"}
    assert [one for one in places - there if not (scan.ROOT / one).is_file()] == []
