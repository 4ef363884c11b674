"""The mail endpoint of the functions (AWS_ENDPOINT_URL_SESV2): SES in front of the engine.

SendEmail is checked as SES checks it, sent by the engine (which knows the identities), put into the mailbox,
and followed by the events that the engine leaves out. Account, identities and suppression list are answered here;
everything else goes to the engine as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.clock_desk import instant
from infra.local.event_pattern import matches
from infra.local.forwarding import forward
from infra.local.host_view import HostView
from infra.local.http_message import Request, Response, json_response
from infra.local.listener import Listener
from infra.local.mailbox import Mail, Mailbox, MailWriter, customer_of
from infra.local.names import REGION
from infra.local.outgoing import BadRequestError, Outgoing, parse_outgoing
from infra.local.ses_account import SesAccount
from infra.local.ses_events import Accepted, events

SEND = ("POST", "/v2/email/outbound-emails")

Publish = Callable[[str, str], Any]


class MailEndpoint:
    """Answers SESv2 calls; `handle` is thread-safe. `publish(queue_url, body)` puts an event onto a queue."""

    def __init__(self, host: HostView, publish: Publish) -> None:
        self._host = host
        self._publish = publish
        self._account = SesAccount(host.directory, Mailbox(host.directory).mails())
        self._writer = MailWriter(host.directory)
        self._listener = Listener(host.ses_port, self.handle, host.log)

    @property
    def port(self) -> int:
        return self._listener.port

    def start(self) -> None:
        """Listens. Raises listener.PortTakenError."""
        self._listener.start()

    def stop(self) -> None:
        self._listener.stop()
        self._writer.close()

    def handle(self, request: Request) -> Response:
        if (request.method, request.path) == SEND:
            return self._send(request)
        return self._account.answer(request, now=self._host.clock.now()) or self._forward(request)

    def _send(self, request: Request) -> Response:
        sets = self._host.stack.configuration_sets
        try:
            outgoing = parse_outgoing(request.body, sets)
        except BadRequestError as refused:
            return _error(400, "BadRequestException", str(refused))
        now = self._host.clock.now()
        if refusal := self._account.refusal(outgoing.recipients, now=now):
            return _error(*refusal)
        response = self._forward(request)
        if response.status == 200:
            self._account.took(now)
            suppressed = frozenset(self._account.terms().suppressed)
            accepted = Accepted(outgoing, json.loads(response.body)["MessageId"], now, suppressed)
            self._writer.append(_mail(accepted))
            self._publish_events(accepted)
        return response

    def _publish_events(self, accepted: Accepted) -> None:
        name = accepted.outgoing.configuration_set
        listed = self._host.stack.configuration_sets[name] if name is not None else ()
        wanted = {kind.upper() for kind in listed}  # CloudFormation writes `send`, the API `SEND`
        for event in (event for kind, event in events(accepted) if kind in wanted):
            for url in self._targets(event):
                try:
                    self._publish(url, json.dumps(event))
                except (
                    BotoCoreError,
                    ClientError,
                ) as error:  # the mail is sent; SES's events are best effort
                    self._host.log(f"{event['detail-type']} for {accepted.message_id} was lost: {error}")

    def _targets(self, event: dict[str, Any]) -> list[str]:
        rules = self._host.stack.event_rules
        return [url for rule in rules if matches(rule.pattern, event) for url in rule.queue_urls]

    def _forward(self, request: Request) -> Response:
        try:
            return forward(self._host.engine_url, request)
        except OSError as error:
            self._host.log(f"the engine did not answer {request.method} {request.path}: {error}")
            return _error(503, "ServiceUnavailable", "The local engine does not answer.")


def serve(host: HostView) -> MailEndpoint:
    """The mail endpoint of a host; `.start()` listens on `host.ses_port`, `.stop()` ends it."""
    queues = boto3.client(
        "sqs",
        endpoint_url=host.engine_url,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106  the engine asks for some, and checks none
        config=Config(connect_timeout=2, read_timeout=10, max_pool_connections=32),
    )
    return MailEndpoint(host, lambda url, body: queues.send_message(QueueUrl=url, MessageBody=body))


def _mail(accepted: Accepted) -> Mail:
    outgoing: Outgoing = accepted.outgoing
    key = outgoing.tags.get("message", "")
    to = ", ".join(outgoing.recipients)
    named = {"From": outgoing.source, "To": to, "Subject": outgoing.subject}
    languages = [value for name, value in outgoing.headers.items() if name.lower() == "content-language"]
    return Mail(
        key=key,
        to=to,
        subject=outgoing.subject,
        text=outgoing.text,
        html=outgoing.html,
        headers={**named, "Message-ID": accepted.message_id, **outgoing.headers},
        language=languages[0] if languages else None,
        customer_id=customer_of(key),
        sent_at=instant(accepted.at),
    )


def _error(status: int, name: str, message: str) -> Response:
    return json_response(status, {"message": message}, (("x-amzn-errortype", name),))
