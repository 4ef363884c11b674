"""What the jobs of the views do with their messages."""

from collections.abc import Iterator
from dataclasses import asdict

from crm.core.jobs import RETRY_SECONDS, Message
from crm.views import service, wake


def sweep(message: Message) -> None:
    """{"job": "sweep", "epoch": n}: project all items under new rules."""
    service.begin_sweep(epoch=int(message["epoch"]), message_id=message["id"])


def mark(message: Message) -> None:
    """{"job": "mark"}: mark the views of a new installation as whole; build them anew where the mark is lost."""
    service.keep_mark(request=message["id"])


def rebuild(message: Message) -> None:
    """{"job": "rebuild", "request": id}: build all views anew; the same request is carried out once."""
    service.begin_rebuild(request=message.get("request", message["id"]))


def reconcile(message: Message) -> None:
    """{"job": "reconcile"}: hold all views against the truth, as a duty of the week or on request."""
    service.begin_reconcile(request=message.get("request", message.get("day", message["id"])))


def refresh(message: Message) -> None:
    """{"job": "refresh", "pk": …, "sk": …}: project one item."""
    service.refresh(message["pk"], message["sk"])


def retry_parked(_: Message) -> Iterator[Message]:
    """{"job": "retry_parked"}: project what could not be projected so far."""
    for pk, sk in service.refresh_parked():
        yield {"job": "refresh", "pk": pk, "sk": sk, "delay_seconds": RETRY_SECONDS}


def awake(message: Message) -> Iterator[Message]:
    """{"job": "wake", "day": "2026-11-22"}: project what time changes by that day; later messages carry pieces."""
    pieces = [wake.piece_of(message)] if "part" in message else wake.pieces_of(message["day"])
    for piece in wake.do(pieces):
        yield {"job": "wake", **asdict(piece)}
