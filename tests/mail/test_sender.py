"""Whom a mail comes from, whom an answer reaches, and what stands before and under the letter."""

from __future__ import annotations

from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

import pytest

from crm.business.models import PARTITION, SORT, Customs
from crm.core import clock
from tests.support.shop import Shop, birthday_of

if TYPE_CHECKING:
    from tests.support.post import Mail
    from tests.support.world import Api

LANGUAGES = ("en", "ur", "bn", "ne", "he")


def decided(**manners: Any) -> None:
    Customs(PARTITION, SORT, version=1, updated_at=clock.stamp(), **manners).save()


def mailed(shop: Shop, *, purpose: str = "greeting", **customer: Any) -> Mail:
    """The mail of a birthday that is today."""
    shop.greeting(purpose=purpose) if purpose != "greeting" else shop.greeting()
    shop.customer(birthday="--11-21", **customer)
    assert shop.mailer(birthday_of("sunita").text()) == set()
    return shop.post.accepted[-1]


def shown(sender: str) -> tuple[str, str]:
    """The name and the address as a mail program reads them."""
    name, address = parseaddr(sender)
    return str(make_header(decode_header(name))), address


class TestName:
    def test_it_is_that_of_the_business(self, shop: Shop) -> None:
        assert shown(mailed(shop).sender) == ("Corner Shop", "hello@shop.example")

    def test_the_business_may_call_itself_otherwise(self, shop: Shop) -> None:
        decided(sender_name="The Corner")
        assert shown(mailed(shop).sender)[0] == "The Corner"

    def test_it_is_the_owners_where_the_owner_wishes(self, shop: Shop) -> None:
        shop.member("bilal", sender_name="Bilal")
        assert shown(mailed(shop, owner="bilal").sender)[0] == "Bilal from Corner Shop"

    def test_an_owner_who_has_not_wished_it_is_not_named(self, shop: Shop) -> None:
        shop.member("bilal", name="Bilal Ahmed")
        assert shown(mailed(shop, owner="bilal").sender)[0] == "Corner Shop"

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_it_is_said_in_the_readers_language(self, shop: Shop, language: str) -> None:
        decided(sender_name="हिमाल औजार पसल, नयाँ सडक")
        shop.member("sunita2", sender_name="सुनीता राई")
        raw = mailed(shop, owner="sunita2", language=language).sender
        name, address = shown(raw)
        assert "सुनीता राई" in name
        assert "हिमाल औजार पसल, नयाँ सडक" in name
        assert address == "hello@shop.example"
        assert raw.isascii()
        assert all(len(word) <= 75 for word in raw.split(" "))

    @pytest.mark.parametrize(
        "name",
        [
            "Eve\r\nBcc: all@example.org",
            "Eve\nX-Evil: 1",
            '"Eve" <eve@evil.example>',
            "a@b.example, c",
            "Eve\u202e\x00",
            "é" * 60,
        ],
    )
    @pytest.mark.parametrize("who", ["business", "owner"])
    def test_a_hostile_name_stays_a_name(self, shop: Shop, name: str, who: str) -> None:
        if who == "business":
            decided(sender_name=name)
        shop.member("eve", **({"sender_name": name} if who == "owner" else {}))
        raw = mailed(shop, owner="eve").sender
        assert not set(raw) & set("\r\n\x00\u202e")
        assert shown(raw)[1] == "hello@shop.example"

    def test_a_reminder_to_staff_comes_from_the_business(self, shop: Shop) -> None:
        shop.member("bilal", sender_name="Bilal", signature="Bilal")
        assert shop.mailer(shop.reminder("STAFF#bilal").text()) == set()
        sent = shop.post.accepted[-1]
        assert shown(sent.sender)[0] == "Corner Shop"
        assert sent.reply_to == ()


class TestAnswers:
    def test_they_reach_the_owner(self, shop: Shop) -> None:
        decided(reply_to="office@shop.example")
        shop.member("bilal", email="bilal@shop.example")
        assert mailed(shop, owner="bilal").reply_to == ("bilal@shop.example",)

    @pytest.mark.parametrize("owner", [None, "gone", "mute"])
    def test_else_the_address_that_the_business_has_named(self, shop: Shop, owner: str | None) -> None:
        decided(reply_to="office@shop.example")
        shop.member("mute", email=None)
        assert mailed(shop, owner=owner).reply_to == ("office@shop.example",)

    def test_else_the_sending_address(self, shop: Shop) -> None:
        assert mailed(shop).reply_to == ()


class TestLetter:
    def test_the_owner_signs_text_and_html(self, shop: Shop) -> None:
        shop.member("bilal", signature="Bilal <b>\n+92 300 1234567")
        sent = mailed(shop, owner="bilal")
        assert "\n\nBilal <b>\n+92 300 1234567\n\n-- \n" in sent.text
        assert "Bilal &lt;b&gt;</bdi><br>" in sent.html

    def test_a_number_in_a_signature_is_not_turned_round(self, shop: Shop) -> None:
        shop.member("bilal", signature="+92 300 1234567")
        assert "\u2068+92 300 1234567\u2069" in mailed(shop, owner="bilal", language="ur").text

    def test_the_postal_address_stands_at_the_foot(self, shop: Shop) -> None:
        decided(postal_address="Corner Shop\n1 High Street")
        sent = mailed(shop)
        assert sent.text.endswith("\nCorner Shop\n1 High Street\n")
        assert "1 High Street" in sent.html

    def test_the_logo_is_a_picture_that_says_whose_it_is(self, shop: Shop) -> None:
        decided(logo_url='https://shop.example/a.png?x=1&y="2')
        html = mailed(shop).html
        assert '<img src="https://shop.example/a.png?x=1&amp;y=&quot;2" alt="Corner Shop"' in html

    def test_without_a_logo_there_is_no_picture(self, shop: Shop) -> None:
        assert "<img" not in mailed(shop).html

    def test_the_decision_names_template_and_version(self, shop: Shop, api: Api) -> None:
        change = {"texts": {"en": {"subject": "Hooray, {name|friend}!"}}}
        assert api.patch("/templates/birthday", change, headers={"if-match": "0"}).status == 200
        assert mailed(shop).subject == "Hooray, Sunita Rai!"
        decision = api.get(f"/messages/{birthday_of('sunita').key}").body["decision"]
        assert (decision["template"], int(decision["template_version"])) == ("birthday", 1)
