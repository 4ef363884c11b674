"""What can go wrong, as classes; `core.http` turns them into problem documents.

CrmError
├── InvalidRequest           400  the body or header cannot be read at all
│   ├── BodyTooLarge         413
│   ├── UnsupportedBody      415
│   └── PreconditionMissing  428
├── NotSignedIn              401  nobody whom the gateway has made sure of
├── Forbidden                403  the role lacks the right
├── InvalidFields            422  understood, but fields are wrong
│   └── ForeignCursor        422
├── NotFound                 404
├── Conflict                 409
│   ├── KeyReused            409
│   ├── Duplicate            409  names the candidates
│   └── LimitReached         409  there can be no more of them
├── StaleVersion             412
├── TooManyRequests          429  try again after `retry_after` seconds
└── Unavailable              503  try again after `retry_after` seconds
    ├── StoreUnavailable
    │   └── ViewsBeingBuilt
    └── NotBuiltYet
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from crm.core import named
from crm.core.reason import Reason, all_of


@dataclass(frozen=True)
class FieldError:
    """One wrong field: a JSON pointer into the body (or a parameter's name) and what to do about it."""

    pointer: str
    reason: Reason


class CrmError(Exception):
    """Base of every error of this product; `title` is constant per class, `detail` says what happened here."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    slug = "internal"
    title = Reason("Something went wrong here")

    def __init__(self, detail: str, *, fields: tuple[FieldError, ...] = (), **extensions: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.fields = fields
        self.extensions = extensions

    @property
    def reason(self) -> Reason:
        """What happened here, for whoever speaks another language: in all words where there are any, else the title."""
        return self.detail if isinstance(self.detail, Reason) else Reason.meaning(self.detail, self.title)


class InvalidRequest(CrmError):
    status = HTTPStatus.BAD_REQUEST
    slug = "invalid-request"
    title = Reason("The request cannot be read")


class BodyTooLarge(InvalidRequest):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    slug = "body-too-large"
    title = Reason("The body is too large")


class UnsupportedBody(InvalidRequest):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    slug = "unsupported-body"
    title = Reason("The body is not JSON")


class PreconditionMissing(InvalidRequest):
    status = HTTPStatus.PRECONDITION_REQUIRED
    slug = "precondition-required"
    title = Reason("A change needs If-Match")


class NotSignedIn(CrmError):
    """Without a detail of its own: what was asked for is nobody's business."""

    status = HTTPStatus.UNAUTHORIZED
    slug = "not-signed-in"
    title = Reason("Nobody is signed in")

    def __init__(self) -> None:
        super().__init__("sign in, and send the access token, or a key")


class Forbidden(CrmError):
    """Tells nothing of what was asked for; where a permission is missing, which one, and its sentence (`says`)."""

    status = HTTPStatus.FORBIDDEN
    slug = "forbidden"
    title = Reason("Your role does not allow this")

    def __init__(self, permission: str | None = None, *, says: str = "") -> None:
        whom = "ask whoever gives out roles in your business"
        if permission is None:
            super().__init__(whom)
        else:
            super().__init__(f"it needs {permission} ({says.rstrip('.')}); {whom}", permission=permission)


class InvalidFields(CrmError):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    slug = "invalid-fields"
    title = Reason("Some fields are not acceptable")

    @classmethod
    def one(cls, pointer: str, reason: Reason) -> "InvalidFields":
        """The usual case: a single wrong field."""
        return cls.of([FieldError(pointer, reason)])

    @classmethod
    def of(cls, wrong: Iterable[FieldError]) -> "InvalidFields":
        """Several wrong fields at once, so that whoever mends them is not sent back for each."""
        fields = tuple(wrong)
        return cls("; ".join(f"{one.pointer}: {one.reason}" for one in fields), fields=fields)

    @property
    def reason(self) -> Reason:
        if not self.fields:
            return super().reason
        each = [Reason("{field}: {why}", field=named.field(one.pointer), why=one.reason) for one in self.fields]
        return Reason.meaning(self.detail, "{reasons}", reasons=all_of(each))


class ForeignCursor(InvalidFields):
    """The place where a part of a list begins was not handed out, or of another list, to another caller."""

    @classmethod
    def at(cls, named: str) -> InvalidFields:
        """`named`: where the cursor stood."""
        return cls.one(named, Reason("not a cursor of this list; ask for the first page again"))


def require_each(*checks: Callable[[], object]) -> None:
    """Make checks that do not depend on each other. Raises InvalidFields with all that they find wrong."""
    wrong: list[FieldError] = []
    for check in checks:
        try:
            check()
        except InvalidFields as refused:
            wrong += refused.fields
    if wrong:
        raise InvalidFields.of(wrong)


class NotFound(CrmError):
    status = HTTPStatus.NOT_FOUND
    slug = "not-found"
    title = Reason("There is no such thing")


class Conflict(CrmError):
    status = HTTPStatus.CONFLICT
    slug = "conflict"
    title = Reason("This conflicts with what is stored")

    def __init__(self, detail: Reason, **extensions: Any) -> None:
        super().__init__(detail, **extensions)


class KeyReused(Conflict):
    """`detail` says to send another key; whoever filled in a form knows of none."""

    slug = "idempotency-key-reused"
    title = Reason("The Idempotency-Key was used for another request")

    def __init__(self, detail: str) -> None:
        super().__init__(Reason.meaning(detail, "this form has been sent already with something else in it"))


class Duplicate(Conflict):
    slug = "duplicate"
    title = Reason("Somebody with this contact is known already")


class LimitReached(Conflict):
    slug = "limit-reached"
    title = Reason("There can be no more of these")


class StaleVersion(CrmError):
    status = HTTPStatus.PRECONDITION_FAILED
    slug = "stale-version"
    title = Reason("Somebody else changed it first")


class TooManyRequests(CrmError):
    """`retry_after`: seconds until there is room again."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    slug = "too-many-requests"
    title = Reason("That was too often")

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(CrmError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "unavailable"
    title = Reason("Not available right now")
    retry_after = 2


class StoreUnavailable(Unavailable):
    slug = "store-unavailable"
    title = Reason("The store does not answer right now")


class ViewsBeingBuilt(StoreUnavailable):
    slug = "views-being-built"
    title = Reason("The views are being built anew")
    retry_after = 30


class NotBuiltYet(Unavailable):
    slug = "not-built-yet"
    title = Reason("This view is still being built")
