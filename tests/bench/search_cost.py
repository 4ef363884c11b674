"""What a search costs as customers grow: `python -m tests.bench.search_cost [customers …]`.

Customers with names that many bear, in memory: the local engine goes through a whole partition for each Query, which
DynamoDB does not. An answer ends after as many entries as a megabyte holds. Entries looked at and read units
(eventually consistent, of 4 KB) by DynamoDB's rules; milliseconds are the function's own work on this machine.
"""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from crm.core import table
from crm.core.projection import EMPTY_RULES
from crm.customers import projection
from tests.support.memory import Memory
from tests.support.memory_world import in_memory
from tests.support.post import Post
from tests.support.units import READ_BYTES, item_size
from tests.support.world import SETTINGS, Answer, Api

MEGABYTE = 2**20
CUSTOMERS = (1_000, 10_000, 100_000)
MANY_BEAR = """
Muhammad Ahmed Ali Ayesha Fatima Zainab Karim Amit Anita Sunita Ram Moshe Avraham Sara Maryam Aisha
Khan Ahmed Hussain Malik Sharma Shrestha Islam Rahman Cohen Levi Akhtar Begum
"""
FIRST, LAST = (line.split() for line in MANY_BEAR.strip().splitlines())
SYLLABLES = ("za", "qi", "ra", "ma", "lo", "ni", "du", "be", "sha", "ko", "ti", "va")
SEARCHES = (
    "a", "muhammad", "ahmed khan", "muhammad zaqi", "a k", "muhammad777@gmail.com", "0300 0000 777", "qwxyz",
    "muhamad zaqirama", "zaqiarma", "avrahma", "a b c d e f g h i j", "hamm", "hamm kha", "aqiram", "aqiram uham",
    "000777",
)  # fmt: skip
KNOWN = 777
"""The number of one customer whose name the searches know."""
ASKED = {f"SEARCH#{letter}" for letter in "aqzm37"} | {f"ENDING#{letter}" for letter in "azm"}
ASKED |= {f"INSIDE#{letter}" for letter in "ahu0"}


class Counted(Memory):
    """Counts the Queries of the views and what they look at."""

    queries: list[int]

    def call(self, operation: str, parameters: dict[str, Any]) -> Any:
        answer = super().call(operation, parameters)
        if operation == "Query":
            self.queries.append(answer["ScannedCount"])
        return answer


def main(customers: list[int]) -> None:
    for count in customers:
        say(f"{count:,} customers")
        say(
            f"{'search':<24} {'hits':>5} {'match':>8} {'next':>5} {'complete':>9}"
            f" {'Queries':>8} {'entries':>8} {'ms':>6}"
        )
        memory = Counted()
        with pytest.MonkeyPatch.context() as patch, in_memory(patch, memory=memory, post=Post()):
            patch.setenv("LOG_LEVEL", "CRITICAL")
            _search(memory, count)


def _search(memory: Counted, count: int) -> None:
    size = sum(item_size(table.to_item(entry)) for entry in islice(_entries(count), 1000)) / 1000
    memory.page = int(MEGABYTE / size)
    for entry in _entries(count):
        memory.tables[SETTINGS["VIEWS_TABLE"]][entry["pk"], entry["sk"]] = table.to_item(entry)
    memory.queries = []
    Api().get("/customers", query={"search": "a", "limit": "1"})
    for search in SEARCHES:
        memory.queries, start = [], time.perf_counter()
        found = Api().get("/customers", query={"search": search})
        taken = 1000 * (time.perf_counter() - start)
        _say(search, found, memory.queries, milliseconds=taken)
    say(f"an entry has {size:.0f} bytes: a thousand of them are {math.ceil(1000 * size / READ_BYTES) / 2:g} read units")


def _say(search: str, answer: Answer, queries: list[int], *, milliseconds: float) -> None:
    found = answer.body
    match = found["items"][0]["match"] if found["items"] else "-"
    more, complete = "yes" if found["next"] else "no", {None: "-", True: "yes", False: "no"}[found["complete"]]
    say(
        f"{search:<24} {len(found['items']):>5} {match:>8} {more:>5} {complete:>9} {len(queries):>8} "
        f"{sum(queries):>8,} {milliseconds:>6.1f}"
    )


def say(line: str) -> None:
    """To the terminal, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _entries(count: int) -> Iterator[dict[str, Any]]:
    drawn = random.Random(1)  # noqa: S311 - not a secret
    for number in range(count):
        first, rare = drawn.choice(FIRST), "".join(drawn.choices(SYLLABLES, k=3))
        if number == KNOWN:
            first, rare = "Muhammad", "zaqirama"
        profile = {
            "pk": f"CUSTOMER#{number:026}",
            "sk": "PROFILE",
            "kind": "person",
            "name": f"{first} {rare.title()} {drawn.choice(LAST)}" if number % 2 else f"{first} {drawn.choice(LAST)}",
            "email": f"{first}{number}@gmail.com".lower(),
            "phone": f"+92300{number:07}",
            "language": "ur",
            "owner": "sales",
        }
        for (pk, sk), entry in projection.project_search(profile, EMPTY_RULES).listings.items():
            if pk in ASKED:
                yield {"pk": pk, "sk": sk, **entry}


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]] or list(CUSTOMERS))
