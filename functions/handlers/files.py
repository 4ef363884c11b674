"""Work on files, one piece a message: imports, exports and incoming mail. Other jobs need not wait for them."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.core import jobs
from crm.core.config import settings
from crm.core.errors import Conflict, NotFound
from crm.exports import chain
from crm.imports import checking, looking, running, service, troubles
from crm.inbox import receiving


def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    return jobs.work(event, _JOBS, url=settings().files_queue_url)


def _receive(message: jobs.Message) -> None:
    """{"job": "incoming_mail", "key": …}: read a mail that SES has put into the bucket."""
    receiving.receive(message["key"])


def _uploaded(message: jobs.Message) -> None:
    """{"job": "import_uploaded", "key": …}: a file is there, whether or not its owner has said so."""
    # Others than imports, or one that was erased meanwhile, are nobody's.
    with suppress(NotFound, Conflict):
        service.uploaded(import_id=message["key"].split("/")[1])


def _asked(message: jobs.Message) -> Iterable[jobs.Message] | None:
    """{"job": "import_asked", "import": id}: somebody has asked for it; go on with it where it stands."""
    # Of one that was erased meanwhile there is nothing to do.
    with suppress(NotFound):
        following = service.following(import_id=message["import"])
        return _JOBS[following["job"]]({**following, "id": message["id"]}) if following else None
    return None


def _imported(job: jobs.Job) -> jobs.Job:
    """A job whose message comes again, and whose import tells why it waits."""

    def do(message: jobs.Message) -> None:
        try:
            job(message)
        except Exception as error:  # noqa: BLE001 - whatever it was, people are told of it, and it is tried again
            troubles.troubled(message, error)

    return do


_JOBS: Mapping[str, jobs.Job] = {
    "export": chain.export,
    "import_asked": _asked,
    "import_check": _imported(checking.check),
    "import_inspect": _imported(looking.look),
    "import_run": _imported(running.run),
    "import_split": _imported(looking.split),
    "import_undo": _imported(running.undo),
    "import_uploaded": _uploaded,
    "incoming_mail": _receive,
}
