"""Whoever dies at any call of a last try, or of sealing a secret anew: it goes off, or its secret stays good."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest

from crm.core import egress, signing
from crm.mail import templates
from crm.webhooks.models import Webhook
from tests.support.cloud import Cloud, at
from tests.support.faults import CrashPoint, crash_points

HOOK = {"name": "Newsletter", "url": "https://hooks.example.com/", "events": ["customer.created"]}
LANGUAGES = ("en", "ur", "bn", "ne", "he")


@dataclass
class Elsewhere:
    """In place of the way out: what was sent, with its headers, and what is answered."""

    status: int = 500
    sent: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)

    def post(self, _: str, body: bytes, headers: dict[str, str], *, seconds: float) -> int:
        assert seconds
        self.sent.append((body, headers))
        return self.status


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    found = Elsewhere()
    monkeypatch.setattr(egress, "post", found.post)
    return found


def hooked(cloud: Cloud) -> dict[str, Any]:
    made = cloud.api.post("/webhooks", HOOK)
    assert made.status == 201, made
    return dict(made.body)


def before_the_last_try(elsewhere: Elsewhere) -> tuple[Cloud, str]:
    """A world in which ten tries have failed and the last is due, and the message of that one."""
    first = Cloud(at("2027-02-28T04:00Z"))
    with first.running():
        for number, language in enumerate(LANGUAGES):
            who = {"id": f"owner-{number}", "name": "O", "email": f"o{number}@shop.example", "role": "owner"}
            told = {**who, "language": language}
            assert first.api.post("/staff", told, caller="owner", role="owner").status == 201
        hooked(first)
        assert first.api.post("/customers", {"name": "Sunita"}).status == 201
        first.settle()
        while len(elsewhere.sent) < 10:
            first.wait(minutes=10).settle()
        first.wait(hours=24, minutes=10)
        [letter] = first.queues["webhooks"]
    return first, letter.body


def last_try(cloud: Cloud, crash: CrashPoint) -> None:
    with crash:
        while cloud.receive("webhooks") or cloud.receive("jobs"):
            pass
    for _ in range(4):
        # What was in the hands of who died comes again; the time of a try that was claimed passes.
        cloud.wait(minutes=31).settle()


def test_killed_at_any_call_of_the_last_try_the_webhook_goes_off_and_each_owner_is_told_once_in_their_language(
    elsewhere: Elsewhere, every: int
) -> None:
    first, body = before_the_last_try(elsewhere)
    for crash in crash_points(every=every):
        with Cloud(first.now).running() as cloud:
            cloud.restore(first)
            cloud.send("webhooks", body)
            last_try(cloud, crash)
            [hook] = cloud.items("webhook")
            assert (hook["state"], cloud.dead) == ("off", []), str(crash)
            assert [one["state"] for one in cloud.items("delivery")] == ["failed"], str(crash)
            told = {one["pk"]: one for one in cloud.items("reminder")}
            owners = [f"STAFF#owner-{number}" for number in range(len(LANGUAGES))]
            assert len(cloud.items("reminder")) == len(told), str(crash)
            assert set(owners) <= set(told), str(crash)
            for language, owner in zip(LANGUAGES, owners, strict=True):
                texts = templates.sections("webhook_off", language)
                assert told[owner]["subject"] == templates.fill(texts["subject"], {"name": "Newsletter"})
                assert "2027-02-28 " in told[owner]["message"]
                assert f"GET /webhooks/{hook['sk']}/deliveries" in told[owner]["message"]


def test_killed_at_any_call_of_sealing_it_anew_a_secret_stays_the_one_that_was_shown(
    elsewhere: Elsewhere, every: int
) -> None:
    elsewhere.status = 204
    earlier = signing.Keys("k1", {"k1": b"1" * 32})
    both = signing.Keys("k2", {**earlier.by_id, "k2": b"2" * 32})
    later = signing.Keys("k2", {"k2": b"2" * 32})
    for crash in crash_points(every=every):
        with Cloud(at("2027-02-28T04:00Z")).running() as cloud, pytest.MonkeyPatch.context() as patch:
            patch.setattr(signing, "keys", lambda: earlier)
            made = hooked(cloud)
            rotated = cloud.api.post(f"/webhooks/{made['id']}/rotate").body
            elsewhere.sent.clear()
            patch.setattr(signing, "keys", lambda: both)
            cloud.api.post("/customers", {"name": "Sunita"})
            with crash:
                while cloud.project() or cloud.receive("jobs") or cloud.receive("webhooks"):
                    pass
            for _ in range(3):
                cloud.wait(minutes=31).settle()
            # The next that arrives mends what the one who died has left.
            cloud.api.post("/customers", {"name": "Sara"})
            cloud.settle()
            stored = Webhook.read(made["id"])
            assert stored
            assert stored.secret.startswith("k2."), str(crash)
            assert str(stored.earlier).startswith("k2."), str(crash)
            patch.setattr(signing, "keys", lambda: later)
            cloud.api.post("/customers", {"name": "Bilal"})
            cloud.settle()
            names = [json.loads(body)["id"] for body, _ in elsewhere.sent]
            assert len(set(names)) == 3, str(crash)
            for body, headers in elsewhere.sent:
                for secret in (made["secret"], rotated["secret"]):
                    assert signature(secret, body, headers) in headers["webhook-signature"].split(), str(crash)


def signature(secret: str, body: bytes, headers: dict[str, str]) -> str:
    """What the receiver computes by the secret that it was shown."""
    said = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, said, sha256)).decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_told_names_the_same_in_each_language(language: str) -> None:
    english, texts = (templates.sections("webhook_off", code) for code in ("en", language))
    assert texts.keys() == english.keys()
    for name, text in texts.items():
        assert templates.placeholders(text) == templates.placeholders(english[name])
    assert language == "en" or texts["subject"] != english["subject"]
