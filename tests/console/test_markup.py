"""What a compiled template puts into a page is what Jinja would put there."""

from __future__ import annotations

from decimal import Decimal

import pytest
from jinja2 import StrictUndefined, UndefinedError
from markupsafe import Markup, escape

from crm.console import markup


class _Pictured:
    def __html__(self) -> str:
        return "<img>"


class _Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        "",
        "<script>alert('x') & \"y\"</script>",
        _Text("<i>"),
        Markup("<b>"),
        7,
        Decimal("1.50"),
        None,
        _Pictured(),
    ],
)
def test_a_value_is_put_as_it_would_be_escaped(value: object) -> None:
    assert str(markup.put(value)) == str(escape(value))


def test_a_name_that_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="'who' is undefined"):
        markup.put(StrictUndefined(name="who"))
