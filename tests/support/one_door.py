"""All calls of AWS through one method in tests, `BaseClient._make_api_call`: the product's own client as well.

Whoever puts something else in the place of that method (faults, worlds in memory, rights) then meets every call once.
moto answers botocore's clients alone, so under moto it is botocore's that asks.
"""

from __future__ import annotations

from typing import Any

from botocore.client import BaseClient
from moto.core.models import botocore_stubber

from crm.core import direct

_direct_call, _whole_call = direct.Client._make_api_call, direct._whole_call


def open_it() -> None:
    """For as long as the process runs."""
    direct.Client._make_api_call = _through_the_door  # type: ignore[method-assign,assignment]
    BaseClient._make_api_call = _behind_the_door  # type: ignore[attr-defined]


def _through_the_door(client: direct.Client, operation: str, asked: dict[str, Any]) -> Any:
    return BaseClient._make_api_call(client, operation, asked)  # type: ignore[attr-defined]


def _behind_the_door(client: Any, operation: str, asked: dict[str, Any]) -> Any:
    if not isinstance(client, direct.Client):
        return _whole_call(client, operation, asked)
    return (
        _whole_call(client.whole, operation, asked)
        if botocore_stubber.enabled
        else _direct_call(client, operation, asked)
    )
