"""The real local engine for tests (DynamoDB, SQS, S3, SES, SSM) on a free port of 127.0.0.1, one per session.

Give every test tables of its own (`tests.support.tables`): nothing is reset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.local.engine import Engine, EngineMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A running engine with an empty state; `engine.url` is its endpoint."""
    running = Engine(directory=tmp_path_factory.mktemp("engine"))
    try:
        running.start()
    except EngineMissingError as missing:
        pytest.fail(str(missing))
    yield running
    running.stop()
