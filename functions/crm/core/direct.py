"""Calls of AWS's JSON services straight over a kept connection; what does not succeed at once is botocore's.

botocore asks its rules where the service is, walks through every value by the service's description, signs by general
rules and tells a dozen listeners of each step: most of what a page costs, and making a client reads 1.5 MB of
descriptions, a third of a start. All of it comes to the same JSON under the same signature each time, which is made
here. Nothing else is: an answer other than 200, one that does not fit its checksum, no answer at all are handed to
botocore's own client as what its own first try met, so errors, tries and pauses are botocore's, and so is every
operation that is not listed. A test holds the two against each other.
"""

import secrets
import threading
from binascii import crc32
from functools import cached_property, partial
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import quote

from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from crm.core import clock, config, wire
from crm.core.channel import Answer, Broken, Channel, Unconnected
from crm.core.sigv4 import Signer

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.credentials import Credentials
    from botocore.session import Session


class Service(NamedTuple):
    """Its name, and how its calls are named: by the header `x-amz-target` and the version of their JSON."""

    name: str
    target: str
    version: str


DYNAMODB = Service("dynamodb", "DynamoDB_20120810", "1.0")
SSM = Service("ssm", "AmazonSSM", "1.1")
OPERATIONS = {
    "batch_get_item": "BatchGetItem",
    "delete_item": "DeleteItem",
    "get_item": "GetItem",
    "get_parameter": "GetParameter",
    "put_item": "PutItem",
    "query": "Query",
    "scan": "Scan",
    "transact_get_items": "TransactGetItems",
    "transact_write_items": "TransactWriteItems",
    "update_item": "UpdateItem",
}
"""By the name of the method; instants in answers stay the numbers that they travel as."""
_DIRECT = frozenset(OPERATIONS.values())
_whole_call = BaseClient._make_api_call  # type: ignore[attr-defined]


class Client:
    """Stands in for botocore's client of a service: the same methods, and for all but `OPERATIONS` its own."""

    # PynamoDB makes itself another client where there is a signer without credentials.
    _request_signer = None

    def __init__(self, service: Service, *, session: "Session", how: "Config") -> None:
        self._service, self._session, self._how = service, session, how
        self._lock, self._met = threading.Lock(), threading.local()
        self._found: _Way | None = None

    def __getattr__(self, name: str) -> Any:
        if operation := OPERATIONS.get(name):
            return lambda **asked: self._make_api_call(operation, asked)
        return getattr(self.whole, name)

    @cached_property
    def whole(self) -> Any:
        """botocore's own client, made when it is first needed."""
        with self._lock:
            return self.__dict__.get("whole") or self._made()

    def _made(self) -> Any:
        made: Any = self._session.create_client(self._service.name, config=self._how)
        made.meta.events.register_first(f"before-send.{self._service.name}", self._as_met)
        return made

    def _make_api_call(self, operation: str, asked: dict[str, Any]) -> Any:
        """Under botocore's own name, which PynamoDB calls. Raises what botocore raises."""
        way = self._way
        if operation not in _DIRECT or way is None:
            return _whole_call(self.whole, operation, asked)
        if operation == "TransactWriteItems":
            # All tries are one transaction, ours as well.
            asked = {"ClientRequestToken": secrets.token_hex(16), **asked}
        try:
            body = wire.written(asked)
        except TypeError:
            return _whole_call(self.whole, operation, asked)
        answer = self._exchanged(operation, body, way)
        if isinstance(answer, Answer) and answer.status == HTTPStatus.OK and _is_whole(answer):
            return {**wire.decoded(answer.body), "ResponseMetadata": _about(answer)}
        return self._handed_over(operation, asked, answer)

    def _exchanged(self, operation: str, body: bytes, way: "_Way") -> Answer | Exception:
        """The answer, or botocore's error for there being none."""
        more = {
            "content-type": f"application/x-amz-json-{self._service.version}",
            "x-amz-target": f"{self._service.target}.{operation}",
        }
        told = way.signer(self._service.name).headers(body, at=clock.signing(), more=more)
        if trace := config.trace():
            told["x-amzn-trace-id"] = quote(trace, safe="-=;:+&[]{}\"',")
        try:
            return way.channel.post(told, body)
        except TimeoutError as late:
            return ReadTimeoutError(endpoint_url=way.url, error=late)
        except Broken as broken:
            return ConnectionClosedError(endpoint_url=way.url, error=broken)
        except Unconnected as none:
            kind = ConnectTimeoutError if isinstance(none.__cause__, TimeoutError) else EndpointConnectionError
            return kind(endpoint_url=way.url, error=none)

    def _handed_over(self, operation: str, asked: dict[str, Any], met: Answer | Exception) -> Any:
        self._met.met = met
        try:
            return _whole_call(self.whole, operation, asked)
        finally:
            self._met.met = None

    def _as_met(self, request: Any, **_: object) -> AWSResponse | None:
        """What botocore's first try meets, where one of ours has met it before."""
        met, self._met.met = getattr(self._met, "met", None), None
        if isinstance(met, Exception):
            raise met
        return AWSResponse(request.url, met.status, met.headers, _Raw(met.body)) if met else None

    @property
    def _way(self) -> "_Way | None":
        """None where botocore has to say where the service is, and while there are no credentials."""
        if self._found is None and (url := config.settings().plain_address(self._service.name)):
            self._found = _way(url, self._session, self._how)
        return self._found


class _Way(NamedTuple):
    """To a service, as who."""

    url: str
    region: str
    channel: Channel
    credentials: "Credentials"

    def signer(self, service: str) -> Signer:
        """With the credentials as they are now: others than Lambda's run out, and are fetched anew."""
        whose: Any = self.credentials.get_frozen_credentials()
        host = self.url.partition("://")[2].rstrip("/")
        return Signer(whose.access_key, whose.secret_key, whose.token, self.region, service, host)


def _way(url: str, session: "Session", how: "Config") -> _Way | None:
    credentials, times = session.get_credentials(), cast("Any", how)
    if credentials is None:
        return None
    channel = Channel(url, connect_seconds=times.connect_timeout, read_seconds=times.read_timeout)
    return _Way(url, config.settings().region, channel, credentials)


class _Raw(BytesIO):
    """A body as botocore reads it."""

    def stream(self) -> Any:
        """All of it in parts."""
        return iter(partial(self.read, -1), b"")


def _is_whole(answer: Answer) -> bool:
    """Whether the body is what DynamoDB's checksum is of; others send none."""
    told = answer.headers.get("x-amz-crc32")
    return told is None or told == str(crc32(answer.body))


def _about(answer: Answer) -> dict[str, Any]:
    return {
        "RequestId": answer.headers.get("x-amzn-requestid", ""),
        "HTTPStatusCode": answer.status,
        "HTTPHeaders": answer.headers,
        "RetryAttempts": 0,
    }
