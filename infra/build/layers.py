"""Builds a layer from the locked requirements: `python -m infra.build.layers library|language <folder>`.

The wheels are those for Lambda whatever machine this runs on. boto3 is shipped although Lambda has one: theirs changes
without notice, and ours, cut to the services in use, starts faster.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from infra.build.bytecode import RUNTIME, compile_tree

ROOT = Path(__file__).parents[2]
LOCKED = ROOT / "requirements" / "functions.txt"
INSTALLER = ROOT / ".venv" / "uv" / "bin" / "pip"
LANGUAGE = {"icu4py"}
SERVICES = {"cognito-idp", "dynamodb", "events", "s3", "sesv2", "sqs", "ssm"}
"""AWS services whose clients the functions make; a test compares this with the code."""

UNUSED = [
    "bin",
    "boto3/data",
    "boto3/examples",
    "botocore/data/*/*/examples-1.json",
    "phonenumbers/carrierdata",
    "phonenumbers/geodata",
    "phonenumbers/tzdata",
    "*.dist-info/RECORD",
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
]
"""Never imported by us. The rest of dist-info is read: pydantic asks for the version of email-validator."""


def build(layer: str, target: Path, machine: str) -> None:
    """Fill `target` with the packages of `layer`, trimmed, with bytecode."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
        wanted.writelines(requirements(LOCKED.read_text("utf-8"), layer))
        wanted.flush()
        install(Path(wanted.name), target, machine)
    trim(target)
    compile_tree(target, seen_at="/opt/python")


def requirements(locked: str, layer: str) -> Iterator[str]:
    """The entries of the lock file, hashes included, that belong to `layer`."""
    for entry in re.split(r"(?m)^(?=[A-Za-z0-9])", locked):
        name = re.match(r"[A-Za-z0-9._-]+", entry)
        if name and (name[0].lower() in LANGUAGE) == (layer == "language"):
            yield entry


def install(wanted: Path, target: Path, machine: str) -> None:
    # Lambda's Python 3.13 stands on Amazon Linux 2023, whose glibc is 2.34.
    platforms = [f"--platform=manylinux{tag}_{machine}" for tag in ("2014", "_2_17", "_2_28", "_2_34")]
    kind = ["--implementation=cp", f"--python-version={RUNTIME}", "--only-binary=:all:", *platforms]
    quiet = ["--quiet", "--disable-pip-version-check", "--root-user-action=ignore"]
    safe = ["--require-hashes", "--no-deps", "--no-compile"]
    command = [*pip(), "install", *kind, *safe, *quiet, f"--target={target}"]
    subprocess.run([*command, "--requirement", str(wanted)], check=True)


def pip() -> list[str]:
    """The pip of the installer's environment, else this Python's, else the one on PATH."""
    if INSTALLER.exists():
        return [str(INSTALLER)]
    return [sys.executable, "-m", "pip"] if find_spec("pip") else ["pip"]


def trim(target: Path) -> None:
    """Take out what is never loaded: other services' descriptions are most of botocore."""
    for service in [path for path in target.glob("botocore/data/*") if path.is_dir() and path.name not in SERVICES]:
        shutil.rmtree(service)
    for path in [path for pattern in UNUSED for path in target.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("layer", choices=["library", "language"])
    parser.add_argument("target", type=Path)
    parser.add_argument("--machine", default="aarch64", choices=["aarch64", "x86_64"])
    asked = parser.parse_args()
    build(asked.layer, asked.target, asked.machine)


if __name__ == "__main__":
    main()
