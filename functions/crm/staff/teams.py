"""Use cases around teams: whose customers one's colleagues reach."""

from collections.abc import Mapping
from typing import Any

from crm.access import roster
from crm.access.models import Roster
from crm.core.errors import Conflict, LimitReached, NotFound, StaleVersion
from crm.core.reason import Reason

MOST_TEAMS = 100
Team = Mapping[str, Any]
"""`{name, version, members}`"""


def listed() -> dict[str, Team]:
    """All teams by id."""
    known = Roster.read()
    return {team_id: _of(known, team_id) for team_id in sorted(known.teams)}


def get(*, team_id: str) -> Team:
    """One team and who is in it. Raises NotFound."""
    return _of(Roster.read(), team_id)


def make(*, team_id: str, name: str) -> Team:
    """Make a team; the same again answers with it. Raises Conflict (the id is taken), LimitReached."""

    def made(known: Roster) -> Roster:
        taken = known.teams.get(team_id)
        if taken and taken["name"] != name:
            raise Conflict(Reason("there is a team with the id {team_id} already", team_id=team_id))
        if len(known.teams) >= MOST_TEAMS:
            raise LimitReached(Reason("at most {most} teams", most=MOST_TEAMS))
        return known.followed_by(teams={**known.teams, team_id: taken or {"name": name, "version": 1}})

    return _of(roster.change(made), team_id)


def rename(*, team_id: str, name: str, expected_version: int | None) -> Team:
    """Give a team another name. Raises NotFound, StaleVersion."""

    def made(known: Roster) -> Roster:
        version = _version(known, team_id, expected_version)
        return known.followed_by(teams={**known.teams, team_id: {"name": name, "version": version + 1}})

    return _of(roster.change(made), team_id)


def remove(*, team_id: str, expected_version: int | None) -> None:
    """Take a team away that nobody is in. Raises NotFound, StaleVersion, Conflict."""

    def made(known: Roster) -> Roster:
        _version(known, team_id, expected_version)
        if inside := _of(known, team_id)["members"]:
            raise Conflict(Reason("{inside} are in this team; take them out first", inside=", ".join(inside[:5])))
        return known.followed_by(teams={name: one for name, one in known.teams.items() if name != team_id})

    roster.change(made)


def _of(known: Roster, team_id: str) -> Team:
    if team_id not in known.teams:
        raise NotFound(f"there is no team {team_id[:60]!a}")
    members = sorted(name for name, one in known.members.items() if team_id in (one.get("teams") or ()))
    return {**known.teams[team_id], "members": members}


def _version(known: Roster, team_id: str, expected: int | None) -> int:
    version = int(_of(known, team_id)["version"])
    if expected is not None and version != expected:
        raise StaleVersion(f"it is at version {version} now; read it again and repeat the change")
    return version
