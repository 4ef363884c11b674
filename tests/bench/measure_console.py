"""CPU of the staff's pages: of a start with its first page, beside that of a bare boto3 client; of a page later, beside
that of one bare call to the store. In processes of their own, on the tree that the build makes.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from infra.build import code
from tests.bench.figure import Figure
from tests.bench.measure_cold_start import FUNCTIONS_PYTHON, REFERENCE
from tests.bench.shop_with_pages import Pages, served

TIMES = 11
LOAD = "from handlers import console"
# `argv[1]`: a file with events. Each is answered once.
SHOW = """
import json, sys
from handlers import console
for event in json.load(open(sys.argv[1])):
    answer = console.handler(event, None)
    assert answer["statusCode"] == 200, answer
"""
# `argv[1]`: a file with {name: event}; `argv[2]`: a customer. Prints the CPU seconds of each, and of one bare read.
AGAIN = """
import json, os, sys, time
import boto3
from handlers import console
def taken(action):
    start = time.process_time()
    action()
    return time.process_time() - start
store = boto3.client("dynamodb")
key = {"pk": {"S": "CUSTOMER#" + sys.argv[2]}, "sk": {"S": "PROFILE"}}
events = json.load(open(sys.argv[1]))
actions = {"": lambda: store.get_item(TableName=os.environ["CRM_TABLE"], Key=key)}
for name, event in events.items():
    actions[name] = lambda event=event: console.handler(event, None)
# In turn, so that a busy machine is as busy for all.
rounds = [{name: taken(action) for name, action in actions.items()} for _ in range(80)]
for one in rounds:
    # Among its like a call is cheaper: all that it runs is in the processor's caches.
    one["row"] = taken(actions[""])
print(json.dumps({name: sorted(one[name] for one in rounds)[len(rounds) // 4] for name in rounds[0]}))
"""


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder, served() as pages:
        code.build(Path(folder))
        environment = {"PATH": os.defpath, "PYTHONPATH": folder, **pages.environment}
        yield from _starts(pages, environment, Path(folder))
        yield from _again(pages, environment, Path(folder))


def _starts(pages: Pages, environment: Mapping[str, str], folder: Path) -> Iterator[Figure]:
    """A start, and what it comes to with a first page: each in turn, so that a busy machine is as busy for all."""
    shown = {"load console": [], "first my day": ["my day"], "first customer": ["customer"], "first find": ["find"]}
    taken: dict[str, list[float]] = {name: [] for name in ("pass", "reference", *shown)}
    for _ in range(TIMES):
        taken["pass"].append(_cpu("pass", environment))
        taken["reference"].append(_cpu(REFERENCE, environment))
        for name, names in shown.items():
            asked = _file(folder, [pages.events[one] for one in names])
            taken[name].append(_cpu(SHOW if names else LOAD, environment, asked))
    own = median(taken["pass"])
    for name in shown:
        ours, reference = median(taken[name]) - own, median(taken["reference"]) - own
        yield Figure(name=name, ours=ours, reference=reference, reference_name="boto3.client")


def _again(pages: Pages, environment: Mapping[str, str], folder: Path) -> Iterator[Figure]:
    command = [str(FUNCTIONS_PYTHON), "-c", AGAIN, _file(folder, pages.events), pages.customer_id]
    told = json.loads(subprocess.run(command, env=dict(environment), check=True, capture_output=True).stdout)
    references = {"get_item between pages": told.pop(""), "get_item in a row": told.pop("row")}
    for reference_name, reference in references.items():
        for name, ours in told.items():
            yield Figure(name=f"page {name}", ours=ours, reference=reference, reference_name=reference_name)


def _file(folder: Path, document: Any) -> str:
    path = folder / "asked.json"
    path.write_text(json.dumps(document))
    return str(path)


def _cpu(run: str, environment: Mapping[str, str], *arguments: str) -> float:
    """CPU seconds of a new interpreter that runs this."""
    command: Sequence[str] = [str(FUNCTIONS_PYTHON), "-c", run, *arguments]
    before = os.times()
    subprocess.run(command, env=dict(environment), check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system
