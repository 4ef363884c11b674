"""What a mail looks like to its reader, in every language, and what hostile names make of it: nothing."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from crm.business import service as business_service
from crm.business.models import Customs
from crm.core import signing
from crm.core.config import settings
from crm.mail import languages, rendering, templates
from crm.mail.recipients import Recipient
from crm.mail.rendering import Rendered
from crm.mail.sources import Draft
from crm.own_fields import service as own_field_service
from crm.templates import service as template_service
from crm.templates import shipped
from crm.templates.models import Template
from tests.support.world import SETTINGS

LANGUAGES = ("en", "ur", "bn", "ne", "he")
CUSTOMER_MAIL = (*(name for name, use in shipped.USES.items() if use in ("greeting", "reminder")), "reminder_customer")
VALUES: dict[str, Any] = {
    "date": datetime(2027, 2, 28, 10),  # noqa: DTZ001
    "time": datetime(2027, 2, 28, 10, 45).time(),  # noqa: DTZ001
    "subject": "Your appointment",
    "message": "Tomorrow.\nBring the bill.",
    "about": "Amina",
    "years": 3,
    "count": 2,
    "feast": {"en": "Diwali", "ne": "तिहार"},
}
ANYBODY = Recipient("customer", "sunita", {"language": "en"})
VOID = {"meta", "br", "img"}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{business}",
    "{{7*7}} ${jndi} %s {0} {name.__class__}",
    "Eve\r\nBcc: all@example.org",
    "Eve\nX-Evil: 1",
    "\u202emoc.live\u202c",
    "a\u2066b",
    "&lt;b&gt;",
    "\x00Eve\x07",
]


@pytest.fixture(autouse=True)
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A business that has decided nothing and written no text of its own, and a signing key: no store is asked."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(signing, "keys", lambda: signing.Keys("k1", {"k1": b"k" * 32}))
    monkeypatch.setattr(Customs, "read", lambda: None)
    monkeypatch.setattr(Template, "read", lambda _: None)
    settings.cache_clear()
    yield
    settings.cache_clear()


def mail(template: str = "birthday", *, kind: str = "customer", **profile: Any) -> Rendered:
    purpose = "service" if template.startswith("reminder") else "greeting"
    recipient = Recipient(kind, "sunita", {"name": "Sunita Rai", "language": "en", **profile})
    return rendering.render(Draft(template, purpose, VALUES), recipient)


class TestEveryLanguage:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("template", [*CUSTOMER_MAIL, "reminder_staff", "digest"])
    def test_a_mail_is_whole(self, template: str, language: str) -> None:
        kind = "staff" if template in ("reminder_staff", "digest") else "customer"
        made = mail(template, kind=kind, language=language)
        direction = "rtl" if language in ("ur", "he") else "ltr"
        assert f'<html lang="{language}" dir="{direction}" ' in made.html
        assert made.language == made.headers["Content-Language"] == language
        for part in (made.subject, made.text, made.html):
            assert not re.search(r"\{[a-z_]+(\|[^{}]*)?\}", part)
        assert "Corner Shop" in made.text
        assert Well().check(made.html)

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("template", CUSTOMER_MAIL)
    def test_a_customer_finds_the_way_out(self, template: str, language: str) -> None:
        made = mail(template, language=language)
        link = re.fullmatch(r"<(https://crm\.example/unsubscribe/[\w.-]+)>", made.headers["List-Unsubscribe"])
        assert link
        assert made.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert link[1] in made.text
        assert f'href="{link[1]}"' in made.html
        assert "sunita@" not in link[1]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_staff_cannot_unsubscribe_from_their_work(self, language: str) -> None:
        made = mail("reminder_staff", kind="staff", language=language)
        assert set(made.headers) == {"Content-Language"}
        assert "unsubscribe" not in made.html

    @pytest.mark.parametrize(
        ("language", "day", "hour"),
        [
            ("en", "Sunday, February 28, 2027", "10:45"),
            ("en-GB", "Sunday, 28 February 2027", "10:45"),
            ("ur", "۲۸ فروری، ۲۰۲۷", "۱۰:۴۵"),
            ("bn", "২৮ ফেব্রুয়ারি, ২০২৭", "১০:৪৫"),
            ("ne", "२०२७ फेब्रुअरी २८", "१०:४५"),
            ("he", "28 בפברואר 2027", "10:45"),
        ],
    )
    def test_dates_are_in_the_readers_own_digits(self, language: str, day: str, hour: str) -> None:
        text = mail("reminder_staff", kind="staff", language=language).text
        assert day in text
        assert hour in text

    @pytest.mark.parametrize(
        ("wanted", "got"), [("ur-PK", "ur"), ("fr", "en"), (None, "en"), ("HE", "he"), ("bn-BD", "bn"), ("", "en")]
    )
    def test_a_language_without_templates_falls_back(self, wanted: str | None, got: str) -> None:
        assert mail(language=wanted).language == got

    def test_the_fallback_is_first_the_language_of_the_business(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BUSINESS_LANGUAGE", "ne-NP")
        settings.cache_clear()
        assert mail(language="fr").language == "ne"


class TestLabel:
    """Before the subject of advertising where the law wants it, and of nothing else."""

    @pytest.mark.parametrize(
        ("purpose", "subject"),
        [
            ("marketing", "[Reklame] Happy birthday, Sunita Rai!"),
            ("greeting", "Happy birthday, Sunita Rai!"),
            ("service", "Happy birthday, Sunita Rai!"),
        ],
    )
    def test_it_stands_before_advertising_alone(self, purpose: str, subject: str) -> None:
        assert labelled("[Reklame]", purpose=purpose).subject == subject

    def test_a_long_name_never_pushes_it_out(self) -> None:
        made = labelled("[Reklame]", purpose="marketing", name="A" * 300).subject
        assert made.startswith("[Reklame] Happy")
        assert len(made) <= rendering.LONGEST_SUBJECT

    def test_it_breaks_out_of_no_header(self) -> None:
        made = labelled("x\r\nBcc: all", purpose="marketing").subject
        assert made == "x Bcc: all Happy birthday, Sunita Rai!"


def labelled(label: str, *, purpose: str, name: str = "Sunita Rai") -> Rendered:
    """A birthday mail of a business with an advertising label."""
    business = replace(business_service.current(), advertising_label=label)
    recipient = Recipient("customer", "sunita", {"name": name, "language": "en"})
    return rendering.render(Draft("birthday", purpose, VALUES), recipient, business=business)


class TestHostileValues:
    @pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
    @pytest.mark.parametrize("language", ["en", "ur"])
    def test_a_name_stays_text(self, name: str, language: str) -> None:
        made = mail(name=name, language=language)
        plain = mail(name="Sunita", language=language)
        assert Well().tags(made.html) == Well().tags(plain.html)
        assert not set("\r\n\x00\x07\u202e\u2066\u202c") & set(made.subject)
        assert "\nBcc:" not in made.text
        assert "\nX-Evil" not in made.text

    def test_a_placeholder_in_a_name_is_not_filled(self) -> None:
        assert "{business}" in mail(name="{business}").subject

    def test_a_subject_has_an_end(self) -> None:
        assert len(mail(name="A" * 5000).subject) <= rendering.LONGEST_SUBJECT

    def test_typed_text_keeps_its_lines_and_finds_its_direction(self) -> None:
        made = mail("reminder_customer")
        assert '>Tomorrow.</bdi><br>\n<bdi dir="auto">Bring the bill.</bdi></p>' in made.html
        assert "Tomorrow.\nBring the bill." in made.text

    def test_a_name_of_the_other_direction_is_set_apart(self) -> None:
        assert "\u2068عائشہ\u2069" in mail(name="عائشہ").subject
        assert "\u2068" not in mail(name="Sunita").subject

    @pytest.mark.parametrize("language", ["ur", "he"])
    def test_a_number_that_somebody_typed_is_not_turned_round(self, language: str) -> None:
        draft = Draft("reminder", "service", {**VALUES, "subject": "+92 300 1234567"})
        made = rendering.render(draft, Recipient("customer", "sunita", {"language": language}))
        assert made.subject == "\u2068+92 300 1234567\u2069"

    def test_what_stands_around_values_stays_text_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(own_field_service, "definitions", tuple)
        text = {"subject": "a <b> & c", "heading": "<i>h</i>", "body": "<script>x</script>\n{name|<u>}"}
        words = template_service.tried("birthday", text, tag="en")
        made = rendering.render(Draft("birthday", "greeting", {"name": None}), ANYBODY, words=words)
        assert "&lt;script&gt;x&lt;/script&gt;<br>\n&lt;u&gt;" in made.html
        assert "<title>a &lt;b&gt; &amp; c</title>" in made.html
        assert made.subject == "a <b> & c"

    def test_a_paragraph_about_nothing_is_left_out(self) -> None:
        draft = Draft("reminder_staff", "service", {**VALUES, "about": None, "message": None})
        made = rendering.render(draft, Recipient("staff", "sales", {"name": "Bilal"}))
        assert "Customer:" not in made.text
        assert "typed" not in made.html.partition("<body")[2]

    def test_a_placeholder_that_a_mail_does_not_have_is_an_error(self) -> None:
        with pytest.raises(templates.UnknownPlaceholder):
            templates.fill("{secret}", {"name": "x"})


@pytest.mark.parametrize(
    "folder", [path for path in templates._FOLDER.iterdir() if path.is_dir()], ids=lambda p: p.name
)
def test_every_template_says_the_same_in_every_language(folder: Path) -> None:
    asked = {}
    for code in LANGUAGES:
        parts = templates.sections(folder.name, code)
        asked[code] = {section: templates.placeholders(text) for section, text in parts.items()}
        assert all(parts.values())
    assert all(one == asked["en"] for one in asked.values())


def test_a_date_has_no_time_zone_of_its_own() -> None:
    assert languages.shown(date(2027, 2, 28), languages.choose("en")) == "February 28, 2027"


class Well(HTMLParser):
    """Reads HTML strictly enough to see a tag that should not be there or that is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in VOID or self.open.pop() == tag

    def check(self, text: str) -> bool:
        self.feed(text)
        return self.open == []

    def tags(self, text: str) -> list[str]:
        assert self.check(text)
        return self.seen
