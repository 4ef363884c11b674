"""In which encoding a text is, and how surely.

A byte order mark, or valid UTF-8, says it by itself. Of encodings of one byte a letter any text is valid in nearly all,
so each is judged by what words it makes: of one script, with capitals where they belong. charset-normalizer was tried
instead (DECISIONS.md): it needs long texts, and lists of names are short words.
"""

from collections.abc import Sequence
from typing import BinaryIO

from crm.imports import words
from crm.imports.lines import BYTE_ORDER_MARKS
from crm.imports.reading import Choice, Guess

_HEAD = 1 << 18
_FURTHER = 1 << 26
# How often they are met: those of DOS and of old Macintoshes are half as believable.
_ONE_BYTE = {
    **dict.fromkeys(("cp1252", "cp1255", "cp1256", "cp1250", "cp1254", "cp1251", "cp1253"), 1.0),
    **dict.fromkeys(("cp862", "cp850", "cp437", "mac-roman", "cp866"), 0.5),
}
_ASIAN = ("gb18030", "shift_jis", "big5", "euc-kr")
KNOWN = (
    "utf-8",
    "utf-16-le",
    "utf-16-be",
    *_ONE_BYTE,
    *_ASIAN,
    "cp1257",
    "cp1258",
    "cp874",
    "koi8-r",
    "iso8859-6",
    "iso8859-15",
)
_FAR = 0.9
_MIXED = 0.5
_FEW, _LIKELY = 2, 0.7
_DELIMITERS = "\n,;\t| "


def head(source: BinaryIO) -> bytes:
    """The first bytes; where they are all ASCII, also the first piece of the next 64 MB that is not."""
    source.seek(0)
    first = source.read(_HEAD)
    if not first.isascii():
        return first
    for _ in range(_FURTHER // _HEAD):
        piece = source.read(_HEAD)
        if not piece.isascii():
            return first[: first.rfind(b"\n") + 1] + b"".join(piece.splitlines(keepends=True)[1:-1])
        if not piece:
            break
    return first


def guess(head: bytes) -> Guess[str]:
    """The encoding of a text that begins with `head`."""
    for encoding, mark in BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return Guess(encoding, 1.0, "its byte order mark says so")
    if b"\0" in head and (wide := _wide(head)):
        return wide
    if head.isascii():
        return Guess("utf-8", 1.0, "all bytes are ASCII")
    return _valid(head) if _is_utf8(head) else _mixed(head)


def _valid(head: bytes) -> Guess[str]:
    """Two letters of cp1256 can be one of UTF-8 by chance, and then are a word."""
    few = len(words.beyond_ascii(head)) <= _FEW
    if few and (other := _of_one_byte(head)).certainty >= _LIKELY:
        return Guess("utf-8", 0.8, "all bytes are valid UTF-8, but there are few", (other.value,))
    return Guess("utf-8", 1.0, "all bytes are valid UTF-8")


def _mixed(head: bytes) -> Guess[str]:
    """Some lines may have been pasted in another encoding than most."""
    found = words.beyond_ascii(head)
    share = sum(map(_is_utf8, found)) / len(found)
    other = _of_one_byte(head)
    if share < _MIXED:
        return other
    return Guess("utf-8", round(0.9 * share, 3), f"{share:.0%} of its words are valid UTF-8", (other.value,))


def choices(guessed: Guess[str], beginning: bytes) -> list[Choice]:
    """The encodings that could be meant, each with what the file says in it, the likeliest first."""
    likely = dict.fromkeys((guessed.value, *guessed.others, *KNOWN))
    return [Choice(encoding, _shown(beginning, encoding)) for encoding in likely]


def decoded(beginning: bytes, encoding: str) -> str:
    """The text of the first bytes; a letter cut in two at the end is left out."""
    return beginning.decode(encoding, "replace").removeprefix("\ufeff").removesuffix("\ufffd")


def _shown(beginning: bytes, encoding: str) -> str:
    lines = decoded(beginning[:20_000], encoding).splitlines()
    return next((line for line in lines if not line.isascii()), lines[0] if lines else "")[:100]


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as bad:
        # Where more was to come, a letter may be cut in two.
        return len(head) >= _HEAD and bad.end == len(head) and bad.reason == "unexpected end of data"
    return True


def _wide(head: bytes) -> Guess[str] | None:
    """UTF-16 without its mark: only in the right order of bytes are there line ends, delimiters and spaces."""
    even = head[: len(head) // 2 * 2]
    found = {encoding: even.decode(encoding, "replace") for encoding in ("utf-16-le", "utf-16-be")}
    shares = {encoding: sum(map(text.count, _DELIMITERS)) / max(len(text), 1) for encoding, text in found.items()}
    best = max(shares, key=lambda encoding: shares[encoding])
    other = min(shares.values())
    if shares[best] < 0.02 or other * 4 > shares[best] or found[best].count("\0") * 4 > len(found[best]):
        return None
    return Guess(best, 0.99, "line ends and delimiters are two bytes wide")


def _of_one_byte(head: bytes) -> Guess[str]:
    found = words.beyond_ascii(head)
    read = {encoding: [decoded(word, encoding) for word in found] for encoding in _ONE_BYTE}
    scores = {
        encoding: [usual * score for score in words.scores(read[encoding])] for encoding, usual in _ONE_BYTE.items()
    }
    best, *others = _distinct(sorted(_ONE_BYTE, key=lambda encoding: -sum(scores[encoding])), read)
    whole = sum(scores[best]) / len(found)
    leads = {other: _lead(best, other, read, scores) for other in others}
    rivals = sorted(leads, key=lambda other: leads[other])
    certainty = round(min([whole, *(0.5 + lead / 2 for lead in leads.values())]), 3)
    likely = tuple(other for other in rivals if leads[other] < _FAR)
    if whole < 0.5:
        likely = (*_asian(head), *rivals[:4])
    return Guess(best, max(certainty, 0.0), f"{whole:.0%} of its words are well formed in it", likely)


def _lead(best: str, other: str, read: dict[str, list[str]], scores: dict[str, list[float]]) -> float:
    """By how much, on the words that the two read differently."""
    rows = zip(read[best], read[other], scores[best], scores[other], strict=True)
    leads = [ours - theirs for mine, yours, ours, theirs in rows if mine != yours]
    return sum(leads) / len(leads)


def _distinct(encodings: Sequence[str], read: dict[str, list[str]]) -> list[str]:
    """Those that read something else than all before them."""
    kept: list[str] = []
    for encoding in encodings:
        if all(read[encoding] != read[other] for other in kept):
            kept.append(encoding)
    return kept


def _asian(head: bytes) -> list[str]:
    return [encoding for encoding in _ASIAN if "\ufffd" not in decoded(head, encoding)]
