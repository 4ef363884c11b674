"""Lists of customers and the search, as the views hold them once the stream is drained."""

from collections.abc import Iterator

import pytest

from tests.support import flow
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post
from tests.support.world import Api

PEOPLE = [
    {"name": "سارہ احمد", "email": "sara@example.com", "phone": "+923001234567", "owner": "sales"},
    {"name": "Anna Maria Anders", "email": "anna.anders@example.com", "owner": "sales"},
    {"name": "José Ångström", "phone": "+46701234567"},
    {"name": "सुनीता श्रेष्ठ", "owner": "till"},
    {"name": "ﷺ" * 60},
    {"name": "דוד בן־גוריון"},
    {"name": "Mary O’Brien–Kelly"},
]


@pytest.fixture(scope="module")
def shop() -> Iterator[Api]:
    """A few customers, and a drained stream; the tests only look."""
    with pytest.MonkeyPatch.context() as patch, in_memory(patch, memory=Memory(), post=Post()):
        for person in PEOPLE:
            assert Api().post("/customers", person).status == 201
        flow.settle()
        assert Api().get("/views/parked").body["items"] == []
        yield Api()


def found(api: Api, **query: str) -> list[str]:
    answer = api.get("/customers", query=query)
    assert answer.status == 200, answer.body
    return [item["name"] for item in answer.body["items"]]


@pytest.mark.parametrize(
    ("search", "name"),
    [
        ("سار", "سارہ احمد"),
        ("ساره", "سارہ احمد"),
        ("jose", "José Ångström"),
        ("ANG", "José Ångström"),
        ("सुनी", "सुनीता श्रेष्ठ"),
        ("sara@exam", "سارہ احمد"),
        ("+92 300 123", "سارہ احمد"),
        ("0300-1234567", "سارہ احمد"),
        ("۳۰۰۱۲۳", "سارہ احمد"),
        ("maria and", "Anna Maria Anders"),
        ("anders anna", "Anna Maria Anders"),
        ("גוריון", "דוד בן־גוריון"),
        ("בן גוריון", "דוד בן־גוריון"),
        ("O'Brien", "Mary O’Brien–Kelly"),
        ("kelly", "Mary O’Brien–Kelly"),
    ],
)
def test_anybody_is_found_by_the_beginning_of_any_word(shop: Api, search: str, name: str) -> None:
    assert found(shop, search=search) == [name]


def test_a_customer_with_two_fitting_words_is_found_once(shop: Api) -> None:
    assert found(shop, search="an") == ["Anna Maria Anders", "José Ångström"]
    assert found(shop, search="an maria a") == ["Anna Maria Anders"]
    first = shop.get("/customers", query={"search": "an", "limit": "1"}).body
    second = shop.get("/customers", query={"search": "an", "limit": "1", "cursor": first["next"]}).body
    assert [first["items"][0]["name"], second["items"][0]["name"]] == ["Anna Maria Anders", "José Ångström"]


@pytest.mark.parametrize("search", ["nobody", "maria nobody", "12"])
def test_what_fits_nobody_finds_nobody(shop: Api, search: str) -> None:
    assert found(shop, search=search) == []


def test_a_vowel_sign_left_out_is_a_slip_and_not_the_same_name(shop: Api) -> None:
    hits = shop.get("/customers", query={"search": "सनीता"}).body["items"]
    assert [(hit["name"], hit["match"]) for hit in hits] == [("सुनीता श्रेष्ठ", "similar")]


@pytest.mark.parametrize("search", [" - ", "%", "־", "#"])
def test_a_search_without_a_letter_or_digit_is_refused(shop: Api, search: str) -> None:
    answer = shop.get("/customers", query={"search": search})
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "search")


def test_the_list_is_by_name_and_complete(shop: Api) -> None:
    names = found(shop)
    assert len(names) == len(PEOPLE)
    assert names.index("Anna Maria Anders") < names.index("José Ångström")


def test_an_owner_sees_the_own_customers(shop: Api) -> None:
    assert sorted(found(shop, owner="sales")) == sorted(["سارہ احمد", "Anna Maria Anders"])
    assert found(shop, owner="nobody") == []
    assert found(shop, owner="sales", search="an") == ["Anna Maria Anders"]
    assert found(shop, owner="till", search="an") == []


def test_a_combination_that_needs_a_scan_is_refused_and_an_unknown_segment_is_404(shop: Api) -> None:
    assert shop.get("/customers", query={"segment": "x", "search": "a"}).status == 422
    assert shop.get("/customers", query={"segment": "x"}).status == 404
