"""Somebody who opens a link in a mail."""

from __future__ import annotations

from typing import Any

from tests.support.world import Context, http_event


def visit(method: str, path: str, **request: Any) -> dict[str, Any]:
    """Call the public function as the gateway does: `status`, `body` and `headers` of its answer."""
    from handlers import public  # noqa: PLC0415 - after the settings are in place

    answer = public.handler(http_event(method, path, caller=None, **request), Context())
    headers = {name: ",".join(values) for name, values in (answer.get("multiValueHeaders") or {}).items()}
    return {"status": answer["statusCode"], "body": answer["body"], "headers": {**headers, **answer.get("headers", {})}}
