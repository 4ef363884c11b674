"""The messages of a job over everything: the first asks for it, later ones carry pages."""

from collections.abc import Callable

from crm.core import jobs
from crm.fanout import service


def over_everything(job: service.Job, begin: Callable[[jobs.Message], None]) -> jobs.Job:
    """What the messages of a job come to: `begin` with the first, a page with each later one."""

    def do(message: jobs.Message) -> None:
        if "piece" in message:
            service.go_on(job, message)
        else:
            begin(message)

    return do
