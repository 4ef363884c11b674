"""What a page loads that is the first thing a function does: each module costs every start of it."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from crm.core.config import settings
from crm.core.lease import Lease
from tests.console.browser import Browser, event
from tests.support.flow import settle
from tests.support.world import SIGNING_KEYS, Api

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"pydantic", "email_validator", "boto3", "s3transfer", "aws_lambda_powertools", "babel", "css_inline"}
HEAVY |= {"rapidfuzz", "phonenumbers", "icalendar", "nh3", "openpyxl", "xlsxwriter"}
"""Packages that only what changes something needs, or none of these pages."""
# In a process of its own, over tables in memory that hold what ours hold.
SHOW = """
import json, pickle, sys
from botocore.client import BaseClient
from tests.support.memory import Memory
asked, memory = pickle.load(sys.stdin.buffer), Memory()
memory.parameters.update(asked["parameters"])
for name, items in asked["items"].items():
    for item in items:
        memory.tables[name][item["pk"]["S"], item["sk"]["S"]] = item
BaseClient._make_api_call = lambda client, operation, parameters: memory.call(operation, parameters)
from handlers import console
pages = [console.handler(one, None) for one in asked["events"]]
print(json.dumps({"pages": [(one["statusCode"], one["body"]) for one in pages],
                  "loaded": sorted({name.partition(".")[0] for name in sys.modules})}))
"""


@pytest.fixture
def customer(shop: None) -> str:
    """The address of a customer in a group, of whom somebody is reminded."""
    api = Api()
    api.post("/staff", {"id": "manager", "name": "Mona"}, role="owner")
    api.post("/segments", {"name": "Well off", "rule": {"field": "income_band", "op": "eq", "value": "high"}})
    made = api.post("/customers", {"name": "Starting Stella", "income_band": "high", "phone": "+92 300 5550001"}).body
    told = {"to": "staff", "staff": "manager", "customer_id": made["id"], "at": "2099-03-01T10:00", "subject": "Call"}
    assert api.post("/reminders", told).status == 201
    assert api.post(f"/customers/{made['id']}/interactions", {"kind": "call", "summary": "Rang"}).status == 201
    settle()
    Lease.forget_all()
    return f"/console/customers/{made['id']}"


def test_a_first_page_loads_nothing_that_validates_and_no_library_of_mails(manager: Browser, customer: str) -> None:
    told = _started(manager, "/console", customer)
    assert [status for status, _ in told["pages"]] == [200, 200]
    page = told["pages"][1][1]
    assert all(text in page for text in ("Starting Stella", "Well off", "Rang", "Call"))
    assert HEAVY & set(told["loaded"]) == set()


def _started(browser: Browser, *addresses: str) -> dict[str, Any]:
    """What a new process of the function answers, and the packages that it has loaded then."""
    tables = settings().crm_table, settings().views_table
    scan = boto3.client("dynamodb").get_paginator("scan")
    items = {name: [item for page in scan.paginate(TableName=name) for item in page["Items"]] for name in tables}
    asked = {
        "parameters": {settings().signing_key_parameter: json.dumps(SIGNING_KEYS)},
        "items": items,
        "events": [event("GET", address, None, {}, browser.cookies, {}) for address in addresses],
    }
    command = [sys.executable, "-c", SHOW]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}"}
    done = subprocess.run(command, env=environment, input=pickle.dumps(asked), capture_output=True, check=False)
    assert done.stdout.startswith(b'{"pages"'), (done.stdout, done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
