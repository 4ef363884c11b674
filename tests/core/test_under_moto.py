"""The product in somebody else's test: their moto, no support of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = """
import os
import socket

import boto3
from moto import mock_aws

reached = []
socket.create_connection = lambda *where, **how: reached.append(where) or 1 / 0
os.environ |= {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
os.environ |= {"CRM_TABLE": "crm", "VIEWS_TABLE": "views", "REPORTING_CURRENCY": "USD", "POWERTOOLS_SERVICE_NAME": "t"}
with mock_aws():
    keys = [{"AttributeName": name, "KeyType": kind} for name, kind in (("pk", "HASH"), ("sk", "RANGE"))]
    types = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
    for table in ("crm", "views"):
        boto3.client("dynamodb").create_table(
            TableName=table, KeySchema=keys, AttributeDefinitions=types, BillingMode="PAY_PER_REQUEST"
        )
    from crm.core import table

    table.client().put_item(TableName="crm", Item={"pk": {"S": "a"}, "sk": {"S": "b"}, "name": {"S": "Sara"}})
    kept = boto3.client("dynamodb").scan(TableName="crm")["Items"]
    print([item["name"]["S"] for item in kept], reached)
"""


def test_what_is_written_is_found_where_moto_keeps_it_and_nothing_else_is_asked() -> None:
    known = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "functions"), "BUSINESS_TIMEZONE": "Asia/Karachi"}
    told = subprocess.run(
        [sys.executable, "-c", FOREIGN], env=known, capture_output=True, text=True, timeout=60, check=False
    )
    assert (told.stdout, told.returncode) == ("['Sara'] []\n", 0), told.stderr
