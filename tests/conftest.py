"""Fixtures that every slice's tests share."""

import gc
from collections.abc import Iterator
from functools import lru_cache

import botocore.session
import pytest

from infra.local.engine import Engine
from tests.support import one_door
from tests.support.compiled import keep_compiled
from tests.support.distribution import pytest_xdist_make_scheduler
from tests.support.engine import engine
from tests.support.engine_world import on_engine
from tests.support.exact_rights import pytest_sessionfinish
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post, post_office
from tests.support.rights import only_granted_rights
from tests.support.shop import Shop
from tests.support.tally import faults_are_counted, pytest_terminal_summary
from tests.support.world import Api, in_process
from tests.support.worlds import chosen

__all__ = [
    "engine",
    "faults_are_counted",
    "only_granted_rights",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_xdist_make_scheduler",
]

# Every test has clients of its own; reading AWS's service descriptions from disk for each was half of the suite's time.
one_door.open_it()
botocore.session.create_loader = lru_cache(botocore.session.create_loader)
keep_compiled()


def pytest_collection_finish() -> None:
    """What was imported stays: a collector that looks through all of it ever again took a twelfth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty shop in memory, which refuses what AWS would; on moto with WORLD=moto."""
    with chosen(monkeypatch):
        yield


@pytest.fixture(params=[3, pytest.param(1, marks=pytest.mark.soak)], ids=["some calls", "all calls"])
def every(request: pytest.FixtureRequest) -> int:
    """Long work makes very many calls: a fault is tried at each third of them, in `make soak` at all."""
    return int(request.param)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty shop on moto always, for tests that look at the requests themselves."""
    with in_process(monkeypatch):
        yield


@pytest.fixture
def api(world: None) -> Api:
    """The staff API of an empty shop."""
    return Api()


@pytest.fixture
def shop(world: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """An empty shop whose clock stands at 09:00 in Karachi, and a post office in place of SES."""
    with post_office() as post:
        shop = Shop(post)
        shop.stop_clock(monkeypatch)
        yield shop


@pytest.fixture
def busy_shop(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The same on the local engine, for tests that go through many messages."""
    with on_engine(monkeypatch, engine), post_office() as post:
        shop = Shop(post)
        shop.stop_clock(monkeypatch)
        yield shop


@pytest.fixture
def quick_shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The same in memory, for tests that go through thousands of messages."""
    memory, post = Memory(), Post()
    with in_memory(monkeypatch, memory=memory, post=post):
        shop = Shop(post)
        shop.stop_clock(monkeypatch)
        yield shop
