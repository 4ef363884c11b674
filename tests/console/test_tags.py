"""Tags on pages: another name, two joined, one taken from all; what uses them is asked about; all is taken back."""

from __future__ import annotations

from typing import Any

import pytest

from crm.core import views
from crm.core.errors import ViewsBeingBuilt
from crm.tags.models import TagChange
from infra.build import catalogues
from tests.console.browser import Browser, Shown
from tests.support import flow
from tests.support.world import Api

TAGS = "/console/tags"
CANARY = "<b>&{{7*7}}%s"
OWNER: dict[str, Any] = {"role": "owner", "caller": "boss"}


def customer(*tags: str) -> str:
    made = Api().post("/customers", {"name": "Tagged", "tags": list(tags)}, query={"allow_duplicate": "true"})
    assert made.status == 201, made.body
    flow.project((f"CUSTOMER#{made.body['id']}", "PROFILE"))
    return str(made.body["id"])


def worn(*customers: str) -> list[list[str]]:
    return [Api().get(f"/customers/{one}").body["tags"] for one in customers]


def sent(browser: Browser, action: str, tag: str, **more: str) -> Shown:
    return browser.post(TAGS, {"csrf": browser.csrf, "action": action, "tag": tag, **more})


def done(*customers: str) -> None:
    """All that follows from the last change."""
    for _ in range(2):
        last = TagChange.read_all()[-1]
        flow.project((last.pk, last.sk))
        flow.do_jobs()
        flow.project(*((f"CUSTOMER#{one}", "PROFILE") for one in customers))


def test_a_tag_gets_another_name_and_gets_the_old_one_back(manager: Browser) -> None:
    one, two = customer(f"گولڈ {CANARY}"), customer(f"گولڈ {CANARY}".upper())
    page = manager.get(f"{TAGS}?like=گولڈ")
    assert (f"گولڈ {CANARY}" in page.text, "<b>" in page.body) == (True, False)
    assert "No tag is called so." in manager.get(f"{TAGS}?like=zzzz").text
    answer = sent(manager, "rename", f"گولڈ {CANARY}", name="golden")
    assert (answer.status, answer.location.startswith(f"{TAGS}/")) == (303, True)
    running = manager.get(answer.location)
    assert (
        "under way" in running.text,
        'hx-trigger="every 2s"' in running.body,
        "<noscript><meta" in running.body,
    ) == (
        True,
        True,
        True,
    )
    part = manager.get(answer.location, hx_request="true")
    assert ("<progress" in part.body, "<html" in part.body, part.headers.get("hx-refresh")) == (True, False, None)
    # The same form once more is the same change.
    assert sent(manager, "rename", f"گولڈ {CANARY}", name="golden").location == answer.location
    done(one, two)
    page = manager.get(answer.location)
    assert (worn(one, two), "2 customers were changed." in page.text) == ([["golden"], ["golden"]], True)
    assert manager.get(answer.location, hx_request="true").headers["hx-refresh"] == "true"
    assert "golden" in manager.get(TAGS).text
    undone = manager.post(answer.location, {"csrf": manager.csrf, "action": "undo"})
    assert undone.location == answer.location
    done(one, two)
    assert worn(one, two) == [[f"گولڈ {CANARY}"], [f"گولڈ {CANARY}".upper()]]
    assert "2 customers have the tag again." in manager.get(answer.location).text
    assert manager.post(answer.location, {"csrf": manager.csrf, "action": "burn"}).status == 400


def test_the_name_of_another_tag_makes_one_of_both_after_asking(manager: Browser) -> None:
    one, two = customer("copper"), customer("bronze")
    asked = sent(manager, "rename", "copper", name="bronze")
    assert (asked.status, "1 customer has bronze" in asked.text, 'name="merge" value="yes"' in asked.body) == (
        409,
        True,
        True,
    )
    assert worn(one) == [["copper"]]
    assert sent(manager, "rename", "copper", name="bronze", merge="yes").status == 303
    busy = sent(manager, "rename", "copper", name="tin")
    assert (busy.status, "This tag is being changed already." in busy.text) == (409, True)
    done(one, two)
    assert worn(one, two) == [["bronze"], ["bronze"]]


def test_what_is_made_of_a_tag_follows_or_stays_as_somebody_says(manager: Browser) -> None:
    one = customer("silver")
    rule = {"field": "tags", "op": "contains", "value": "silver"}
    group = Api().post("/segments", {"name": "Silver people", "rule": rule}, **OWNER).body["id"]
    asked = sent(manager, "rename", "silver", name="argent")
    assert (asked.status, f'href="/console/groups/{group}"' in asked.body) == (409, True)
    assert ('value="rewrite"' in asked.body, 'name="name" value="argent"' in asked.body) == (True, True)
    gone = manager.get(f"{TAGS}?tag=silver&ask=delete")
    assert "Take this tag from all who have it?" in gone.text
    refused = sent(manager, "delete", "silver")
    assert (refused.status, 'value="rewrite"' in refused.body, 'value="keep"' in refused.body) == (409, False, True)
    answer = sent(manager, "rename", "silver", name="argent", in_use="rewrite")
    assert "Silver people" in manager.get(answer.location).text
    done(one)
    assert "argent" in Api().get(f"/segments/{group}", **OWNER).body["rule"]["value"]
    assert Api().delete(f"/segments/{group}", headers={"if-match": "*"}, **OWNER).status == 204
    done(one)
    assert worn(one) == [["argent"]]
    assert sent(manager, "delete", "nothing_such").status == 404


def test_a_tag_is_taken_from_all(manager: Browser) -> None:
    one = customer("lead", "iron")
    answer = sent(manager, "delete", "lead")
    done(one)
    assert (answer.status, worn(one)) == (303, [["iron"]])
    assert manager.get(f"{TAGS}?tag=lead").status == 404


def test_what_is_wrong_stands_beside_its_field_and_who_only_counts_sees_no_forms(
    manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer("zinc")
    for wrong in ("", "x" * 61, "zinc"):
        page = sent(manager, "rename", "zinc", name=wrong)
        assert (page.status, 'id="name-wrong"' in page.body) == (422, True)
        assert f'value="{wrong}"' in page.body[page.body.index('id="name"') :]
    looks = Browser().signed_in("viewer", role="readonly")
    page = looks.get(f"{TAGS}?tag=zinc")
    assert (page.status, f'action="{TAGS}"' in page.body) == (200, False)
    assert sent(looks, "delete", "zinc").status == 403
    assert Browser().signed_in("counter", role="till").get(TAGS).status == 403

    def building(_: str) -> Any:
        raise ViewsBeingBuilt("later")

    monkeypatch.setattr(views, "totals", building)
    page = manager.get(TAGS)
    assert (page.status, "being counted anew" in page.text) == (200, True)


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_it_speaks_the_readers_language(manager: Browser, language: str) -> None:
    customer("nickel")
    manager.accepted = language
    for address in (TAGS, f"{TAGS}?tag=nickel", f"{TAGS}?tag=nickel&ask=delete"):
        page = manager.get(address)
        assert (page.status, "tag" in page.text.lower().replace("tagged", "")) == (200, False)
