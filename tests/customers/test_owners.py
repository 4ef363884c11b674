"""Whoever is named as the owner of a customer works here, once the business has entered anybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.imports.office import Office, table
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post
from tests.support.world import Api

ANY = {"if-match": "*"}


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with in_memory(monkeypatch, memory=Memory(), post=Post()):
        yield Office()


def enter(api: Api, *names: str) -> None:
    for name in names:
        assert api.post("/staff", {"id": name, "name": name}, role="owner").status == 201


def test_nobody_who_does_not_work_here_is_given_a_customer(office: Office) -> None:
    api = office.api
    before = api.post("/customers", {"name": "Sunita", "owner": "gone"})
    assert before.status == 201, "nobody is entered yet: tokens alone say who there is"
    enter(api, "sales")
    made = api.post("/customers", {"name": "Sara", "owner": "sales"})
    assert made.status == 201
    customer = f"/customers/{made.body['id']}"
    for refused in (
        api.post("/customers", {"name": "Bilal", "owner": "slaes"}),
        api.patch(customer, {"owner": "slaes"}, headers=ANY),
    ):
        assert (refused.status, refused.body["errors"][0]["pointer"]) == (422, "/owner")
        assert "GET /staff" in refused.body["detail"]
    assert api.get(customer).body["owner"] == "sales"
    assert api.patch(customer, {"owner": None}, headers=ANY).status == 200
    # Who asks is known by their token; and what stands there already may stay.
    assert api.patch(customer, {"owner": "manager"}, headers=ANY, caller="manager").status == 200
    assert api.patch(f"/customers/{before.body['id']}", {"owner": "gone", "name": "S"}, headers=ANY).status == 200


def test_a_row_of_a_file_that_names_one_is_refused_with_the_remedy(office: Office) -> None:
    enter(office.api, "sales")
    shown = office.bring_in(table(("name", "owner"), [("Anna", "sales"), ("Bilal", "slaes")]))
    assert (shown["counts"]["created"], shown["counts"]["refused"]) == (1, 1)
    (row,) = office.rows(shown["id"], "refused")
    assert "owner: there is no such member of staff" in row["reason"]
    assert "enter the member first" in row["remedy"]
    assert office.customer("Anna")["owner"] == "sales"
