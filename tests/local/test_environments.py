"""Environments are made once, from locked requirements, with the interpreter that Lambda has if it is there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local import environments


def shim(directory: Path, name: str, text: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_stand_in_on_the_path_that_refuses_to_run_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim(tmp_path / "shims", "python3.13", "echo 'not set' >&2; exit 127")
    real = shim(tmp_path / "home/.pyenv/versions/3.13.9/bin", "python", "echo 3 13")
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "executable", str(shim(tmp_path, "old", "echo 3 11")))
    assert environments.interpreter() == str(real)


def test_without_lambdas_version_the_one_that_runs_is_taken_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = shim(tmp_path, "old", "echo 3 11")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(old))
    assert environments.interpreter() == str(old)
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_without_any_that_can_make_environments_the_error_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(shim(tmp_path, "broken", "exit 1")))
    with pytest.raises(environments.EnvironmentFailedError, match=r"Python 3\.11 or newer") as failed:
        environments.interpreter()
    assert "\n" not in str(failed.value)


def test_what_is_up_to_date_is_not_made_again_and_changed_requirements_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments, "REQUIREMENTS", tmp_path)
    monkeypatch.setattr(environments, "VENV", tmp_path / ".venv")
    made: list[str] = []

    def make(name: str, python: str) -> None:
        made.append(name)
        home = tmp_path / ".venv" / name
        (home / "bin").mkdir(parents=True, exist_ok=True)
        (home / "bin" / "python").touch()
        (home / ".stamp").write_text(environments._fingerprint(environments.ENVIRONMENTS[name]))

    monkeypatch.setattr(environments, "_make", make)
    monkeypatch.setattr(environments, "_make_installer", lambda _: None)
    for file in ("functions.txt", "runtime.txt"):
        (tmp_path / file).write_text("one==1")
    environments.ensure(["functions"])
    environments.ensure(["functions"])
    assert made == ["functions"]
    (tmp_path / "runtime.txt").write_text("one==2")
    environments.ensure(["functions"])
    assert made == ["functions", "functions"]
    os.remove(tmp_path / ".venv/functions/bin/python")  # noqa: PTH107
    environments.ensure(["functions"])
    assert len(made) == 3


def test_an_unknown_environment_is_named() -> None:
    script = Path(environments.__file__)
    refused = subprocess.run([sys.executable, script, "toys"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "toys" in refused.stderr


def test_the_functions_environment_holds_the_locked_requirements_and_nothing_else() -> None:
    site = next((environments.VENV / "functions" / "lib").glob("python*/site-packages"))
    names = {path.name.partition("-")[0].lower().replace("_", "-") for path in site.glob("*.dist-info")}
    locked = {
        line.partition("==")[0].lower().replace("_", "-").replace(".", "-")
        for file in environments.ENVIRONMENTS["functions"]
        for line in (environments.REQUIREMENTS / file).read_text().splitlines()
        if "==" in line
    }
    assert names
    assert names <= locked
