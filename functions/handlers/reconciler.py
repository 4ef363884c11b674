"""Every quarter of an hour: settle the mail that a dead mailer left behind."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.greetings import mailing as greetings
from crm.mail import reconciling
from crm.reminders import mailing as reminders

SOURCES = {"greeting": greetings.SOURCE, "reminder": reminders.SOURCE}


def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    return reconciling.reconcile(sources=SOURCES)
