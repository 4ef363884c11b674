"""Makes the environments under `.venv/` from the locked requirements; does nothing where they are up to date.

    python3 infra/local/environments.py [tools engine functions scanners dataset]

`tools` runs the local host, tests and checks; `engine` holds the local engine; `functions` holds what ships in Lambda
and its runtime client, nothing else; `scanners` what looks for faults, with an old boto3 of its own; `dataset` adds the
text files of a data set to `tools`. Needs Python 3.11 or newer and its standard library only, since it runs before
anything is installed.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements"
INSTALLER = VENV / "uv"
LAMBDA_VERSION = (3, 13)
OLDEST_VERSION = (3, 11)
ENVIRONMENTS = {
    "tools": ["tools.txt"],
    "engine": ["engine.txt"],
    "functions": ["functions.txt", "runtime.txt"],
    "scanners": ["scanners.txt"],
}
DATASET = "dataset"
ASK_VERSION = "import sys, venv; print(*sys.version_info[:2])"
# As pip does: every source is looked at (the hashes say what is right), certificates are the machine's.
AS_PIP_DOES = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_SYSTEM_CERTS": "1"}
# pip's settings, under the names that uv knows: whoever told pip where packages come from need not tell twice.
SHARED_SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
}


class EnvironmentFailedError(Exception):
    """An environment could not be made; the text is one line that says what to do."""


def version_of(python: str | Path) -> tuple[int, int] | None:
    """Return (major, minor) of an interpreter that really runs and can make environments, else None."""
    try:
        answer = subprocess.run([python, "-c", ASK_VERSION], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    major, minor = answer.stdout.split()
    return int(major), int(minor)


def interpreter() -> str:
    """Return the interpreter that all environments get: Lambda's version if it is found, else a new enough one.

    Raises EnvironmentFailedError when none is.
    """
    wanted = f"python{LAMBDA_VERSION[0]}.{LAMBDA_VERSION[1]}"
    on_path = [Path(directory) / wanted for directory in os.get_exec_path()]
    # A version manager's stand-in on PATH may exist and yet refuse to run, so its real interpreters are looked at too.
    managed = sorted((Path.home() / ".pyenv" / "versions").glob(f"{wanted.removeprefix('python')}*/bin/python"))
    for python in [Path(sys.executable), *on_path, *managed]:
        if python.exists() and version_of(python) == LAMBDA_VERSION:
            return str(python)
    if sys.version_info >= OLDEST_VERSION and version_of(sys.executable):
        found = ".".join(map(str, sys.version_info[:2]))
        print(f"{wanted} was not found: functions run on Python {found} here, on {wanted} in Lambda")
        return sys.executable
    raise EnvironmentFailedError(
        f"Python {'.'.join(map(str, OLDEST_VERSION))} or newer with its venv module is needed, {wanted} at best"
    )


def ensure(names: list[str]) -> None:
    """Bring the named environments up to date. Raises EnvironmentFailedError."""
    wanted = [name for name in names if name != DATASET]
    stale = [name for name in wanted if _stamp(name).strip() != _fingerprint(ENVIRONMENTS[name])]
    if not stale and (DATASET not in names or _dataset_is_there()):
        return
    python = interpreter()
    _make_installer(python)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: _make(name, python), stale))
    if DATASET in names and not _dataset_is_there():
        _install("tools", [f"{DATASET}.txt"], "--no-deps")
        (VENV / "tools" / ".dataset").write_text(_fingerprint([f"{DATASET}.txt"]))


def _fingerprint(files: list[str]) -> str:
    return hashlib.sha256(b"".join((REQUIREMENTS / file).read_bytes() for file in files)).hexdigest()


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _stamp(name: str) -> str:
    # An interpreter that was removed leaves a dangling link: then the environment is made anew.
    return _read(VENV / name / ".stamp") if (VENV / name / "bin" / "python").exists() else ""


def _dataset_is_there() -> bool:
    return _read(VENV / "tools" / ".dataset") == _fingerprint([f"{DATASET}.txt"])


def _make_installer(python: str) -> None:
    if _stamp("uv") == _fingerprint(["uv.txt"]):
        return
    _remove(INSTALLER)
    _run(
        [python, "-m", "venv", str(INSTALLER)], "Python's venv module does not work (Debian: apt install python3-venv)"
    )
    locked = ["--require-hashes", "-r", str(REQUIREMENTS / "uv.txt")]
    uv = subprocess.run([_pip(), "install", "-q", *locked], capture_output=True, check=False)
    if uv.returncode:
        print("uv could not be installed: pip does the work, which takes longer")
    (INSTALLER / ".stamp").write_text(_fingerprint(["uv.txt"]))


def _make(name: str, python: str) -> None:
    print(f"making .venv/{name}")
    target = VENV / name
    _remove(target)
    _run([python, "-m", "venv", "--without-pip", str(target)], f"{python} cannot make environments")
    _install(name, ENVIRONMENTS[name])
    (target / ".stamp").write_text(_fingerprint(ENVIRONMENTS[name]))


def _install(name: str, files: list[str], *options: str) -> None:
    python = str(VENV / name / "bin" / "python")
    locked = [part for file in files for part in ("-r", str(REQUIREMENTS / file))]
    uv = INSTALLER / "bin" / "uv"
    if uv.exists():
        command = [str(uv), "pip", "install", "-q", "--python", python, "--require-hashes", *options, *locked]
        if subprocess.run(command, env=_uv_settings(), stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return
        print(f"uv could not fill .venv/{name}: trying pip")
    # The files are complete; asked to look for more, pip stumbles over extras, which lock files leave out.
    command = [_pip(), "--python", python, "install", "-q", "--require-hashes", "--no-deps", *locked]
    _run(command, f"the requirements of .venv/{name} could not be installed")


def _pip() -> str:
    return str(INSTALLER / "bin" / "pip")


def _uv_settings() -> dict[str, str]:
    settings = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    of_pip = _pip_settings()
    shared = {variable: of_pip[name] for name, variable in SHARED_SETTINGS.items() if of_pip.get(name)}
    return {**AS_PIP_DOES, **shared, **settings}


def _pip_settings() -> dict[str, str]:
    """Return pip's own settings; those of the environment win, as in pip."""
    # `pip config get` of older versions does not find what `list` shows.
    asked = subprocess.run([_pip(), "config", "list"], capture_output=True, text=True, check=False)
    found: dict[str, str] = {}
    for line in sorted(asked.stdout.splitlines(), key=lambda line: line.startswith(":env:")):
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in {"global", ":env:"}:
            found[name] = " ".join(str(ast.literal_eval(value)).split())
    return found


def _remove(directory: Path) -> None:
    if directory.is_symlink():
        directory.unlink()
    shutil.rmtree(directory, ignore_errors=True)


def _run(command: list[str], problem: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise EnvironmentFailedError(problem)


def main(names: list[str]) -> int:
    """Make the named environments (all by default); return the exit code."""
    known = [*ENVIRONMENTS, DATASET]
    if unknown := sorted(set(names) - set(known)):
        print(f"there is no environment {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    VENV.mkdir(exist_ok=True)
    with (VENV / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            ensure(names or known)
        except EnvironmentFailedError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
