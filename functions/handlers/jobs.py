"""Long work, one piece a message: each names its job, and sends the message of the next piece."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from crm.checkups import taking as checking
from crm.core import queue, table
from crm.core.config import settings
from crm.core.jobs import Job, Message, later, work
from crm.core.places import Place
from crm.duplicates import pruning
from crm.duplicates import service as duplicates
from crm.exports import erasing as exported
from crm.fanout import service as fanout
from crm.forms import service as forms
from crm.forms import waiting
from crm.imports import erasing as imported
from crm.imports import nightly
from crm.inbox import erasing as incoming
from crm.mail import announcing
from crm.merges import jobs as merges
from crm.patterns import service as patterns
from crm.privacy import bin as bin_
from crm.privacy import dead_letters, erasing, replay, requests
from crm.questionnaires import taking
from crm.reminders import hiding
from crm.segments import snapshots
from crm.segments.disbanding import disband
from crm.staff import accounts, owners
from crm.tags import moving as tagging
from crm.views import emptied, flows, wake
from crm.views import service as views

# Until groups that name a tag are filled under their new rules.
_WAIT_SECONDS = 5
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
    return work(event, _JOBS)


def _sweep(message: Message) -> None:
    """{"job": "sweep", "epoch": n}: project all items under new rules."""
    views.begin_sweep(epoch=int(message["epoch"]), message_id=message["id"])


def _find_patterns(message: Message) -> None:
    """{"job": "patterns"}: look for the points that cut all customers into five parts, on request or as a duty."""
    if "day" in message:
        patterns.begin_if_due(day=message["day"])
    else:
        patterns.begin(request=message["request"])


def _suggest(message: Message) -> None:
    """{"job": "suggest"}: look for groups that may be worth making."""
    try:
        patterns.suggest()
    except table.STORE_ERRORS as error:
        _later(message, error)


def _mark(message: Message) -> None:
    """{"job": "mark"}: mark the views of a new installation as whole; build them anew where the mark is lost."""
    try:
        views.keep_mark(request=message["id"])
    except table.STORE_ERRORS as error:
        _later(message, error)


def _rebuild(message: Message) -> None:
    """{"job": "rebuild", "request": id}: build all views anew; the same request is carried out once."""
    views.begin_rebuild(request=message.get("request", message["id"]))


def _reconcile(message: Message) -> None:
    """{"job": "reconcile"}: hold all views against the truth, as a duty of the week or on request."""
    views.begin_reconcile(request=message.get("request", message.get("day", message["id"])))


def _begun(job: fanout.Job, begin: Job) -> Job:
    """A job over everything: the first message asks for it, later ones carry pages."""

    def do(message: Message) -> None:
        try:
            if "piece" in message:
                fanout.go_on(job, message)
            else:
                begin(message)
        except table.STORE_ERRORS as error:
            _later(message, error)

    return do


def _refresh(message: Message) -> None:
    """{"job": "refresh", "pk": …, "sk": …}: project one item."""
    for error in views.refresh_batch([(message["pk"], message["sk"])]).values():
        _later(message, error)


def _retry_parked(_: Message) -> None:
    """{"job": "retry_parked"}: project what could not be projected so far."""
    for (pk, sk), error in views.refresh_parked().items():
        _later({"job": "refresh", "pk": pk, "sk": sk}, error)


def _erase(message: Message) -> None:
    """{"job": "erase", "customer": id}: take away what is kept of a customer, a piece in each message."""
    try:
        if not erasing.erase(customer_id=message["customer"], places=PLACES):
            seconds = erasing.pause(customer_id=message["customer"])
            following = {"job": "erase", "customer": message["customer"]}
            queue.send(settings().jobs_queue_url, following, delay_seconds=seconds)
    except table.STORE_ERRORS as error:
        _later(message, error)


def _empty_bin(message: Message) -> None:
    """{"job": "empty_bin", "day": …}: erase those who have been in the bin for thirty days."""
    try:
        bin_.empty()
    except table.STORE_ERRORS as error:
        _later(message, error)


def _follow_bin(message: Message) -> None:
    """{"job": "follow_bin", "customer": id}: silence what reminds of who was deleted; let it speak of who is back."""
    try:
        hiding.follow(customer_id=message["customer"])
    except table.STORE_ERRORS as error:
        _later(message, error)


def _replay_erasures(_: Message) -> None:
    """{"job": "replay_erasures"}: after a restore from a backup, erase everybody again who was erased since."""
    for customer_id in replay.replay():
        queue.send(settings().jobs_queue_url, {"job": "erase", "customer": customer_id})


def _duplicates(message: Message) -> None:
    """{"job": "duplicates", "day": "2026-11-22"}: look for pairs among who changed; later messages go on behind one."""
    try:
        after = duplicates.find_some(after=message.get("after"))
    except table.STORE_ERRORS as error:
        _later(message, error)
    else:
        if after:
            queue.send(settings().jobs_queue_url, {"job": "duplicates", "after": after})


def _prune_pairs(message: Message) -> None:
    """{"job": "prune_pairs", "day": …}: take away pairs of customers who are gone, as a duty of the week."""
    day = date.fromisoformat(message["day"])
    fanout.begin(pruning.JOB, rank=day.toordinal(), request=message["day"])


def _take_answers(message: Message) -> None:
    """{"job": "answers", "form": id}: take what was answered on a public page into a record."""
    try:
        item = forms.waiting(message["form"])
        if item:
            (checking if item.checkup else taking).take(item)
    except table.STORE_ERRORS as error:
        _later(message, error)


def _take_stuck_forms(message: Message) -> None:
    """{"job": "stuck_forms", "day": …}: try again what should have been taken into a record, and was not."""
    try:
        for form in waiting.stuck():
            queue.send(settings().jobs_queue_url, {"job": "answers", "form": form})
    except table.STORE_ERRORS as error:
        _later(message, error)


def _asked(message: Message) -> None:
    """{"job": "asked", "customer": id, "what": "data"}: mail the link that somebody asked for, or tell the staff."""
    try:
        requests.mail(customer_id=message["customer"], what=message["what"])
    except table.STORE_ERRORS as error:
        _later(message, error)


def _merge(message: Message) -> None:
    """{"job": "merge", "customer": id}: carry over what belongs to a record that was merged, or back again."""
    try:
        following = merges.go_on(message)
    except table.STORE_ERRORS as error:
        _later(message, error)
    else:
        if following:
            queue.send(settings().jobs_queue_url, following)


def _change_tags(message: Message) -> None:
    """{"job": "tags"}: begin what was asked for; later messages carry pages (crm.fanout) of one change."""
    try:
        if "piece" in message:
            fanout.go_on(tagging.job(message["job"]), message)
        elif tagging.begin():
            queue.send(settings().jobs_queue_url, {"job": "tags"}, delay_seconds=_WAIT_SECONDS)
    except table.STORE_ERRORS as error:
        _later(message, error)


def _disband(message: Message) -> None:
    """{"job": "disband", "segment": id}: let the members of a deleted hand-picked group go."""
    after = (message["after"][0], message["after"][1]) if "after" in message else None
    try:
        following = disband(segment_id=message["segment"], mark=message.get("mark"), after=after)
    except table.STORE_ERRORS as error:
        _later(message, error)
    else:
        if following:
            later = {"job": "disband", "segment": message["segment"], "mark": following[0], "after": following[1]}
            queue.send(settings().jobs_queue_url, later)


def _snapshots(message: Message) -> None:
    """{"job": "snapshots", "day": "2026-11-22"}: keep how every group stands at the beginning of the day."""
    try:
        snapshots.take(day=date.fromisoformat(message["day"]), run=flows.begun())
    except table.STORE_ERRORS as error:
        _later(message, error)


def _announce(message: Message) -> None:
    """{"job": "announce", "pk": …, "sk": …}: tell the event bus that a message was withheld."""
    try:
        announcing.announce(pk=message["pk"], sk=message["sk"])
    except table.STORE_ERRORS as error:
        _later(message, error)


def _wake(message: Message) -> None:
    """{"job": "wake", "day": "2026-11-22"}: project what time changes by that day; later messages carry pieces."""
    pieces = [wake.piece_of(message)] if "part" in message else wake.pieces_of(message["day"])
    try:
        for piece in wake.do(pieces):
            queue.send(settings().jobs_queue_url, {"job": "wake", **asdict(piece)})
    except table.STORE_ERRORS as error:
        _later(message, error)


def _nightly_imports(message: Message) -> None:
    """{"job": "nightly_imports", "day": …}: begin to import what other programs have put into the bucket."""
    try:
        nightly.begin()
    except table.STORE_ERRORS as error:
        _later(message, error)


def _later(message: Message, error: Exception) -> None:
    later(message, error, url=settings().jobs_queue_url)


def _keep_account(message: Message) -> None:
    """{"job": "account", "staff": id}: bring the account at the user pool to what the store says of the member."""
    try:
        accounts.keep(staff_id=message["staff"])
    except table.STORE_ERRORS as error:
        _later(message, error)


def _appoint(message: Message) -> None:
    """{"job": "owner", "staff": id, "name": …, "email": …}: make an owner (the command `crm owner`)."""
    owners.appoint(staff_id=message["staff"], name=message["name"], email=message["email"])


_JOBS: Mapping[str, Job] = {
    "account": _keep_account,
    "announce": _announce,
    "answers": _take_answers,
    "asked": _asked,
    "disband": _disband,
    "duplicates": _duplicates,
    "empty_bin": _empty_bin,
    "erase": _erase,
    "follow_bin": _follow_bin,
    "mark": _mark,
    "merge": _merge,
    "nightly_imports": _nightly_imports,
    "owner": _appoint,
    "patterns": _begun(patterns.JOB, _find_patterns),
    "prune_pairs": _begun(pruning.JOB, _prune_pairs),
    "rebuild": _begun(views.REBUILD, _rebuild),
    "rebuild_views": _begun(views.REBUILD_VIEWS, _rebuild),
    "reconcile": _begun(views.RECONCILE, _reconcile),
    "reconcile_again": _begun(views.RECONCILE_AGAIN, _reconcile),
    "reconcile_views": _begun(views.RECONCILE_VIEWS, _reconcile),
    "refresh": _refresh,
    "replay_erasures": _replay_erasures,
    "retry_parked": _retry_parked,
    "snapshots": _snapshots,
    "stuck_forms": _take_stuck_forms,
    "suggest": _suggest,
    "tags": _change_tags,
    "sweep": _begun(views.SWEEP, _sweep),
    "wake": _wake,
}
