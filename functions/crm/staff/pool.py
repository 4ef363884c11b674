"""The user pool that staff sign in at: Cognito's own errors, told apart by what they mean for us."""

from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from crm.core.config import settings
from crm.core.errors import StoreUnavailable

_PASSING = frozenset(
    {"InternalErrorException", "ServiceUnavailable", "ThrottlingException", "TooManyRequestsException"}
)


class Refused(Exception):
    """Cognito refuses a call for good; `kind` is its name for it, such as `UsernameExistsException`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@lru_cache(maxsize=1)
def client() -> Any:
    """The client of this process. One attempt a call: whether a first one was heard is for `accounts` to find out."""
    config = Config(connect_timeout=1, read_timeout=10, retries={"total_max_attempts": 1})
    return boto3.client("cognito-idp", config=config)


def invite(staff_id: str, *, email: str) -> None:
    """Make an account and mail its first password. Raises Refused, StoreUnavailable, botocore's errors."""
    _call("admin_create_user", staff_id, **_reached_at(email), DesiredDeliveryMediums=["EMAIL"])


def invite_again(staff_id: str, *, email: str) -> None:
    """Mail another first password to who has not signed in yet. Raises as `invite` does."""
    _call("admin_create_user", staff_id, **_reached_at(email), DesiredDeliveryMediums=["EMAIL"], MessageAction="RESEND")


def tell_address(staff_id: str, *, email: str) -> None:
    """The address by which they sign in, and get a forgotten password anew."""
    _call("admin_update_user_attributes", staff_id, **_reached_at(email))


def let_in(staff_id: str) -> None:
    """They may sign in (again)."""
    _call("admin_enable_user", staff_id)


def shut_out(staff_id: str) -> None:
    """They may not sign in, and what they have signed in with renews nothing."""
    _call("admin_disable_user", staff_id)
    sign_out(staff_id)


def sign_out(staff_id: str) -> None:
    """Whatever they have signed in with renews nothing any more; access tokens are refused by the guard."""
    _call("admin_user_global_sign_out", staff_id)


def _reached_at(email: str) -> dict[str, Any]:
    verified = {"Name": "email_verified", "Value": "true"}
    return {"UserAttributes": [{"Name": "email", "Value": email}, verified]}


def _call(operation: str, staff_id: str, **parameters: Any) -> None:
    try:
        getattr(client(), operation)(UserPoolId=settings().staff_pool, Username=staff_id, **parameters)
    except ClientError as error:
        kind = error.response["Error"]["Code"]
        if kind in _PASSING:
            raise StoreUnavailable("Cognito is busy") from error
        raise Refused(kind) from error
