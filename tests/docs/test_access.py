"""docs/access.md and the policy say the same, and the policy knows every route."""

from __future__ import annotations

import pytest

from crm.access import rules
from handlers import api, console
from infra.build import access_page


def operations() -> set[str]:
    document = api.application().get_openapi_schema(title="CRM", version="1").model_dump(by_alias=True)
    verbs = ("get", "post", "put", "patch", "delete")
    return {f"{verb.upper()} {path}" for path, item in document["paths"].items() for verb in verbs if item.get(verb)}


def test_the_page_is_made_from_the_policy() -> None:
    assert access_page.PAGE.read_text("utf-8") == access_page.text(rules.policy()), "run `make access`"


def test_every_route_stands_in_the_policy_and_no_other() -> None:
    table = rules.policy()
    assert {*table.routes, *table.signed_in} == operations() | set(console.PAGES)
    assert not set(table.routes) & table.signed_in


def test_every_permission_is_needed_by_a_route_and_held_by_a_role_beside_the_owners() -> None:
    table = rules.policy()
    assert set(table.routes.values()) | {"exports.everything"} == set(table.permissions)
    held = {name for role in table.roles.values() if role.name != "owner" for name in role.rights}
    assert set(table.permissions) - held == {"audit.read", "keys.manage", "roles.manage"}


def test_the_owner_may_everything_and_sees_every_field() -> None:
    owner = rules.policy().roles["owner"]
    assert owner.rights == dict.fromkeys(rules.policy().permissions, "all")
    assert owner.hidden == frozenset()


@pytest.mark.parametrize("role", rules.policy().roles.values(), ids=lambda role: role.name)
def test_a_role_says_in_a_sentence_what_it_is(role: rules.Role) -> None:
    assert role.says.endswith(".")
    assert rules.policy().roles["owner"].holds(role)


def test_a_policy_with_a_misspelt_permission_is_no_policy() -> None:
    permissions = {"everybody": {}, "business": {"staff.read": "See."}, "needs_all_fields": []}
    table = {
        "permissions": {**permissions, "customers": {"customers.read": "See."}},
        "hideable": {},
        "named": {},
        "roles": {"all": {"says": "x", "all": ["customers.read"]}},
        "routes": {"GET /customers": "customers.red"},
    }
    with pytest.raises(ValueError, match=r"customers\.red"):
        rules.parsed(table)
    with pytest.raises(ValueError, match=r"customers\.red"):
        rules.parsed({**table, "routes": {}, "roles": {"all": {"says": "x", "own": ["customers.red"]}}})
    with pytest.raises(ValueError, match="for some customers only"):
        rules.parsed({**table, "routes": {}, "roles": {"all": {"says": "x", "own": ["staff.read"]}}})
