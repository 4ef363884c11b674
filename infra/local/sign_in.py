"""How staff sign in, as the template's user pool says; the local issuer and the stand-in for Cognito keep to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.local.template import Resource

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_PAGES = ("CallbackURLs", "LogoutURLs")


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """A user pool with the client of programs of the staff; times in seconds.

    `others`: clients of the same pool whose tokens the API does not take, such as the console's.

    `invitation`: subject and text of the mail to who is invited, with `{username}` and `{####}` in them.
    """

    pool: str
    client: str
    pages: Sequence[str]
    scopes: Sequence[str]
    groups: Sequence[str]
    access_seconds: int
    refresh_seconds: int
    invitation: tuple[str, str]
    others: Sequence[str] = ()

    @property
    def clients(self) -> Sequence[str]:
        return (self.client, *self.others)


def read(resources: Mapping[str, Resource]) -> SignIn | None:
    """The user pool of the template; None where it has none, as with an issuer of one's own."""
    by_kind: dict[str, list[Resource]] = {}
    for resource in resources.values():
        by_kind.setdefault(resource.kind.removeprefix("AWS::Cognito::"), []).append(resource)
    if "UserPool" not in by_kind:
        return None
    (pool,), (client, *others) = by_kind["UserPool"], by_kind["UserPoolClient"]
    units, told = client.properties["TokenValidityUnits"], client.properties
    pages = (page for one in (client, *others) for name in _PAGES for page in one.properties.get(name, ()))
    invitation = pool.properties["AdminCreateUserConfig"]["InviteMessageTemplate"]
    return SignIn(
        pool=pool.name,
        client=client.name,
        pages=tuple(dict.fromkeys(pages)),
        scopes=tuple(told["AllowedOAuthScopes"]),
        groups=tuple(group.properties["GroupName"] for group in by_kind.get("UserPoolGroup", ())),
        access_seconds=int(told["AccessTokenValidity"]) * SECONDS[units["AccessToken"]],
        refresh_seconds=int(told["RefreshTokenValidity"]) * SECONDS[units["RefreshToken"]],
        invitation=(invitation["EmailSubject"], invitation["EmailMessage"]),
        others=tuple(one.name for one in others),
    )
