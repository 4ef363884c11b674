"""CPU of loading each handler in a new process, beside that of one bare boto3 client."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS_PYTHON = ROOT / ".venv" / "functions" / "bin" / "python"
TIMES = 5
REFERENCE = "import boto3; boto3.client('dynamodb', region_name='eu-west-1')"
LOAD = "import handlers.{name} as module; getattr(module, 'application', int)()"


def measure() -> Iterator[Figure]:
    reference = cpu(REFERENCE)
    for path in sorted((ROOT / "functions" / "handlers").glob("[a-z]*.py")):
        ours = cpu(LOAD.format(name=path.stem))
        yield Figure(name=f"load {path.stem}", ours=ours, reference=reference, reference_name="boto3.client")


def cpu(code: str) -> float:
    """Median CPU seconds of running `code` in a new interpreter, the interpreter's own start taken off."""
    return median(_once(code) for _ in range(TIMES)) - median(_once("pass") for _ in range(TIMES))


def _once(code: str) -> float:
    python = FUNCTIONS_PYTHON if FUNCTIONS_PYTHON.exists() else Path(sys.executable)
    environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT / "functions"), "AWS_DEFAULT_REGION": "eu-west-1"}
    environment["AWS_LAMBDA_RUNTIME_API"] = "127.0.0.1:1"
    before = os.times()
    subprocess.run([python, "-c", code], env=environment, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system
