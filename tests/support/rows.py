"""What the table of the truth holds, seen without the product's own models."""

import os
from typing import Any

import boto3


def all_items(table: str = "CRM_TABLE") -> list[dict[str, Any]]:
    """Every item of a table, by key, as the low-level client shows it."""
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=os.environ[table], ConsistentRead=True)
    items = [item for page in pages for item in page["Items"]]
    return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def told_items() -> list[dict[str, Any]]:
    """The same without what the audit says of who made and tried it."""
    return [item for item in all_items() if not item["sk"]["S"].startswith("AUDIT#")]


def count(entity: str) -> int:
    """How many items of one kind there are."""
    return sum(item["entity"]["S"] == entity for item in all_items())
