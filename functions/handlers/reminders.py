"""Every quarter of an hour: order the reminders that are due, and what else members of staff are to be told."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.announcements import mailing as announcements
from crm.handovers import due as assignments
from crm.reminders import due


def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    return {"ordered": due.tick() + assignments.tick() + announcements.tick()}
