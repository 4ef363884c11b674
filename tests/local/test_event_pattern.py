"""EventBridge patterns choose events as EventBridge does, or say that they cannot."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.event_pattern import UnknownOperatorError, matches

EVENT = {"source": "aws.ses", "n": 1, "detail": {"mail": {"tags": {"a": ["x", "y"]}}, "empty": None}}


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ({}, True),
        ({"source": ["aws.ses"]}, True),
        ({"source": ["other", "aws.ses"], "n": [1]}, True),
        ({"source": ["aws.ses"], "n": [2]}, False),
        ({"source": []}, False),
        ({"missing": ["x"]}, False),
        ({"detail": {"mail": {"tags": {"a": ["y"]}}}}, True),
        ({"detail": {"mail": {"tags": {"a": ["z"]}}}}, False),
        ({"detail": {"other": {"tags": ["x"]}}}, False),
        ({"source": {"deeper": ["x"]}}, False),
        ({"detail": {"empty": [None]}}, True),
        ({"source": [{"prefix": "aws."}]}, True),
        ({"source": [{"prefix": "shop."}]}, False),
        ({"missing": [{"exists": False}]}, True),
        ({"source": [{"exists": False}]}, False),
        ({"source": [{"anything-but": "aws.ses"}]}, False),
        ({"source": [{"anything-but": ["shop.till"]}]}, True),
        ({"missing": [{"anything-but": "x"}]}, False),
        ({"source": [{"anything-but": {"prefix": "aws."}}]}, False),
        ({"source": [{"suffix": ".ses"}]}, True),
        ({"source": [{"equals-ignore-case": "AWS.SES"}]}, True),
        ({"n": [{"numeric": [">", 0, "<=", 1]}]}, True),
        ({"n": [{"numeric": ["<", 1]}]}, False),
        ({"$or": [{"n": [2]}, {"source": ["aws.ses"]}]}, True),
        ({"$or": [{"n": [2]}, {"source": ["x"]}]}, False),
    ],
)
def test_an_event_fits_or_not(pattern: dict[str, Any], fits: bool) -> None:
    assert matches(pattern, EVENT) is fits


@pytest.mark.parametrize("condition", [{"cidr": "10.0.0.0/8"}, {"wildcard": "a*"}, {"prefix": 1}], ids=str)
def test_an_unknown_operator_is_an_error_not_a_guess(condition: dict[str, Any]) -> None:
    with pytest.raises(UnknownOperatorError):
        matches({"source": [condition]}, EVENT)
