"""A right that nobody uses fails a run of the whole suite, and no smaller one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from crm.core import links, signing
from tests.support import exact_rights, rights
from tests.support.rights import USED
from tests.support.world import Api

WHOLE: dict[str, Any] = {
    "keyword": "",
    "markexpr": "not soak",
    "deselect": None,
    "ignore": None,
    "ignore_glob": None,
    "lf": False,
    "stepwise": False,
}


def ended(*, without: str = "", source: str = "TESTPATHS", status: int = 0, **asked: Any) -> tuple[int, list[str]]:
    """How a run ends in which every right was used but one, and what it says."""
    used = exact_rights.granted() - {without}
    reports = [SimpleNamespace(user_properties=[(USED + right, 1) for right in sorted(used)])]
    said: list[str] = []
    reporter = SimpleNamespace(stats={"": reports}, write_line=lambda text, **_: said.append(text))
    config: Any = SimpleNamespace(
        option=SimpleNamespace(**{**WHOLE, **asked}),
        args_source=pytest.Config.ArgsSource[source],
        getini=lambda _: ["-m", "not soak"],
        pluginmanager=SimpleNamespace(get_plugin=lambda _: reporter),
    )
    session: Any = SimpleNamespace(config=config, exitstatus=status)
    exact_rights.pytest_sessionfinish(session)
    return session.exitstatus, said


def test_a_run_of_all_fails_where_a_right_was_not_used_and_names_it() -> None:
    assert ended() == (0, [])
    status, said = ended(without="MailerFunction ses:SendEmail")
    assert (status, len(said)) == (1, 1)
    assert said[0].endswith(": MailerFunction ses:SendEmail")


@pytest.mark.parametrize(
    "asked",
    [{"source": "ARGS"}, {"keyword": "mail"}, {"markexpr": "soak"}, {"lf": True}, {"ignore": ["tests/mail"]}],
)
def test_a_run_of_some_says_nothing(asked: dict[str, Any]) -> None:
    assert ended(without="MailerFunction ses:SendEmail", **asked) == (0, [])


def test_a_run_that_has_failed_already_says_nothing_more() -> None:
    assert ended(without="MailerFunction ses:SendEmail", status=1) == (1, [])


def test_what_is_signed_for_others_is_seen(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[str] = set()
    monkeypatch.setattr(rights, "_remember", seen.add)
    monkeypatch.setattr(rights, "running_handler", lambda: "api")
    links.upload("uploads/one")
    links.download("exports/one", name="one.csv")
    signing.keys()
    assert seen == {
        f"ApiFunction {one}" for one in ("s3:PutObject", "s3:GetObject", "s3:ListBucket", "ssm:GetParameter")
    }
