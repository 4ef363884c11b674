"""Which tags of languages are taken: of two letters those that there are, of three all."""

from __future__ import annotations

import pytest
from babel import Locale

from crm.core import values
from crm.core.reason import BadValue


def test_every_language_that_has_a_name_in_cldr_is_taken() -> None:
    known = [str(tag).replace("_", "-") for tag in Locale("en").languages]
    assert len(known) > 600
    for tag in known:
        # The tags of a variant, such as ar-001, have regions of digits.
        assert values.language(tag)


@pytest.mark.parametrize("tag", ["skr", "nan", "iw", "UR-pk", "zh-hant-tw"])
def test_one_is_taken_in_any_case_also_where_few_know_its_code(tag: str) -> None:
    assert values.language(tag).lower() == tag.lower()


@pytest.mark.parametrize("tag", ["xx", "XX", "zz-PK", "ur-", "u", "urdu", ""])
def test_a_slip_of_the_finger_is_no_language(tag: str) -> None:
    with pytest.raises(BadValue):
        values.language(tag)
