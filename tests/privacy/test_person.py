"""Who asks gets all that we keep of them, and nobody else's."""

from __future__ import annotations

import json
from typing import Any

from crm.core import table
from crm.core.config import settings
from tests.support.world import Api

EVIL = "<script>alert(1)</script>"


def lived(api: Api, **fields: Any) -> str:
    made = api.post("/customers", {"name": EVIL, "email": "sara@example.com", "language": "ur", **fields})
    path = made.headers["location"]
    key = {"idempotency-key": "once"}
    api.post(f"{path}/interactions", {"kind": "call", "summary": f"hello {EVIL}"}, headers=key)
    api.post(f"{path}/purchases", {"amount": "5.10"}, headers={"idempotency-key": "twice"})
    api.patch(path, {"consent": {"marketing": True}, "custom": {"shoe": 38}}, headers={"if-match": "*"})
    item = {
        "pk": f"CUSTOMER#{made.body['id']}",
        "sk": "WHATEVER#1",
        "text": "an unknown kind",
        "few": {"a"},
        "raw": b"x",
    }
    table.client().put_item(TableName=settings().crm_table, Item=table.to_item(item))
    return str(made.body["id"])


def test_everything_of_one_person_is_in_it_and_nothing_of_others_and_nothing_internal(api: Api) -> None:
    api.post("/customers", {"name": "Somebody else"})
    sara = lived(api)
    answer = api.get(f"/customers/{sara}/export")
    contents = answer.body["contents"]
    assert {"profile", "event", "change", "consent", "whatever"} <= contents.keys()
    assert contents["whatever"] == [{"key": "WHATEVER#1", "few": ["a"], "raw": "eA==", "text": "an unknown kind"}]
    assert contents["profile"][0]["email"] == "sara@example.com"
    assert {event["details"].get("amount") for event in contents["event"]} == {None, "5.10"}
    text = json.dumps(answer.body)
    assert [word for word in ("Somebody", "request_hash", "claim_token", '"pk"', "RECEIPT") if word in text] == []


def test_the_page_is_escaped_and_reads_in_the_persons_direction(api: Api) -> None:
    answer = api.get(f"/customers/{lived(api)}/export/page")
    assert answer.headers["content-type"].startswith("text/html")
    assert 'lang="ur" dir="rtl"' in answer.body
    assert "<script" not in answer.body
    assert "&lt;script&gt;" in answer.body
    assert "an unknown kind" in answer.body
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_nobody_is_exported_who_is_not_there(api: Api) -> None:
    sara = lived(api)
    api.delete(f"/customers/{sara}", headers={"if-match": "*"})
    assert api.get(f"/customers/{sara}/export").status == 404
    assert api.get(f"/customers/{sara}/export/page").status == 404
