"""Tokens of links: short, signed, without personal data, and older keys go on working until they are removed."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from crm.core import ids, signing
from crm.core.rotation import rotated
from crm.mail import links
from crm.mail.links import Link

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2027, 1, 1, tzinfo=UTC)
Document = dict[str, object]
CUSTOMER = ids.derived(caller="", route="", idempotency_key="sunita")


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Document], None]:
    """From here on the function holds these keys."""

    def hold(document: Document) -> None:
        by_id = {name: base64.b64decode(key) for name, key in document["keys"].items()}  # type: ignore[attr-defined]
        monkeypatch.setattr(signing, "keys", lambda: signing.Keys(str(document["current"]), by_id))

    return hold


@pytest.mark.parametrize("purpose", links.PURPOSES)
@pytest.mark.parametrize("customer_id", [CUSTOMER, "sunita", "a" * 26, "z" * 26, "g"])
def test_a_token_says_whom_it_was_made_for(use: Callable[[Document], None], purpose: str, customer_id: str) -> None:
    use(rotated(None, now=NOW))
    link = Link(customer_id, purpose)
    assert links.read(links.token(link)) == link


def test_a_token_has_55_characters_and_needs_no_escape(use: Callable[[Document], None]) -> None:
    use(rotated(None, now=NOW))
    token = links.token(Link(CUSTOMER, "greeting"))
    assert len(token) == 55
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    # The form before named the purpose in full and the id in letters.
    assert len(signing.sign("unsubscribe", f"greeting:{CUSTOMER}".encode())) == 79


def test_a_token_carries_nothing_but_the_random_id(use: Callable[[Document], None]) -> None:
    use(rotated(None, now=NOW))
    payload = base64.urlsafe_b64decode(links.token(Link(CUSTOMER, "greeting")).split(".")[1] + "=")
    assert payload == b"g" + base64.b32decode(CUSTOMER.upper() + "======")


def test_an_old_key_still_opens_a_new_one_signs_and_a_removed_one_opens_nothing(
    use: Callable[[Document], None],
) -> None:
    link = Link(CUSTOMER, "service")
    first = rotated(None, now=NOW)
    use(first)
    old = links.token(link)
    second = rotated(first, now=NOW)
    use(second)
    new = links.token(link)
    assert (links.read(old), links.read(new)) == (link, link)
    assert (old.split(".")[0], new.split(".")[0]) == (first["current"], second["current"])
    assert first["current"] != second["current"]
    use({"current": second["current"], "keys": {k: v for k, v in second["keys"].items() if k != first["current"]}})
    assert (links.read(old), links.read(new)) == (None, link)


def test_one_changed_character_opens_nothing(use: Callable[[Document], None]) -> None:
    use(rotated(None, now=NOW))
    token = links.token(Link(CUSTOMER, "greeting"))
    for place, character in enumerate(token):
        other = "A" if character != "A" else "B"
        assert links.read(token[:place] + other + token[place + 1 :]) is None, place


@pytest.mark.parametrize("payload", [b"", b"g", b"G", b"x" + b"0" * 16, b"\xff\xfe", "é".encode()])
def test_a_payload_that_we_never_make_opens_nobody(use: Callable[[Document], None], payload: bytes) -> None:
    use(rotated(None, now=NOW))
    found = links.read(signing.sign("link", payload))
    assert found is None or not found.customer_id
