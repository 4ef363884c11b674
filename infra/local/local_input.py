"""What callers of `/_local` send: JSON, or the fields of the host's own forms; what is wrong with it is a Problem."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from infra.local.http_message import Request
from infra.local.problems import Problem


def query(request: Request) -> dict[str, str]:
    """The query string's parameters, decoded; of a repeated one the last."""
    return {name: values[-1] for name, values in parse_qs(request.query, keep_blank_values=True).items()}


def from_a_form(request: Request) -> bool:
    """Whether an HTML form sent this, so that a page and not JSON is the answer."""
    # `curl -d '{…}'` calls its JSON a form, too.
    form = (request.header("content-type") or "").startswith("application/x-www-form-urlencoded")
    return form and not request.body.lstrip().startswith((b"{", b"["))


def fields(request: Request) -> Mapping[str, Any]:
    """The body as an object: JSON, or what an HTML form of ours sends. Raises Problem (400)."""
    if from_a_form(request):
        form = parse_qs(request.body.decode("utf-8", "replace"))
        return {name: values[-1] for name, values in form.items()}
    content = json_body(request)
    if not isinstance(content, dict):
        raise Problem(400, "Not an object", 'Send a JSON object, for instance {"staff": "manager"}.')
    return content


def json_body(request: Request) -> Any:
    """The body as JSON, whatever its declared type. Raises Problem (400)."""
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "Not JSON", f"The body is not JSON ({error}). Send an object.") from error


def positive(text: str, name: str) -> int:
    """A whole number from 1 on. Raises Problem (400), calling it `name`."""
    if text.isascii() and text.isdigit() and 1 <= len(text) <= 9 and int(text) > 0:
        return int(text)
    raise Problem(400, "Not a number", f"{name}={text!r} is no positive whole number.")


def seconds_up_to_an_hour(text: str) -> float:
    """A number of seconds from 0 to 3600. Raises Problem (400)."""
    try:
        seconds = float(text)
    except ValueError as error:
        raise Problem(400, "Not a number", f"timeout={text!r} is no number of seconds.") from error
    if not 0 <= seconds <= 3600:
        raise Problem(400, "Out of range", "timeout is between 0 and 3600 seconds.")
    return seconds
