"""What a server answers when no request comes of what it was sent."""

from __future__ import annotations

from infra.local.http_message import Response, json_response


class WireError(Exception):
    """A request that is answered without reaching anybody; the connection is closed after it."""

    status = 400
    message = "Bad Request"

    @property
    def response(self) -> Response:
        return json_response(self.status, {"message": self.message})


class MalformedError(WireError):
    """Not HTTP/1.1, or ambiguous in a way that hides a second request in the first."""


class TooSlowError(WireError):
    status, message = 408, "Request Timeout"


class BodyTooLargeError(WireError):
    status, message = 413, "Request Entity Too Large"


class ExpectationError(WireError):
    status, message = 417, "Expectation Failed"


class HeadTooLargeError(WireError):
    status, message = 431, "Request Header Fields Too Large"


class UnknownCodingError(WireError):
    status, message = 501, "Not Implemented"


class DisconnectedError(Exception):
    """The peer went away; nobody is there to be answered."""
