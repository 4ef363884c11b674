"""The lists follow what happens to a customer."""

from crm.views import service as views
from tests.segments.groups import call, customer
from tests.support import flow
from tests.support.world import Api


def found(api: Api, **query: str) -> list[str]:
    return [item["name"] for item in api.get("/customers", query=query).body["items"]]


def test_a_changed_name_is_found_and_the_old_one_is_not(api: Api) -> None:
    found_id = api.post("/customers", {"name": "Anna Maria Anders"}).body["id"]
    flow.settle()
    api.patch(f"/customers/{found_id}", {"name": "Zelda Nord"}, headers={"if-match": "1"})
    flow.settle()
    assert found(api, search="zel") == ["Zelda Nord"]
    assert found(api, search="maria") == []
    api.delete(f"/customers/{found_id}", headers={"if-match": "2"})
    views.refresh_batch([(f"CUSTOMER#{found_id}", "PROFILE")])
    assert found(api, search="zel") == []
    assert found(api) == []


def test_a_customer_moves_to_the_lists_of_the_new_tag_owner_and_language(api: Api) -> None:
    ids = {name: customer(api, name, tags=["vip"], owner="sales", language="ur") for name in ("Asma", "Bano")}
    flow.settle()
    api.patch(
        f"/customers/{ids['Asma']}", {"tags": ["new"], "owner": "till", "language": "he"}, headers={"if-match": "*"}
    )
    call(api, ids["Bano"], at="2026-02-01T10:00:00Z")
    flow.settle()
    assert (
        found(api, tag="vip") == found(api, language="ur") == found(api, owner="sales", sort="last_contact") == ["Bano"]
    )
    assert found(api, tag="new") == found(api, language="he") == found(api, owner="till", sort="newest") == ["Asma"]
    assert found(api, sort="last_contact") == ["Asma", "Bano"]
