"""Making what people typed safe to stand in a mail: one line where one line belongs, and no hidden directions."""

import html
import unicodedata

# Embeddings, overrides and isolates: they could turn round what stands beside a name.
_DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT = ("R", "AL")


def line(value: str) -> str:
    """The value on one line: control characters and line breaks become spaces, directions go."""
    spaced = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in value)
    return " ".join(spaced.translate(_DIRECTIONS).split())


def lines(value: str) -> str:
    """The value with its line breaks and nothing else that is no text."""
    return "\n".join(line(one) for one in value.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()


def isolated(value: str, *, direction: str) -> str:
    """The value for a plain text of `direction`: set apart where it runs the other way, to move no neighbour."""
    return f"{_FIRST_STRONG_ISOLATE}{value}{_POP_ISOLATE}" if _runs(value) not in (None, direction) else value


def markup(value: str) -> str:
    """The value as HTML text, set apart in its own direction."""
    return f"<bdi>{html.escape(value)}</bdi>"


def shortened(value: str, *, longest: int) -> str:
    """At most `longest` characters, an ellipsis where some are left out."""
    return value if len(value) <= longest else value[: longest - 1].rstrip() + "…"


def _runs(value: str) -> str | None:
    for character in value:
        kind = unicodedata.bidirectional(character)
        if kind == "L":
            return "ltr"
        if kind in _RIGHT_TO_LEFT:
            return "rtl"
    return None
