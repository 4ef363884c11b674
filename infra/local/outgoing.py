"""A SendEmail request of the SESv2 API, checked as SES checks it and made readable.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

from __future__ import annotations

import base64
import binascii
import email
import email.policy
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

_TAG_NAME = re.compile(r"(?:ses:)?[A-Za-z0-9_-]{1,256}")
_TAG_VALUE = re.compile(r"[A-Za-z0-9_-]{1,256}")
_HEADER_NAME = re.compile(r"[!-9;-~]{1,126}")
_HEADER_VALUE = re.compile(r"[ -~]{1,995}")
RECIPIENTS = 50
VIRUS = "EICAR-STANDARD-ANTIVIRUS-TEST-FILE"  # SES's documented way to provoke a Reject


class BadRequestError(Exception):
    """A request that SES refuses with BadRequestException."""


@dataclass(frozen=True)
class Outgoing:
    """What a request wants sent; `tags` are the message tags, `headers` those beyond From, To and Subject."""

    source: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    headers: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    configuration_set: str | None = None

    @property
    def infected(self) -> bool:
        return VIRUS in self.text or VIRUS in self.html


def parse_outgoing(body: bytes, configuration_sets: Collection[str]) -> Outgoing:
    """Reads a SendEmail request. Raises BadRequestError with SES's message."""
    try:
        outgoing = _read(json.loads(body))
        _check_texts(outgoing)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadRequestError("The request is not a valid SendEmail request.") from error
    _check_tags(outgoing.tags)
    if outgoing.configuration_set is not None and outgoing.configuration_set not in configuration_sets:
        raise BadRequestError(f"Configuration set <{outgoing.configuration_set}> does not exist.")
    if not 1 <= len(outgoing.recipients) <= RECIPIENTS:
        raise BadRequestError(f"Recipient count must be between 1 and {RECIPIENTS}.")
    return outgoing


def _read(request: Mapping[str, Any]) -> Outgoing:
    content = request["Content"]
    if "Simple" in content:
        parts = _simple(content["Simple"])
    elif "Raw" in content:
        parts = _raw(content["Raw"]["Data"])
    else:
        raise BadRequestError("The local host knows Content.Simple and Content.Raw, not templates of SES.")
    destination = request.get("Destination") or {}
    named = [one for kind in ("To", "Cc", "Bcc") for one in destination.get(f"{kind}Addresses") or []]
    headers = dict(parts.headers)
    if request.get("ReplyToAddresses"):
        headers["Reply-To"] = ", ".join(request["ReplyToAddresses"])
    tags = {tag["Name"]: tag["Value"] for tag in request.get("EmailTags") or []}
    return Outgoing(
        source=request.get("FromEmailAddress") or parts.source,
        recipients=tuple(named) or parts.recipients,
        subject=parts.subject,
        text=parts.text,
        html=parts.html,
        headers=headers,
        tags={**parts.tags, **tags},
        configuration_set=request.get("ConfigurationSetName") or parts.configuration_set,
    )


def _simple(simple: Mapping[str, Any]) -> Outgoing:
    headers = {header["Name"]: header["Value"] for header in simple.get("Headers") or []}
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value) or len(name + value) > 996:
            raise BadRequestError(f"Invalid header <{name}>: printable ASCII, at most 996 characters in all.")
    body = simple["Body"]
    return Outgoing(
        source="",
        recipients=(),
        subject=simple["Subject"]["Data"],
        text=(body.get("Text") or {}).get("Data", ""),
        html=(body.get("Html") or {}).get("Data", ""),
        headers=headers,
    )


def _raw(data: str) -> Outgoing:
    try:
        message = email.message_from_bytes(base64.b64decode(data, validate=True), policy=email.policy.default)
    except binascii.Error as error:
        raise BadRequestError("Raw message data is not valid base64.") from error
    hidden = {"from", "to", "cc", "bcc", "subject", "x-ses-message-tags", "x-ses-configuration-set"}
    return Outgoing(
        source=str(message.get("From", "")),
        recipients=tuple(
            address.addr_spec
            for name in ("To", "Cc", "Bcc")
            for field_ in message.get_all(name, [])
            for address in field_.addresses
        ),
        subject=str(message.get("Subject", "")),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        headers={name: str(value) for name, value in message.items() if name.lower() not in hidden},
        tags=_header_tags(str(message.get("X-SES-MESSAGE-TAGS", ""))),
        configuration_set=message.get("X-SES-CONFIGURATION-SET"),
    )


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return str(part.get_content()) if part is not None else ""


def _header_tags(text: str) -> dict[str, str]:
    pairs = (pair.strip().partition("=") for pair in text.split(",") if pair.strip())
    return {name: value for name, _, value in pairs}


def _check_texts(outgoing: Outgoing) -> None:
    # JSON brings what the types do not promise; found here it is the sender's error, later it is ours.
    texts = [outgoing.source, outgoing.subject, outgoing.text, outgoing.html, outgoing.configuration_set or ""]
    named = [*outgoing.headers.items(), *outgoing.tags.items()]
    for text in (*texts, *outgoing.recipients, *(text for pair in named for text in pair)):
        if not isinstance(text, str):
            raise TypeError(f"{text!r} is no text")


def _check_tags(tags: Mapping[str, str]) -> None:
    for name, value in tags.items():
        for kind, form, content in (("name", _TAG_NAME, name), ("value", _TAG_VALUE, value)):
            if not form.fullmatch(content):
                rule = "only alphanumeric ASCII characters, '_', and '-' are allowed."
                raise BadRequestError(f"Invalid tag {kind} <{content}>: {rule}")
