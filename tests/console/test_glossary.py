"""A thing has one word in each language: who reads of a reminder on two pages knows that it is the same."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from babel.messages.catalog import Catalog

from infra.build import catalogues

# What a thing is called in English, as a pattern, and in Bengali and Nepali, to which endings may be added.
WORDS: tuple[tuple[str, str, str], ...] = (
    ("announcements?", "ঘোষণা", "सूचना"),
    ("audit", "অডিট লগ", "अडिट लग"),
    ("bin", "রিসাইকেল বিন", "रद्दी टोकरी"),
    ("cells?", "ঘর", "कोठा"),
    ("columns?", "কলাম", "स्तम्भ"),
    ("files?", "ফাইল", "फाइल"),
    ("greetings?", "শুভেচ্ছা", "शुभकामना"),
    ("groups?", "দল", "समूह"),
    ("inbox", "ইনবক্স", "इनबक्स"),
    ("offers?", "অফার", "अफर"),
    ("questionnaires?", "প্রশ্নমালা", "प्रश्नावली"),
    ("receipts?", "রসিদ", "रसिद"),
    ("reminders?", "রিমাইন্ডার", "रिमाइन्डर"),
    ("roles?", "ভূমিকা", "भूमिका"),
    ("rules?", "নিয়ম", "नियम"),
    ("secret", "গোপন কোড", "गोप्य सङ्केत"),
    ("templates?", "টেমপ্লেট", "टेम्प्लेट"),
    ("timeline", "টাইমলাইন", "टाइमलाइन"),
)


def strays(catalogue: Catalog, thing: str, word: str) -> Iterable[str]:
    """What a catalogue says of a thing in other words. A path, a place or a member of JSON is no thing."""
    told = re.compile(rf"(?<![/\w{{]){thing}(?![\w}}])", re.IGNORECASE)
    for message in catalogue:
        said = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
        if said and told.search(said):
            forms = message.string if isinstance(message.string, (list, tuple)) else (message.string or "",)
            yield from (form for form in forms if word not in form)


@pytest.mark.parametrize(("thing", "bengali", "nepali"), WORDS)
def test_a_thing_has_one_word(thing: str, bengali: str, nepali: str) -> None:
    assert list(strays(catalogues.read("bn"), thing, bengali)) == []
    assert list(strays(catalogues.read("ne"), thing, nepali)) == []


def test_another_word_is_found() -> None:
    catalogue = Catalog(locale="bn")
    catalogue.add("Reminder", "স্মরণিকা")
    catalogue.add("Set a reminder", "রিমাইন্ডার রাখুন")
    catalogue.add("GET /reminders", "পথ")
    assert list(strays(catalogue, "reminders?", "রিমাইন্ডার")) == ["স্মরণিকা"]
