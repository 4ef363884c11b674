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


def test_whoever_told_pip_where_packages_come_from_need_not_tell_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [
        "global.cert='/etc/own.pem'",
        "global.index-url='https://one.example/simple'",
        r"global.extra-index-url='\nhttps://a.example\nhttps://b.example'",
        "install.cert='/other'",
        ":env:.index-url='https://two.example/simple'",
    ]
    answer = f"cat <<'END'\n{os.linesep.join(said)}\nEND"
    shim(tmp_path / "uv/bin", "pip", f'[ "$1 $2" = "config list" ] && {answer}')
    monkeypatch.setattr(environments, "INSTALLER", tmp_path / "uv")
    monkeypatch.setenv("UV_FIND_LINKS", "/mine")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    settings = environments._uv_settings()
    assert settings["SSL_CERT_FILE"] == "/etc/own.pem"
    assert settings["UV_DEFAULT_INDEX"] == "https://two.example/simple"
    assert settings["UV_INDEX"] == "https://a.example https://b.example"
    assert settings["UV_FIND_LINKS"] == "/mine"
    assert settings["UV_SYSTEM_CERTS"] == "1"


def test_where_uv_fails_pip_installs_what_is_locked_and_looks_for_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments, "INSTALLER", tmp_path / "uv")
    shim(tmp_path / "uv/bin", "uv", "exit 2")
    shim(tmp_path / "uv/bin", "pip", f'echo "$@" >> {tmp_path}/asked')
    environments._install("tools", ["tools.txt"])
    asked = (tmp_path / "asked").read_text().splitlines()[-1]
    assert "install -q --require-hashes --no-deps -r" in asked


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
