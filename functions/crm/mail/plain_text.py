"""Making what people typed safe to stand in a mail: one line where one line belongs, and no hidden directions."""

import html
import unicodedata

# Embeddings, overrides and isolates: they could turn round what stands beside a name.
_DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def line(value: str) -> str:
    """The value on one line: control characters and line breaks become spaces, directions go."""
    spaced = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in value)
    return " ".join(spaced.translate(_DIRECTIONS).split())


def lines(value: str) -> str:
    """The value with its line breaks and nothing else that is no text."""
    return "\n".join(line(one) for one in value.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()


def isolated(value: str, *, direction: str, among: str = "") -> str:
    """The value for a plain text of `direction`, set apart so that it moves no neighbour and none moves it.

    `among`: the words around it. Where nothing at all runs from right to left there is nothing to move, and no mark is
    put in: some mail programs draw a box for it.
    """
    apart = direction == "rtl" or runs_right_to_left(value) or runs_right_to_left(among)
    return f"{_FIRST_STRONG_ISOLATE}{value}{_POP_ISOLATE}" if apart else value


def runs_right_to_left(text: str) -> bool:
    """Whether anything in the text is written from right to left."""
    return any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)


def markup(value: str) -> str:
    """The value as HTML text, set apart in its own direction."""
    return f"<bdi>{html.escape(value)}</bdi>"


def shortened(value: str, *, longest: int) -> str:
    """At most `longest` characters, an ellipsis where some are left out."""
    return value if len(value) <= longest else value[: longest - 1].rstrip() + "…"
