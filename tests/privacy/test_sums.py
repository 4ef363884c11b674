"""An erasure leaves no sum that is called by a word of the person's, and loses nothing that others add meanwhile."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from crm.core import views
from crm.core.places import Person
from crm.core.projection import EPOCH_KEY
from crm.views import emptied, findings
from crm.views.findings import Finding
from tests.support import faults
from tests.support.cloud import Cloud, at

if TYPE_CHECKING:
    from collections.abc import Iterator

ANY = {"if-match": "*"}
ZARA = {
    "name": "Zara",
    "tags": ["Velvet Club", "everybody"],
    "source": "the radio",
    "birthday": "1990-01-01",
    "income_band": "of the velvets",
}
WORDS = ("velvet", "Velvet", "radio")
EVERYBODY = {"field": "name", "op": "exists", "value": True}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    found = Cloud(at("2026-11-21T03:00Z"))
    with found.running():
        yield found


def lived(cloud: Cloud, *, name: str = "Zara") -> str:
    """Zara among others; her id."""
    made = cloud.api.post("/customers", {**ZARA, "name": name})
    cloud.api.post("/customers", {"name": "Omar", "tags": ["everybody"], "source": "shop", "birthday": "1980-05-01"})
    cloud.settle()
    return str(made.body["id"])


def group(cloud: Cloud, name: str = "All") -> str:
    made = cloud.api.post("/segments", {"name": name, "rule": EVERYBODY})
    assert made.status in (201, 202), made.body
    cloud.settle()
    return str(made.headers["location"])


def erase(cloud: Cloud, customer_id: str) -> dict[str, Any]:
    assert cloud.api.post(f"/customers/{customer_id}/erasure").status == 202
    cloud.settle()
    return dict(cloud.api.get(f"/erasures/{customer_id}").body)


def left(cloud: Cloud) -> list[str]:
    text = str(cloud.memory.tables["views"])
    return [word for word in WORDS if word in text]


def sums(cloud: Cloud) -> dict[str, dict[str, dict[str, int]]]:
    """All sums by what people said of themselves, without those that come to nothing."""
    pks = {pk for pk, _ in cloud.memory.tables["views"] if pk.startswith("TOTAL#")}
    found = {
        pk: {name: {word: int(n) for word, n in one.items()} for name, one in views.totals(pk).items()} for pk in pks
    }
    return {
        pk: {name: one for name, one in of.items() if one and name not in ("sum", "flow")} for pk, of in found.items()
    }


def test_nothing_is_called_by_their_words_and_others_are_counted_as_before(cloud: Cloud) -> None:
    group(cloud)
    zara = lived(cloud)
    assert left(cloud) == list(WORDS)
    shown = erase(cloud, zara)
    assert left(cloud) == []
    assert shown["erased"]["names of sums"] >= 3
    (counted,) = [of for pk, of in sums(cloud).items() if pk.startswith("TOTAL#SEGMENT#")]
    assert (counted["by"]["owner:-"], [word for word in counted["by"] if word.startswith("income")]) == (
        1,
        ["income:unknown"],
    )
    assert sums(cloud)["TOTAL#TAGS"] == {"=everybody": {"customers": 1, "as everybody": 1}}
    assert sums(cloud)["TOTAL#BIRTHDAYS"] == {"shop": {"birthdays": 1}}


def test_words_of_before_a_change_and_of_groups_that_are_gone_go_as_well(cloud: Cloud) -> None:
    kept, gone = group(cloud, "Kept"), group(cloud, "Gone")
    zara = lived(cloud)
    assert cloud.api.delete(gone, headers=ANY).status in (202, 204)
    rule = {"field": "kind", "op": "eq", "value": "person"}
    assert cloud.api.patch(kept, {"rule": rule}, headers=ANY).status == 200
    changed = {"tags": ["plain"], "source": "shop", "income_band": "plain"}
    assert cloud.api.patch(f"/customers/{zara}", changed, headers=ANY).status == 200
    cloud.settle()
    assert left(cloud) == list(WORDS)
    erase(cloud, zara)
    assert left(cloud) == []
    # The next one looks through what is kept, and through nothing that is gone.
    looked = views.item(emptied.LOOKED_THROUGH)
    assert looked is not None
    assert (len(looked["open"]), int(looked["until"])) == (1, int(cloud.memory.tables["crm"][EPOCH_KEY]["epoch"]["N"]))


def test_sums_under_both_numbers_of_a_recount_and_under_one_that_is_read_no_more_are_rid_of_them(cloud: Cloud) -> None:
    group(cloud)
    zara = lived(cloud)
    cloud.api.post("/views/reconcile")
    cloud.settle()
    cloud.wait(minutes=16).settle()
    cloud.wait(minutes=16).settle()
    numbers = {sk.rpartition("#")[0] for pk, sk in cloud.memory.tables["views"] if pk == "TOTAL#TAGS"}
    assert len(numbers) == 4, "each tag under the old number and the new"
    erase(cloud, zara)
    assert left(cloud) == []


def test_whoever_joins_at_any_moment_is_counted(cloud: Cloud) -> None:
    """The same words, by somebody else, between any two calls of it."""
    group(cloud)
    for call in range(1, 200):
        zara = lived(cloud)
        assert cloud.api.delete(f"/customers/{zara}", headers=ANY).status == 204
        cloud.settle()
        joined: list[str] = []

        def join(joined: list[str] = joined) -> None:
            joined.append(cloud.api.post("/customers", {**ZARA, "name": "Second"}).headers["location"])
            cloud.settle()

        with faults.interrupted(at=call, by=join) as calls:
            emptied.erase(Person(zara, frozenset(), frozenset()))
        if not joined:
            return
        found = sums(cloud)
        assert found["TOTAL#TAGS"]["=velvet club"] == {"customers": 1, "as Velvet Club": 1}, calls[call - 1]
        assert found["TOTAL#BIRTHDAYS"]["the radio"]["birthdays"] == 1, calls[call - 1]
        (by,) = [of["by"] for pk, of in found.items() if pk.startswith("TOTAL#SEGMENT#")]
        assert Counter(by)["income:of the velvets"] == 1, calls[call - 1]
        assert cloud.api.delete(joined[0], headers=ANY).status == 204
        cloud.settle()
    raise AssertionError("it makes more calls than expected")


def test_it_may_die_anywhere(cloud: Cloud, every: int) -> None:
    group(cloud)
    for crash in faults.crash_points(every=every):
        zara = Person(lived(cloud), frozenset(), frozenset())
        assert cloud.api.delete(f"/customers/{zara.customer_id}", headers=ANY).status == 204
        cloud.settle()
        with crash:
            emptied.erase(zara)
        emptied.erase(zara)
        assert left(cloud) == [], str(crash)


def test_what_a_reconciliation_found_about_them_goes_and_the_rest_stays(cloud: Cloud) -> None:
    zara = lived(cloud)
    entry = ("SEARCH#z", f"zara#{zara}")
    about = [
        Finding("run", "orphan", (f"CUSTOMER#{zara}", "PROFILE"), "search", entry=entry, verdict="drift"),
        Finding("run", "orphan", ("CUSTOMER#gone", "PROFILE"), "search", entry=entry, verdict="drift"),
        Finding("run", "sum", ("TOTAL#TAGS", "=velvet club"), "totals"),
        Finding("run", "sum", ("TOTAL#TAGS", "=everybody"), "totals"),
        Finding("run", "sum", ("TOTAL#SEGMENT#1", "by"), "totals"),
    ]
    findings.note(about)
    erase(cloud, zara)
    assert findings.read([one.key for one in about]) == about[3:]
    findings.judge(about[0])
    assert findings.read([about[0].key]) == []
