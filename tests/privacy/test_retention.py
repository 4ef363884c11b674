"""What docs/privacy.md says of how long things are kept is what happens when the time has passed."""

from __future__ import annotations

import re
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tests.docs.pages import ROOT, table
from tests.privacy import traces
from tests.privacy.canaries import ANY, Aviary, lived
from tests.support.cloud import Cloud, at
from tests.support.template import of_type

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE = (ROOT / "docs" / "privacy.md").read_text("utf-8")
KEPT = {row[0]: row for row in table(PAGE, "What is kept how long")}
DAY = 86_400


def days_by_entity() -> dict[str, int]:
    """Of every kind that has an end the most days that the page names, by what items call it."""
    found = {}
    for name, row in KEPT.items():
        if row[1] == "TTL":
            module, _, model = name.partition(":")
            numbers = [int(one.replace(",", "")) for one in re.findall(r"(\d[\d,]*)", row[2])]
            found[
                getattr(import_module(module), model)
                .get_attributes()["entity"]
                .get_discriminator(getattr(import_module(module), model))
            ] = max(numbers)
    return found


def taken_by_ttl(cloud: Cloud) -> None:
    """DynamoDB takes away what has had its time."""
    items = cloud.memory.tables["crm"]
    now = cloud.now.timestamp()
    for key in [key for key, item in items.items() if "expires_at" in item and float(item["expires_at"]["N"]) <= now]:
        del items[key]


def entities(cloud: Cloud) -> Mapping[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for item in cloud.items():
        found.setdefault(item.get("entity", ""), []).append(item)
    return found


def test_every_kind_with_an_end_is_gone_when_the_page_says_so_and_the_bin_is_emptied() -> None:
    cloud, days = Cloud(at("2026-11-21T03:00Z")), days_by_entity()
    with cloud.running():
        canary = Aviary()
        person = lived(cloud, canary)
        traces.left(cloud, canary, person)
        begun = entities(cloud)
        ending = {kind for kind in begun if kind in days}
        assert len(ending) >= 9, sorted(ending)
        for kind in ending:
            for item in begun[kind]:
                if "expires_at" in item:
                    left = (int(item["expires_at"]) - cloud.now.timestamp()) / DAY
                    assert left <= days[kind], (kind, left)
        assert cloud.api.delete(f"/customers/{person}", headers=ANY).status == 204
        cloud.settle()
        for after in sorted({days[kind] for kind in ending}):
            cloud.now = max(cloud.now, at("2026-11-23T12:00Z") + timedelta(days=after))
            cloud.fire()
            cloud.settle()
            taken_by_ttl(cloud)
            old = {
                kind: [item["sk"] for item in found if item in begun.get(kind, [])]
                for kind, found in entities(cloud).items()
                if kind in ending and days[kind] <= after
            }
            # What was confirmed is decided about, and then of the customer.
            assert {kind: keys for kind, keys in old.items() if keys and kind != "asked"} == {}, f"after {after} days"
            if after >= 30:
                assert cloud.api.get(f"/erasures/{person}").body["state"] == "done", "thirty days in the bin"
                left_over = [
                    item["sk"] for item in cloud.items() if person in str(item["pk"]).removeprefix("AUDIT#OF#" + person)
                ]
                assert [sk for sk in left_over if sk not in ("ERASED", person)] == []


def test_what_stands_elsewhere_has_the_end_that_the_page_names() -> None:
    (rules,) = [
        bucket["LifecycleConfiguration"]["Rules"]
        for bucket in of_type("AWS::S3::Bucket").values()
        if any(rule.get("Prefix") == "uploads/" for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", ()))
    ]
    days = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "Prefix" in rule}
    named = {"uploads/": 30, "imports/": 30, "inbox/": 30, "inbox-files/": 30, "nightly/": 30, "exports/": 7}
    assert days == named
    assert "Uploads, rows of imports and incoming mail: 30 days. Exported files: 7 days." in PAGE
    assert all(not "erasures/".startswith(prefix) for prefix in days), "the list of erasures stays"
    kept = [queue.get("MessageRetentionPeriod", 4 * DAY) for queue in of_type("AWS::SQS::Queue").values()]
    assert max(kept) == 14 * DAY
    assert "Dead letters: 14 days." in PAGE
    recovery = [
        one["PointInTimeRecoverySpecification"]
        for one in of_type("AWS::DynamoDB::Table").values()
        if "PointInTimeRecoverySpecification" in one
    ]
    assert all(one.get("RecoveryPeriodInDays", 35) == 35 for one in recovery)
    logs = of_type("AWS::Logs::LogGroup").values()
    assert logs
    assert all(group.get("RetentionInDays") for group in logs)
