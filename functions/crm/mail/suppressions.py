"""Why no mail goes to a customer's address, and the way back."""

from botocore.exceptions import BotoCoreError, ClientError

from crm.core.errors import Unavailable
from crm.core.reason import Reason
from crm.customers import service as customer_service
from crm.mail import ses
from crm.suppressions import service as suppression_service
from crm.suppressions.service import Suppressed


class SesSilent(Unavailable):
    """SES did not take the address off its own list; nothing was changed."""

    slug = "ses-silent"
    title = Reason("SES does not answer")


def of_customer(*, customer_id: str) -> tuple[str | None, Suppressed]:
    """A customer's address and what keeps mail from it. Raises NotFound."""
    email = customer_service.get(customer_id=customer_id).email
    return email, suppression_service.read(email)


def lift(*, customer_id: str) -> None:
    """Let mail go to a customer's address again after bounces or complaints. Raises NotFound, SesSilent.

    What the person refused stays refused. Without an address there is nothing to lift.
    """
    email = customer_service.get(customer_id=customer_id).email
    if email:
        # SES first: it keeps a list of its own, on which mail would be lost without a word.
        _leave_ses_list(email)
        suppression_service.lift(email)


def _leave_ses_list(address: str) -> None:
    try:
        ses.client().delete_suppressed_destination(EmailAddress=ses.in_ascii(address))
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "NotFoundException":
            raise SesSilent("SES did not take the address off its list; try again") from refused
    except BotoCoreError as lost:
        raise SesSilent("SES could not be reached; try again") from lost
