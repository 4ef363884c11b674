"""Reads a raw mail, of which nothing is believed: how large, how deep, in which letters, with which headers. Pure."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses

from pydantic import TypeAdapter, ValidationError

from crm.core.fields import Email
from crm.inbox import plain

LARGEST_BYTES = 30_000_000
_MOST_PARTS = 100
_DEEPEST = 20
_MOST_BOUNDARIES = 50
_LONGEST_HEADER = 2_000
_LARGEST_TEXT = 500_000
# Codecs that decode in time that grows with the length, into text: a mail names any.
_CHARSETS = re.compile(
    r"utf-?(8|16|16le|16be)|(us-)?ascii|iso-?8859-?\d{1,2}|(windows-?|cp)12\d\d|koi8-?[ru]|gb(2312|k|18030)|big5|"
    r"euc-?(jp|kr)|shift_?jis|iso-?2022-?jp",
    re.ASCII | re.IGNORECASE,
)
_RESULT = re.compile(r"\b(spf|dkim|dmarc)=(\w{1,20})", re.ASCII)
_SIGNED_BY = re.compile(r"dkim=pass\b[^;]{0,300}?header\.[id]=@?([\w.-]{1,253})", re.ASCII)


class Unreadable(ValueError):
    """It is no mail that can be read within our limits."""


@dataclass(frozen=True)
class Attachment:
    """A file that came with a mail; its name and type are what the mail says of it."""

    name: str
    type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Letter:
    """A mail as plain values. `verdicts`: what SES found, by spf, dkim, dmarc, spam, virus; `is_from_sender`: whether
    the domain of `email` answers for it, so that it is not just anybody who wrote that name down.
    """

    message_id: str
    name: str
    email: str | None
    subject: str
    text: str
    verdicts: dict[str, str]
    is_from_sender: bool
    ignored: str | None
    attachments: tuple[Attachment, ...]


def read(raw: bytes) -> Letter:
    """A raw mail (RFC 5322). Raises Unreadable."""
    if len(raw) > LARGEST_BYTES:
        raise Unreadable(f"more than {LARGEST_BYTES} bytes")
    # The parser looks at each line once for every part around it.
    if raw.lower().count(b"boundary=") > _MOST_BOUNDARIES:
        raise Unreadable("parts within parts, too many")
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(raw)
        parts = list(_leaves(message))
        for part in dict.fromkeys((message, *parts)):
            _take_as_utf8(part)
    except (MessageError, RecursionError, ValueError, LookupError) as broken:
        raise Unreadable(type(broken).__name__) from broken
    name, address = _sender(message)
    verdicts, is_from_sender = _verdicts(message, address)
    return Letter(
        message_id=plain.line(_header(message, "Message-ID"), longest=300),
        name=name,
        email=address,
        subject=plain.line(_header(message, "Subject")),
        text=_text(parts),
        verdicts=verdicts,
        is_from_sender=is_from_sender,
        ignored=_ignored(message, verdicts),
        attachments=tuple(_attachment(part) for part in parts if _is_file(part)),
    )


def _leaves(message: Message, depth: int = 0) -> Iterator[Message]:
    if depth > _DEEPEST:
        raise Unreadable("parts within parts, too deep")
    count = 0
    for part in message.get_payload() if message.is_multipart() else [message]:
        if not isinstance(part, Message):
            continue
        inner = [part] if part is message or not part.is_multipart() else _leaves(part, depth + 1)
        for leaf in inner:
            count += 1
            if count > _MOST_PARTS:
                raise Unreadable("too many parts")
            yield leaf


def _take_as_utf8(part: Message) -> None:
    """Read headers that are neither ASCII nor encoded as UTF-8 (RFC 6532), which the parser does not."""
    for name, value in dict(part.raw_items()).items():
        if not str(value).isascii():
            sent = str(value).encode("ascii", errors="surrogateescape")
            part.replace_header(name, sent.decode("utf-8", errors="replace"))


def _header(message: Message, name: str) -> str:
    return _decoded(str(message.get(name) or "")[:_LONGEST_HEADER])


def _decoded(value: str) -> str:
    try:
        found = decode_header(value)
        if all(charset is None or _CHARSETS.fullmatch(charset) for _, charset in found):
            return str(make_header(found))
    except (ValueError, LookupError, MessageError):
        pass
    return value


def _sender(message: Message) -> tuple[str, str | None]:
    """Who it says it is from; no address where there is none, or several."""
    raw = [str(value)[:_LONGEST_HEADER] for value in message.get_all("From") or ()]
    found = [(name, address) for name, address in getaddresses(raw) if address]
    if len(found) != 1:
        return "", None
    name, address = found[0]
    try:
        return plain.line(_decoded(name)), str(TypeAdapter(Email).validate_python(address))
    except ValidationError:
        return plain.line(_decoded(name)), None


def _verdicts(message: Message, address: str | None) -> tuple[dict[str, str], bool]:
    # SES puts its own headers first; those below them were written by whoever sent it.
    results = str((message.get_all("Authentication-Results") or [""])[0])[: 4 * _LONGEST_HEADER]
    own = results if results.strip().lower().startswith("amazonses.com") else ""
    found = dict(reversed(_RESULT.findall(own)))
    for name, header in (("spam", "X-SES-Spam-Verdict"), ("virus", "X-SES-Virus-Verdict")):
        found[name] = plain.line(str(message.get(header) or "none"), longest=20).lower()
    domain = (address or "@").rpartition("@")[2]
    signed = any(_answers_for(one.lower(), domain) for one in _SIGNED_BY.findall(own))
    return found, bool(domain) and (found.get("dmarc") == "pass" or signed)


def _answers_for(signer: str, domain: str) -> bool:
    return "." in signer and (domain == signer or domain.endswith(f".{signer}"))


def _ignored(message: Message, verdicts: dict[str, str]) -> str | None:
    """Why nobody need see it: what programs send (RFC 3834), and what SES found to be bad. None: a person wrote it."""
    automatic = _header(message, "Auto-Submitted").strip().lower().partition(";")[0]
    found = {
        "virus": verdicts["virus"] == "fail",
        "spam": verdicts["spam"] == "fail",
        "automatic": automatic not in ("", "no"),
        "bulk": _header(message, "Precedence").strip().lower() in {"bulk", "list", "junk", "auto_reply"},
        "list": bool(message.get("List-Id") or message.get("List-Unsubscribe")),
        "bounce": _header(message, "Return-Path").strip() == "<>" or message.get_content_type() == "multipart/report",
    }
    return next((why for why, is_so in found.items() if is_so), None)


def _text(parts: list[Message]) -> str:
    texts = [part for part in parts if not _is_file(part)]
    said = "\n".join(_content(part) for part in texts if part.get_content_type() == "text/plain")
    if said.strip():
        return plain.clean(said)
    return plain.of_html("\n".join(_content(part) for part in texts if part.get_content_type() == "text/html"))


def _is_file(part: Message) -> bool:
    is_text = part.get_content_type() in ("text/plain", "text/html")
    return not is_text or part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _content(part: Message) -> str:
    content = _bytes(part)[:_LARGEST_TEXT]
    charset = str(part.get_content_charset() or "utf-8")
    return content.decode(charset if _CHARSETS.fullmatch(charset) else "utf-8", errors="replace")


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _attachment(part: Message) -> Attachment:
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError):
        name = ""
    # Of a path the last step alone, and of that what no shell, page or file system takes for more than a name.
    last = re.split(r"[/\\]", plain.line(_decoded(name[:_LONGEST_HEADER])))[-1]
    shown = re.sub(r"[<>:\"|?*%;]", "_", last).strip(". ")[:120] or "attachment"
    return Attachment(shown, plain.line(part.get_content_type(), longest=80), _bytes(part))
