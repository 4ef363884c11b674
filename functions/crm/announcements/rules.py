"""To whom an announcement is, and whether it still is. Pure."""

from collections.abc import Collection
from datetime import date
from typing import Any

from crm.announcements.models import Announcement


def stands(announcement: Announcement, *, today: date) -> bool:
    """Whether it is shown on this day of the business."""
    is_over = announcement.until is not None and announcement.until < today.isoformat()
    return announcement.withdrawn_at is None and not is_over


def is_for(announcement: Announcement, *, role: str | None, teams: Collection[str]) -> bool:
    """Whether it is for a member with this role and in these teams."""
    named: list[Any] = [*announcement.teams, *announcement.roles]
    return not named or role in announcement.roles or bool(set(announcement.teams) & set(teams))
