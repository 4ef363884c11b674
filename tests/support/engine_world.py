"""The same small world on the local engine: real transactions, and no slower with many items."""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3

from infra.local import names
from tests.support.tables import create_tables
from tests.support.world import SETTINGS, SIGNING_KEYS, create_bucket, forget

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from infra.local.engine import Engine


@contextmanager
def on_engine(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> Iterator[None]:
    """Empty tables, queues and keys of one's own on the engine, and the settings that name them."""
    tables, suffix = create_tables(engine.url), secrets.token_hex(6)
    settings = {**SETTINGS, "CRM_TABLE": tables["CrmTable"], "VIEWS_TABLE": tables["ViewsTable"]}
    settings |= {"AWS_ENDPOINT_URL": engine.url, "SIGNING_KEY_PARAMETER": f"/crm/{suffix}"}
    settings |= {"FILES_BUCKET": f"files-{suffix}", **names.CREDENTIALS}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    boto3.setup_default_session()
    for name in ("mail", "jobs", "files", "webhooks", "mail_reports_dead"):
        url = boto3.client("sqs").create_queue(QueueName=f"{name}-{suffix}")["QueueUrl"]
        monkeypatch.setenv(f"{name.upper()}_QUEUE_URL", url)
    create_bucket(settings["FILES_BUCKET"])
    key = json.dumps(SIGNING_KEYS)
    boto3.client("ssm").put_parameter(Name=settings["SIGNING_KEY_PARAMETER"], Value=key, Type="SecureString")
    forget()
    yield
    forget()
