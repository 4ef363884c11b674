"""Mail that comes in, as SES brings it: with its findings on top, into a bucket, whose event goes to the rules' queues.

There is no mailbox to ask: whoever tries it posts the mail to `/_local/mail/incoming`. From the bucket on everything is
as in the cloud, whether or not the template's rules of SES are there.
"""

from __future__ import annotations

import email.utils
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from email.parser import BytesHeaderParser
from typing import Any

import boto3
from botocore.config import Config

from infra.local.event_pattern import matches
from infra.local.host_view import HostView
from infra.local.names import REGION
from infra.local.problems import Problem

NAME = "incoming"
PREFIX = "inbox/"
VERDICTS = ("pass", "fail", "none")
_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")


def arrive(host: HostView, raw: bytes, *, dmarc: str) -> str:
    """Put a raw mail (RFC 5322) where SES puts it; the key. `dmarc`: what SES found about its sender.

    Raises Problem (400) where nothing was sent, or the template takes no mail in.
    """
    if not raw.strip():
        raise Problem(400, "No mail", "Send the raw mail as the body: curl --data-binary @mail.eml …")
    if dmarc not in VERDICTS:
        raise Problem(400, "No verdict", f"dmarc={dmarc!r} is none of {', '.join(VERDICTS)}.")
    key = f"{PREFIX}{secrets.token_hex(20)}"
    events = {bucket: _created(bucket, key) for bucket in host.stack.buckets}
    wanted = {bucket: told for bucket, event in events.items() if (told := list(_messages(host, event)))}
    if not wanted:
        raise Problem(400, "No inbox", "No rule of the template asks for objects that are created under inbox/.")
    for bucket, told in wanted.items():
        _client(host, "s3").put_object(Bucket=bucket, Key=key, Body=_findings(raw, dmarc) + raw)
        for url, message in told:
            _client(host, "sqs").send_message(QueueUrl=url, MessageBody=message)
    return key


def _findings(raw: bytes, dmarc: str) -> bytes:
    """The headers that SES writes above those of the sender."""
    sender = email.utils.parseaddr(str(BytesHeaderParser().parsebytes(raw).get("From", "")))[1]
    domain = re.sub(r"[^a-z0-9.-]", "", sender.rpartition("@")[2].lower()) or "unknown"
    results = f"amazonses.com; spf={dmarc} smtp.mailfrom={domain}; dkim={dmarc} header.i=@{domain}; dmarc={dmarc}"
    lines = ("X-SES-Spam-Verdict: PASS", "X-SES-Virus-Verdict: PASS", f"Authentication-Results: {results}")
    return "".join(f"{line}\r\n" for line in lines).encode()


def _created(bucket: str, key: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"""
    detail = {
        "bucket": {"name": bucket},
        "object": {"key": key},
        "reason": "PutObject",
        "requester": "ses.amazonaws.com",
    }
    return {"source": "aws.s3", "detail-type": "Object Created", "region": REGION, "detail": detail}


def _messages(host: HostView, event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What each queue gets whose rule the event fits."""
    for rule in host.stack.event_rules:
        if matches(rule.pattern, event):
            for url in rule.queue_urls:
                yield url, _written(event, rule.transformers.get(url))


def _written(event: Mapping[str, Any], transformer: Mapping[str, Any] | None) -> str:
    if transformer is None:
        return json.dumps(event)
    paths = transformer.get("InputPathsMap", {})
    return _PLACEHOLDER.sub(lambda found: json.dumps(_at(event, paths[found[1]])), transformer["InputTemplate"])


def _at(event: Any, path: str) -> Any:
    """The value at a path such as `$.detail.object.key`."""
    for name in path.removeprefix("$.").split("."):
        event = event[name]
    return event


def _client(host: HostView, service: Any) -> Any:
    return boto3.client(
        service,
        endpoint_url=host.engine_url,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106  the engine asks for some, and checks none
        config=Config(connect_timeout=2, read_timeout=10, s3={"addressing_style": "path"}),
    )
