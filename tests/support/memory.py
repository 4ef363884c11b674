"""DynamoDB, SQS, S3 and SSM in memory, beneath boto3 and PynamoDB: only what our code asks for, atomic call by call.

For searches and simulations that need thousands of calls a second. What it does is held against the local engine by a
test (tests/views/test_memory.py); an operation or expression that it does not know is an error. It keeps a client's
request tokens, as DynamoDB does and moto does not.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zlib import crc32

from botocore.exceptions import ClientError

from tests.support import expressions
from tests.support.memory_table import HALF_OPEN, Item, Key, Table, hashed, key_of, key_range, named, shown
from tests.support.objects import Bucket

if TYPE_CHECKING:
    from collections.abc import Callable

_KEPT_TOKENS = 20_000


@dataclass
class Memory:
    """Tables, queues, one bucket, parameters by name. `on_change(table, key, existed, exists)` hears of writes.

    `on_send(address, body, seconds)` hears of every queued message; `page` cuts answers after so many items, as
    DynamoDB does after a megabyte. Time does not pass here: with `delays` a delayed message is never received, without
    at once. What a service that is not here answers is `others[operation](parameters)`.
    """

    tables: dict[str, Table] = field(default_factory=lambda: defaultdict(Table))
    queues: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    delayed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    delays: bool = False
    parameters: dict[str, str] = field(default_factory=dict)
    bucket: Bucket = field(default_factory=Bucket)
    others: dict[str, Callable[[dict[str, Any]], Any]] = field(default_factory=dict)
    on_change: Callable[[str, Key, bool, bool], None] = lambda *_: None
    on_send: Callable[[str, str, int], None] | None = None
    page: int | None = None
    _tokens: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self.others |= self.bucket.answers()

    def call(self, operation: str, parameters: dict[str, Any]) -> Any:
        """Answer one AWS call. Raises ClientError as AWS would, KeyError for what it does not know."""
        if operation in self.others:
            return self.others[operation](parameters)
        return _OPERATIONS[operation](self, parameters)

    def restore(self, other: Memory) -> None:
        """Hold what another memory holds, and know no requests yet."""
        self.tables = defaultdict(Table, {name: table.copy() for name, table in other.tables.items()})
        self.queues = defaultdict(list, {url: list(waiting) for url, waiting in other.queues.items()})
        self.delayed = defaultdict(list, {url: list(waiting) for url, waiting in other.delayed.items()})
        self._tokens = OrderedDict()
        self.bucket.objects = dict(other.bucket.objects)
        self.bucket.put_at = dict(other.bucket.put_at)

    # -- queues and parameters

    def get_queue_attributes(self, p: dict[str, Any]) -> Any:
        url = p["QueueUrl"]
        counted = {
            "ApproximateNumberOfMessages": len(self.queues[url]),
            "ApproximateNumberOfMessagesNotVisible": 0,
            "ApproximateNumberOfMessagesDelayed": len(self.delayed[url]),
        }
        return {"Attributes": {name: str(counted[name]) for name in p["AttributeNames"]}}

    def send_message(self, p: dict[str, Any]) -> Any:
        self._send(p["QueueUrl"], p)
        return {"MessageId": "memory"}

    def send_message_batch(self, p: dict[str, Any]) -> Any:
        if not 1 <= len(p["Entries"]) <= 10:
            raise error("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "SendMessageBatch")
        for entry in p["Entries"]:
            self._send(p["QueueUrl"], entry)
        return {"Successful": [{"Id": entry["Id"], "MessageId": "memory"} for entry in p["Entries"]]}

    def _send(self, url: str, message: dict[str, Any]) -> None:
        seconds = int(message.get("DelaySeconds") or 0)
        if self.on_send:
            self.on_send(url, message["MessageBody"], seconds)
        else:
            (self.delayed if seconds and self.delays else self.queues)[url].append(message["MessageBody"])

    def receive_message(self, p: dict[str, Any]) -> Any:
        """What is received is gone: a queue without visibility time-outs, for readers that never die."""
        queue, most = self.queues[p["QueueUrl"]], int(p.get("MaxNumberOfMessages", 1))
        taken, self.queues[p["QueueUrl"]] = queue[:most], queue[most:]
        messages = [{"MessageId": "memory", "ReceiptHandle": "memory", "Body": body} for body in taken]
        return {"Messages": messages} if messages else {}

    def delete_message(self, p: dict[str, Any]) -> Any:
        return {}

    def get_parameter(self, p: dict[str, Any]) -> Any:
        return {"Parameter": {"Name": p["Name"], "Value": self.parameters[p["Name"]]}}

    def put_parameter(self, p: dict[str, Any]) -> Any:
        self.parameters[p["Name"]] = p["Value"]
        return {"Version": 1}

    # -- reads

    def describe_table(self, p: dict[str, Any]) -> Any:
        return {"Table": {"ItemCount": len(self.tables[p["TableName"]])}}

    def get_item(self, p: dict[str, Any]) -> Any:
        found = self.tables[p["TableName"]].get(key_of(p["Key"]))
        return {} if found is None else {"Item": shown(found, p)}

    def batch_get_item(self, p: dict[str, Any]) -> Any:
        responses = {}
        # So many keys of all tables together.
        if sum(len(asked["Keys"]) for asked in p["RequestItems"].values()) > 100:
            raise error("ValidationException", "BatchGetItem")
        for name, asked in p["RequestItems"].items():
            keys = [key_of(key) for key in asked["Keys"]]
            if len(set(keys)) != len(keys) or not keys:
                raise error("ValidationException", "BatchGetItem")
            table = self.tables[name]
            responses[name] = [shown(table[key], asked) for key in keys if key in table]
        return {"Responses": responses, "UnprocessedKeys": {}}

    def transact_get_items(self, p: dict[str, Any]) -> Any:
        return {"Responses": [self.get_item(one["Get"]) for one in p["TransactItems"]]}

    def query(self, p: dict[str, Any]) -> Any:
        table = self.tables[p["TableName"]]
        pk, first, last = key_range(p)
        sort_keys = table.partitions.get(pk, [])
        low, high = bisect_left(sort_keys, first), bisect_right(sort_keys, last)
        start = p.get("ExclusiveStartKey")
        if p.get("ScanIndexForward", True):
            low = max(low, bisect_right(sort_keys, start["sk"]["S"])) if start else low
            keys = [(pk, sk) for sk in sort_keys[low:high]]
        else:
            high = min(high, bisect_left(sort_keys, start["sk"]["S"])) if start else high
            keys = [(pk, sk) for sk in reversed(sort_keys[low:high])]
        if not HALF_OPEN.search(p["KeyConditionExpression"]):
            return self._page(p, keys)
        # A half-open bound (sk < :x, sk > :x) is left to the condition itself.
        exact, names, values = expressions.condition(p["KeyConditionExpression"]), *named(p)
        return self._page(p, [key for key in keys if exact(table[key], names, values)])

    def scan(self, p: dict[str, Any]) -> Any:
        # In the order of a hash, as DynamoDB has it: not that of the keys.
        keys = sorted(self.tables[p["TableName"]], key=hashed)
        if "Segment" in p:
            keys = [key for key in keys if crc32(key[0].encode()) % p["TotalSegments"] == p["Segment"]]
        if p.get("ExclusiveStartKey"):
            start = hashed(key_of(p["ExclusiveStartKey"]))
            keys = [key for key in keys if hashed(key) > start]
        return self._page(p, keys)

    def _page(self, p: dict[str, Any], keys: list[Key]) -> Any:
        table, limit = self.tables[p["TableName"]], p.get("Limit") or len(keys)
        page = keys[: min(limit, self.page or limit)]
        names, values = named(p)
        wanted = expressions.condition(p["FilterExpression"]) if p.get("FilterExpression") else None
        found = [shown(table[key], p) for key in page if not wanted or wanted(table[key], names, values)]
        rest = page and (len(page) < len(keys) or len(page) == p.get("Limit"))
        last = {"LastEvaluatedKey": {"pk": {"S": page[-1][0]}, "sk": {"S": page[-1][1]}}} if rest else {}
        items = {} if p.get("Select") == "COUNT" else {"Items": found}
        return {**items, "Count": len(found), "ScannedCount": len(page), **last}

    # -- writes

    def put_item(self, p: dict[str, Any]) -> Any:
        return self._write_one("Put", p)

    def update_item(self, p: dict[str, Any]) -> Any:
        return self._write_one("Update", p)

    def delete_item(self, p: dict[str, Any]) -> Any:
        return self._write_one("Delete", p)

    def batch_write_item(self, p: dict[str, Any]) -> Any:
        writes = [
            (name, *next(iter(request.items()))) for name, requests in p["RequestItems"].items() for request in requests
        ]
        targets = [(name, key_of(write.get("Key") or write["Item"])) for name, _, write in writes]
        if len(set(targets)) != len(targets) or not 1 <= len(targets) <= 25:
            raise error("ValidationException", "BatchWriteItem")
        for name, kind, write in writes:
            self._write([(kind.removesuffix("Request"), {**write, "TableName": name})], "BatchWriteItem")
        return {"UnprocessedItems": {}}

    def _write_one(self, kind: str, p: dict[str, Any]) -> Any:
        before = self._target(p)[2]
        self._write([(kind, p)], kind + "Item")
        wanted = p.get("ReturnValues", "NONE")
        if wanted == "NONE":
            return {}
        told = before if wanted.endswith("OLD") else self._target(p)[2]
        return {"Attributes": dict(told)} if told else {}

    def transact_write_items(self, p: dict[str, Any]) -> Any:
        token = p.get("ClientRequestToken")
        if token in self._tokens:
            return {}
        writes = [next(iter(write.items())) for write in p["TransactItems"]]
        targets = [(write["TableName"], key_of(write.get("Key") or write["Item"])) for _, write in writes]
        if len(set(targets)) != len(targets) or not 1 <= len(targets) <= 100:
            raise error("ValidationException", "TransactWriteItems")
        self._write(writes, "TransactWriteItems")
        if token:
            self._tokens[token] = None
            if len(self._tokens) > _KEPT_TOKENS:
                self._tokens.popitem(last=False)
        return {}

    def _write(self, writes: list[tuple[str, dict[str, Any]]], operation: str) -> None:
        failed = [not self._allowed(write) for _, write in writes]
        if any(failed) and operation == "TransactWriteItems":
            reasons = [{"Code": "ConditionalCheckFailed" if bad else "None"} for bad in failed]
            raise error("TransactionCanceledException", operation, CancellationReasons=reasons)
        if any(failed):
            raise error("ConditionalCheckFailedException", operation)
        try:
            changed = [self._applied(kind, write) for kind, write in writes]
        except LookupError as wrong:
            if isinstance(wrong, KeyError):
                raise
            raise error("ValidationException", operation) from wrong
        for (kind, write), after in zip(writes, changed, strict=True):
            if kind == "ConditionCheck":
                continue
            name, key, before = self._target(write)
            if after is None:
                self.tables[name].drop(key)
            else:
                self.tables[name][key] = after
            self.on_change(name, key, before is not None, after is not None)

    def _allowed(self, write: dict[str, Any]) -> bool:
        text = write.get("ConditionExpression")
        return not text or bool(expressions.condition(text)(self._target(write)[2] or {}, *named(write)))

    def _target(self, write: dict[str, Any]) -> tuple[str, Key, Item | None]:
        name, key = write["TableName"], key_of(write.get("Key") or write["Item"])
        return name, key, self.tables[name].get(key)

    def _applied(self, kind: str, write: dict[str, Any]) -> Item | None:
        if kind == "Put":
            # What was sent nobody changes afterwards: PynamoDB and `table.to_item` write it anew for each call.
            return dict(write["Item"])
        _, _, before = self._target(write)
        if kind == "Delete":
            return None
        if kind == "ConditionCheck":
            return before
        known = before or write["Key"]
        after = dict(known)
        names, values = named(write)
        for change in expressions.update(write["UpdateExpression"]):
            change(known, after, names, values)
        return after


_OPERATIONS: dict[str, Callable[[Memory, dict[str, Any]], Any]] = {
    "GetQueueAttributes": Memory.get_queue_attributes,
    "SendMessage": Memory.send_message,
    "SendMessageBatch": Memory.send_message_batch,
    "ReceiveMessage": Memory.receive_message,
    "DeleteMessage": Memory.delete_message,
    "GetParameter": Memory.get_parameter,
    "PutParameter": Memory.put_parameter,
    "DescribeTable": Memory.describe_table,
    "GetItem": Memory.get_item,
    "BatchGetItem": Memory.batch_get_item,
    "TransactGetItems": Memory.transact_get_items,
    "PutItem": Memory.put_item,
    "UpdateItem": Memory.update_item,
    "DeleteItem": Memory.delete_item,
    "BatchWriteItem": Memory.batch_write_item,
    "TransactWriteItems": Memory.transact_write_items,
    "Query": Memory.query,
    "Scan": Memory.scan,
}


def error(code: str, operation: str, **more: Any) -> ClientError:
    """An error as AWS answers it."""
    response: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": 400}, **more}
    return ClientError(response, operation)
