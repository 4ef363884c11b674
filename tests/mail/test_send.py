"""What SES answers, and who wants no mail."""

import threading
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from crm.customers.models import Profile
from crm.mail.models import Message
from tests.support import faults
from tests.support.post import event
from tests.support.rows import count
from tests.support.shop import Shop, birthday_of
from tests.support.world import Context

ORDER = birthday_of("sunita")


@pytest.fixture
def due(shop: Shop) -> Shop:
    """A shop where it is Sunita's birthday."""
    shop.greeting()
    shop.customer(birthday="--11-21")
    return shop


def refusal(code: str, status: int) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "SendEmail")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [
        refusal("TooManyRequestsException", 429),
        refusal("SendingPausedException", 400),
        refusal("LimitExceededException", 400),
        refusal("AccessDeniedException", 403),
        ConnectTimeoutError(endpoint_url="https://ses"),
        EndpointConnectionError(endpoint_url="https://ses"),
    ],
    ids=lambda error: getattr(error, "response", {}).get("Error", {}).get("Code", type(error).__name__),
)
def test_what_ses_certainly_did_not_take_goes_again(due: Shop, error: Exception) -> None:
    due.post.refusals = [error]
    assert due.mailer(ORDER.text()) == set(), "through the queue it would end among the dead letters"
    assert due.message(ORDER).state == "due"
    assert due.message(ORDER).reason
    assert due.tick() == 1
    due.deliver()
    message = due.message(ORDER)
    assert (message.state, message.attempts) == ("accepted", 2)
    assert message.reason is None
    assert due.post.keys() == [ORDER.key]


@pytest.mark.parametrize(
    "error",
    [
        refusal("InternalServiceError", 500),
        ReadTimeoutError(endpoint_url="https://ses"),
        ConnectionClosedError(endpoint_url="https://ses"),
    ],
    ids=["500", "timeout", "connection lost"],
)
def test_what_ses_may_have_taken_is_never_sent_again_blindly(due: Shop, error: Exception) -> None:
    due.post.refusals = [error]
    assert due.mailer(ORDER.text(), ORDER.text()) == set()
    message = due.message(ORDER)
    assert (message.state, message.attempts, due.post.accepted) == ("unknown", 1, [])
    assert "may or may not" in str(message.reason)
    assert due.wait(hours=2).tick() == 0


def test_what_ses_rejects_ends_with_its_words(due: Shop) -> None:
    due.post.refusals = [refusal("MessageRejected", 400)]
    assert due.mailer(ORDER.text()) == set()
    assert (due.message(ORDER).state, due.tick()) == ("rejected", 0)
    assert "MessageRejected" in str(due.message(ORDER).reason)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"consent": {"greeting": False}}, "does not want greetings"),
        ({"email": None}, "no e-mail address"),
    ],
)
def test_who_is_not_greeted_has_a_reason(shop: Shop, fields: dict[str, Any], reason: str) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21", **fields)
    shop.tick()
    shop.deliver()
    message = shop.message(ORDER)
    assert (message.state, shop.post.accepted) == ("withheld", [])
    assert reason in str(message.reason)
    assert shop.tick() == 0


@pytest.mark.parametrize("consent", [None, {"marketing": False}, {"greeting": True}])
def test_no_answer_is_no_refusal(shop: Shop, consent: dict[str, bool] | None) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21", consent=consent)
    shop.tick()
    shop.deliver()
    assert shop.post.keys() == [ORDER.key]


def test_an_opt_out_between_rendering_and_claim_counts(due: Shop) -> None:
    def opts_out() -> None:
        due.customer(birthday="--11-21", consent={"greeting": False})

    due.mailer(ORDER.text())
    for year in (2027, 2028):
        due.at(f"{year}-11-21T05:00Z")
        with faults.recording() as calls:
            due.mailer(birthday_of("sunita", year).text())
    claim = calls.index("TransactWriteItems") + 1
    due.at("2029-11-21T05:00Z")
    with faults.interrupted(at=claim, by=opts_out):
        due.mailer(birthday_of("sunita", 2029).text())
    assert due.message(birthday_of("sunita", 2029)).state == "withheld"
    assert len(due.post.accepted) == 3


def test_a_domain_of_another_script_goes_to_ses_in_ascii(shop: Shop) -> None:
    shop.greeting()
    shop.customer(birthday="--11-21", email="maryam@مثال.example")
    shop.mailer(ORDER.text())
    assert [mail.to for mail in shop.post.accepted] == ["maryam@xn--mgbh0fb.example"]
    assert shop.message(ORDER).to == "maryam@مثال.example"


def test_a_customer_who_is_gone_leaves_no_trace(shop: Shop) -> None:
    shop.greeting()
    assert shop.mailer(ORDER.text()) == set()
    assert (count("message"), shop.post.accepted) == (0, [])


@pytest.mark.parametrize("consent", [{"greeting": True}, {"greeting": False}], ids=["sent", "withheld"])
def test_a_customer_who_goes_meanwhile_leaves_no_trace(shop: Shop, consent: dict[str, bool]) -> None:
    def goes() -> None:
        # In a thread of its own: it is not the mailer, with the mailer's rights, who deletes.
        deletion = threading.Thread(target=Profile.read("sunita").delete)
        deletion.start()
        deletion.join()

    shop.greeting()
    shop.customer(birthday="--11-21", consent=consent)
    others = [shop.customer(name, birthday="--11-21", consent=consent) for name in ("first", "second")]
    for other in others:  # the first call of a process also makes clients and reads keys
        with faults.recording() as calls:
            shop.mailer(birthday_of(other).text())
    with faults.interrupted(at=calls.index("TransactWriteItems") + 1, by=goes):
        shop.mailer(ORDER.text())
    assert count("message") == len(others)
    assert Message.read(ORDER) is None


def test_a_bounced_address_gets_no_more_mail_whoever_has_it(due: Shop) -> None:
    due.mailer(ORDER.text())
    due.happen(event(due.post.accepted[0], "Bounce", bounceType="Permanent", bounceSubType="General"))
    due.customer("twin", birthday="--11-21", email="sunita@example.org")
    due.mailer(birthday_of("twin").text())
    assert due.message(ORDER).state == "bounced"
    assert due.message(birthday_of("twin")).state == "withheld"
    assert "no mail goes to this address" in str(due.message(birthday_of("twin")).reason)
    assert len(due.post.accepted) == 1


def test_a_mail_that_cannot_be_rendered_leaves_no_claim(due: Shop) -> None:
    due.greeting(template="nonsense")
    assert due.mailer(ORDER.text()) == {"0"}
    assert count("message") == 0


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"recipient": "owner"}',
        ORDER.text().replace("2026", "once2"),
        ORDER.text().replace("sun", "s n"),
    ],
)
def test_an_order_that_makes_no_sense_goes_to_the_dead_letters(due: Shop, body: str) -> None:
    assert due.mailer(body) == {"0"}
    assert count("message") == 0


def test_one_bad_order_does_not_keep_the_others_back(due: Shop) -> None:
    assert due.mailer("nonsense", ORDER.text()) == {"0"}
    assert due.post.keys() == [ORDER.key]


def test_what_there_is_no_time_left_for_is_left_to_the_next_tick(due: Shop) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Context, "get_remaining_time_in_millis", lambda _: 5_000)
        assert due.mailer(ORDER.text()) == set()
    assert (count("message"), due.post.accepted) == (0, [])
    assert due.tick() == 1
