"""Long work, one piece a message: each names its job, and sends the message of the next piece."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.checkups import taking as checking
from crm.core.config import settings
from crm.core.jobs import Job, Message, work
from crm.core.places import Place
from crm.duplicates import jobs as duplicates
from crm.duplicates import pruning
from crm.exports import erasing as exported
from crm.fanout.jobs import over_everything
from crm.forms import service as forms
from crm.forms import waiting
from crm.handovers import jobs as handovers
from crm.imports import erasing as imported
from crm.imports import nightly
from crm.inbox import erasing as incoming
from crm.mail import announcing
from crm.merges import jobs as merges
from crm.patterns import jobs as points
from crm.patterns import service as patterns
from crm.privacy import bin as bin_
from crm.privacy import dead_letters
from crm.privacy import jobs as privacy
from crm.questionnaires import taking
from crm.reminders import hiding, leaving
from crm.segments import jobs as segments
from crm.segments import snapshots
from crm.staff import accounts, owners
from crm.tags import jobs as tags
from crm.views import emptied, flows
from crm.views import jobs as viewing
from crm.views import service as views
from crm.webhooks import failing, spreading

# What is kept of people outside of their own partitions; a slice that keeps some adds its place.
PLACES: tuple[Place, ...] = (
    Place("undelivered reports of mail", dead_letters.erase),
    Place("imported files", imported.erase, imported.is_busy),
    Place("exported files", exported.erase),
    Place("incoming mail", incoming.erase, incoming.is_busy),
    Place("forms that wait", waiting.erase),
    Place("names of sums", emptied.erase),
)


def handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    return work(event, _JOBS, url=settings().jobs_queue_url)


def _follow_member(message: Message) -> None:
    """{"job": "account", "staff": id}: bring the account, and what is left of who has gone, to what the member says."""
    accounts.keep(staff_id=message["staff"])
    leaving.hand_on(staff_id=message["staff"])


def _take_answers(message: Message) -> None:
    """{"job": "answers", "form": id}: take what was answered on a public page into a record."""
    item = forms.waiting(message["form"])
    if item:
        (checking if item.checkup else taking).take(item)


_JOBS: Mapping[str, Job] = {
    "account": _follow_member,
    "announce": lambda message: announcing.announce(pk=message["pk"], sk=message["sk"]),
    "answers": _take_answers,
    "asked": privacy.mail_asked,
    "disband": segments.let_go,
    "duplicates": duplicates.find,
    "empty_bin": lambda _: bin_.empty(),
    "erase": lambda message: privacy.erase(message, places=PLACES),
    "follow_bin": lambda message: hiding.follow(customer_id=message["customer"]),
    "handover": handovers.hand_over,
    "mark": viewing.mark,
    "merge": merges.go_on,
    "nightly_imports": lambda _: nightly.begin(),
    "owner": lambda message: owners.appoint(staff_id=message["staff"], name=message["name"], email=message["email"]),
    "patterns": over_everything(patterns.JOB, points.find),
    "prune_pairs": over_everything(pruning.JOB, duplicates.prune),
    "rebuild": over_everything(views.REBUILD, viewing.rebuild),
    "rebuild_views": over_everything(views.REBUILD_VIEWS, viewing.rebuild),
    "reconcile": over_everything(views.RECONCILE, viewing.reconcile),
    "reconcile_again": over_everything(views.RECONCILE_AGAIN, viewing.reconcile),
    "reconcile_views": over_everything(views.RECONCILE_VIEWS, viewing.reconcile),
    "refresh": viewing.refresh,
    "replay_erasures": privacy.replay_erasures,
    "retry_parked": viewing.retry_parked,
    "snapshots": lambda message: snapshots.take(day=date.fromisoformat(message["day"]), run=flows.begun()),
    "spread": lambda message: spreading.spread(pk=message["pk"], sk=message["sk"]),
    "stuck_events": lambda _: ({"job": "spread", "pk": pk, "sk": sk} for pk, sk in spreading.stuck()),
    "stuck_forms": lambda _: ({"job": "answers", "form": form} for form in waiting.stuck()),
    "suggest": lambda _: patterns.suggest(),
    "sweep": over_everything(views.SWEEP, viewing.sweep),
    "tags": tags.change,
    "wake": viewing.awake,
    "webhook_failing": lambda message: failing.switch_off(webhook_id=message["webhook"]),
}
