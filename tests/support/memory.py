"""DynamoDB and SQS in memory, beneath boto3 and PynamoDB: only what our code asks for, atomic call by call.

For searches that need thousands of calls a second. What it does is held against the local engine by a test
(tests/views/test_memory.py); an operation or expression that it does not know is an error.
"""

from __future__ import annotations

import copy
import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

Key = tuple[str, str]
Item = dict[str, Any]
_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),]|[#:]?\w+)")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "<>": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}


@dataclass
class Memory:
    """Tables by name and queues by address. `on_change(table, key, existed, exists)` hears of every write."""

    tables: dict[str, dict[Key, Item]] = field(default_factory=lambda: defaultdict(dict))
    queues: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    on_change: Callable[[str, Key, bool, bool], None] = lambda *_: None

    def call(self, operation: str, parameters: dict[str, Any]) -> Any:
        """Answer one AWS call. Raises ClientError as AWS would, KeyError for what it does not know."""
        return _OPERATIONS[operation](self, copy.deepcopy(parameters))

    def send_message(self, p: dict[str, Any]) -> Any:
        self.queues[p["QueueUrl"]].append(p["MessageBody"])
        return {"MessageId": "memory"}

    def get_item(self, p: dict[str, Any]) -> Any:
        found = self.tables[p["TableName"]].get(_key(p["Key"]))
        return {} if found is None else {"Item": copy.deepcopy(found)}

    def batch_get_item(self, p: dict[str, Any]) -> Any:
        responses = {}
        for name, asked in p["RequestItems"].items():
            keys = [_key(key) for key in asked["Keys"]]
            if len(set(keys)) != len(keys) or len(keys) > 100:
                raise error("ValidationException", "BatchGetItem")
            responses[name] = [copy.deepcopy(self.tables[name][key]) for key in keys if key in self.tables[name]]
        return {"Responses": responses, "UnprocessedKeys": {}}

    def put_item(self, p: dict[str, Any]) -> Any:
        self._write([("Put", p)], "PutItem")
        return {}

    def update_item(self, p: dict[str, Any]) -> Any:
        self._write([("Update", p)], "UpdateItem")
        return {}

    def delete_item(self, p: dict[str, Any]) -> Any:
        self._write([("Delete", p)], "DeleteItem")
        return {}

    def transact_write_items(self, p: dict[str, Any]) -> Any:
        writes = [next(iter(write.items())) for write in p["TransactItems"]]
        targets = [(write["TableName"], _key(write.get("Key") or write["Item"])) for _, write in writes]
        if len(set(targets)) != len(targets) or len(targets) > 100:
            raise error("ValidationException", "TransactWriteItems")
        self._write(writes, "TransactWriteItems")
        return {}

    def query(self, p: dict[str, Any]) -> Any:
        return self._page(p, p["KeyConditionExpression"], sorted(self.tables[p["TableName"]]))

    def scan(self, p: dict[str, Any]) -> Any:
        # In the order of a hash, as DynamoDB has it: not that of the keys.
        return self._page(p, None, sorted(self.tables[p["TableName"]], key=lambda key: (key[0][::-1], key[1])))

    def _page(self, p: dict[str, Any], condition: str | None, keys: list[Key]) -> Any:
        table = self.tables[p["TableName"]]
        if condition:
            keys = [key for key in keys if _holds(condition, p, table[key])]
        if p.get("ExclusiveStartKey"):
            start = _key(p["ExclusiveStartKey"])
            order = (lambda key: key) if condition else (lambda key: (key[0][::-1], key[1]))
            keys = [key for key in keys if order(key) > order(start)]
        limit = p.get("Limit") or len(keys)
        page, rest = keys[:limit], keys[limit:]
        filter_ = p.get("FilterExpression")
        found = [copy.deepcopy(table[key]) for key in page if not filter_ or _holds(filter_, p, table[key])]
        last = {"LastEvaluatedKey": {"pk": {"S": page[-1][0]}, "sk": {"S": page[-1][1]}}} if rest and page else {}
        return {"Items": found, "Count": len(found), "ScannedCount": len(page), **last}

    def _write(self, writes: list[tuple[str, dict[str, Any]]], operation: str) -> None:
        failed = [
            bool(write.get("ConditionExpression"))
            and not _holds(write["ConditionExpression"], write, self._target(write)[2] or {})
            for _, write in writes
        ]
        if any(failed) and operation == "TransactWriteItems":
            reasons = [{"Code": "ConditionalCheckFailed" if bad else "None"} for bad in failed]
            raise error("TransactionCanceledException", operation, CancellationReasons=reasons)
        if any(failed):
            raise error("ConditionalCheckFailedException", operation)
        changed = [self._applied(kind, write) for kind, write in writes]
        for (_, write), after in zip(writes, changed, strict=True):
            name, key, before = self._target(write)
            if after is None:
                self.tables[name].pop(key, None)
            else:
                self.tables[name][key] = after
            self.on_change(name, key, before is not None, after is not None)

    def _target(self, write: dict[str, Any]) -> tuple[str, Key, Item | None]:
        name, key = write["TableName"], _key(write.get("Key") or write["Item"])
        return name, key, self.tables[name].get(key)

    def _applied(self, kind: str, write: dict[str, Any]) -> Item | None:
        if kind == "Put":
            return copy.deepcopy(write["Item"])  # type: ignore[no-any-return]
        if kind == "Delete":
            return None
        _, _, before = self._target(write)
        return _updated(dict(before) if before else dict(write["Key"]), write)


_OPERATIONS: dict[str, Callable[[Memory, dict[str, Any]], Any]] = {
    "SendMessage": Memory.send_message,
    "GetItem": Memory.get_item,
    "BatchGetItem": Memory.batch_get_item,
    "PutItem": Memory.put_item,
    "UpdateItem": Memory.update_item,
    "DeleteItem": Memory.delete_item,
    "TransactWriteItems": Memory.transact_write_items,
    "Query": Memory.query,
    "Scan": Memory.scan,
}


def error(code: str, operation: str, **more: Any) -> ClientError:
    """An error as AWS answers it."""
    response: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": 400}, **more}
    return ClientError(response, operation)


def _key(key: Item) -> Key:
    return key["pk"]["S"], key["sk"]["S"]


def _plain(value: Item | None) -> Any:
    if value is None:
        return None
    ((kind, inner),) = value.items()
    return Decimal(inner) if kind == "N" else inner


class _Reader:
    """Reads one expression against one item."""

    def __init__(self, expression: str, call: dict[str, Any], item: Item) -> None:
        self.tokens = _TOKEN.findall(expression)
        self.names = call.get("ExpressionAttributeNames") or {}
        self.values = call.get("ExpressionAttributeValues") or {}
        self.item = item

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, expected: str | None = None) -> str:
        token: str = self.tokens.pop(0)
        if expected is not None and token != expected:
            raise KeyError(f"{token} instead of {expected}")
        return token

    def any_of(self) -> bool:
        found = self.all_of()
        while self.peek() == "OR":
            self.take()
            found = self.all_of() or found
        return found

    def all_of(self) -> bool:
        found = self.atom()
        while self.peek() == "AND":
            self.take()
            found = self.atom() and found
        return found

    def atom(self) -> bool:
        if self.peek() == "(":
            self.take()
            found = self.any_of()
            self.take(")")
            return found
        if self.peek() in {"attribute_exists", "attribute_not_exists", "begins_with"}:
            return self.function(self.take())
        left, compare = self.operand(), self.take()
        if compare == "IN":
            return left in self.list_()
        right = self.operand()
        return left is not None and right is not None and _COMPARE[compare](_plain(left), _plain(right))

    def list_(self) -> list[Item | None]:
        self.take("(")
        found = [self.operand()]
        while self.take() == ",":
            found.append(self.operand())
        return found

    def function(self, name: str) -> bool:
        self.take("(")
        first = self.operand()
        if name == "begins_with":
            self.take(",")
            prefix = self.operand()
            self.take(")")
            return first is not None and prefix is not None and first["S"].startswith(prefix["S"])
        self.take(")")
        return (first is not None) == (name == "attribute_exists")

    def operand(self) -> Item | None:
        token = self.take()
        if token == "if_not_exists":
            self.take("(")
            known = self.operand()
            self.take(",")
            other = self.operand()
            self.take(")")
            return known if known is not None else other
        return self.values[token] if token.startswith(":") else self.item.get(self.name(token))

    def name(self, token: str) -> str:
        return str(self.names[token]) if token.startswith("#") else token


def _holds(expression: str, call: dict[str, Any], item: Item) -> bool:
    reader = _Reader(expression, call, item)
    found = reader.any_of()
    if reader.tokens:
        raise KeyError(f"cannot read {expression}")
    return found


def _updated(item: Item, call: dict[str, Any]) -> Item:
    reader = _Reader(call["UpdateExpression"], call, dict(item))
    clause = ""
    while reader.tokens:
        if reader.peek() in {"SET", "ADD", "REMOVE"}:
            clause = reader.take()
        name = reader.name(reader.take())
        if clause == "SET":
            reader.take("=")
            value = reader.operand()
            assert value is not None
            item[name] = value
        elif clause == "ADD":
            amount = reader.operand()
            assert amount is not None
            total = Decimal(item.get(name, {"N": "0"})["N"]) + Decimal(amount["N"])
            item[name] = {"N": format(total, "f")}
        else:
            item.pop(name, None)
        if reader.peek() == ",":
            reader.take()
    return item
