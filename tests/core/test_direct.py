"""Calls past botocore come to the same as calls through it: answers, errors, tries, signatures, addresses."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from crm.core import channel, config, direct, table
from crm.core.config import settings
from crm.core.sigv4 import Signer
from tests.support.engine_world import on_engine
from tests.support.meter import metered
from tests.support.scripted import Said, refusal, scripted
from tests.support.world import SETTINGS, forget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from infra.local.engine import Engine

ENOUGH = 30.0
"""Seconds that no answer takes, however busy the machine is."""
LAMBDA = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1"}
OK = Said(body={"ConsumedCapacity": [{"TableName": "t", "CapacityUnits": 2.0}]})
REASONS = [{"Code": "ConditionalCheckFailed", "Message": "no", "Item": {"pk": {"B": "AAE="}}}, {"Code": "None"}]
SCRIPTS: dict[str, list[Said]] = {
    "it is done": [OK],
    "it fails once": [refusal("InternalServerError", 500), OK],
    "it fails always": [refusal("InternalServerError", 500)],
    "it is asked too much once": [refusal("ProvisionedThroughputExceededException"), OK],
    "a condition does not hold": [refusal("TransactionCanceledException", CancellationReasons=REASONS)],
    "there is no such table": [refusal("ResourceNotFoundException")],
    "a word that nobody knows": [refusal("NeverHeardOfException")],
    "the connection breaks once": [Said(way="lost"), OK],
    "the connection breaks always": [Said(way="lost")],
    "the answer is late once": [Said(way="late"), OK],
    "the answer is late always": [Said(way="late")],
    "the answer is spoilt once": [Said(body=OK.body, way="checksum"), OK],
    "the connection ends with the answer": [Said(body=OK.body, way="last"), OK],
}
WRITES: Any = [{"Put": {"TableName": "t", "Item": {"pk": {"S": "سارہ"}, "sk": {"B": b"\x00\x01"}}}}]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Says where AWS is. Nobody waits between tries."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)

    def move(url: str) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        forget()

    yield move
    forget()


def _how(seconds: float = ENOUGH) -> Config:
    """Calls that wait so long for an answer."""
    return Config(
        connect_timeout=ENOUGH,
        read_timeout=seconds,
        retries={"total_max_attempts": 3, "mode": "standard"},
        parameter_validation=False,
    )


def _clients(seconds: float = ENOUGH) -> tuple[Any, Any]:
    session, how = botocore.session.get_session(), _how(seconds)
    return session.create_client("dynamodb", config=how), direct.Client(direct.DYNAMODB, session=session, how=how)


def _outcome(client: Any) -> Any:
    """What a transaction comes to, as far as a caller can tell."""
    try:
        answer = client.transact_write_items(TransactItems=WRITES)
    except ClientError as error:
        found: Any = error.response
        return (type(error).__name__, str(error), _known(found))
    except BotoCoreError as error:
        return type(error)
    return _known(answer)


def _known(answer: dict[str, Any]) -> dict[str, Any]:
    about = answer["ResponseMetadata"]
    return {
        **answer,
        "ResponseMetadata": {name: about[name] for name in ("RequestId", "HTTPStatusCode", "RetryAttempts")},
    }


@pytest.mark.parametrize("script", SCRIPTS)
def test_whatever_a_call_meets_comes_to_the_same_in_as_many_tries(script: str, at: Callable[[str], None]) -> None:
    is_late = any(said.way == "late" for said in SCRIPTS[script])
    # On a busy machine an answer that is not late may come as late as one that is: then both wait for longer. What
    # differs between the two differs however long they wait.
    found: list[list[Any]] = []
    for seconds in (0.05, 0.2, 0.8, 3.2) if is_late else (ENOUGH,):
        found.append([_met(SCRIPTS[script], number, seconds, at) for number in range(2)])
        if found[-1][0] == found[-1][1]:
            return
    raise AssertionError(found)


def _met(script: list[Said], number: int, seconds: float, at: Callable[[str], None]) -> Any:
    """What one of the two clients comes to, and in how many tries."""
    with scripted(script) as service:
        at(service.url)
        client = _clients(seconds)[number]
        outcome = _outcome(client), len(service.requests)
        tokens = {body["ClientRequestToken"] for _, body in service.requests}
        assert len(tokens) == 1, "two tries would be two transactions"
        client.close()
    return outcome


def test_nobody_there_is_the_same_error(at: Callable[[str], None]) -> None:
    with scripted([OK]) as gone:
        pass
    at(gone.url)
    whole, straight = _clients()
    assert _outcome(whole) == _outcome(straight)


def test_what_is_not_read_here_is_left_to_botocore(at: Callable[[str], None]) -> None:
    for way in ("chunked", "cut"):
        with scripted([Said(body=OK.body, way=way), OK]) as service:
            at(service.url)
            client = _clients()[1]
            assert _outcome(client)["ConsumedCapacity"] == OK.body["ConsumedCapacity"]
            assert len(service.requests) == 2
            client.close()


def test_a_connection_is_kept_and_one_that_was_closed_over_there_is_not_used(at: Callable[[str], None]) -> None:
    with scripted([OK, OK, Said(body=OK.body, way="last"), OK]) as service:
        at(service.url)
        client = _clients()[1]
        for _ in range(3):
            _outcome(client)
        assert service.connections == 1
        assert _outcome(client)["ResponseMetadata"]["RetryAttempts"] == 0
        assert (service.connections, len(service.requests)) == (2, 4)


def test_a_connection_that_went_away_between_two_calls_costs_no_try(
    at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted([OK]) as service:
        at(service.url)
        client = _clients()[1]
        # It says that it stays, and goes nonetheless.
        monkeypatch.setattr("http.server.BaseHTTPRequestHandler.handle", lambda self: self.handle_one_request())
        for _ in range(3):
            assert _outcome(client)["ResponseMetadata"]["RetryAttempts"] == 0
            assert _until(lambda: channel._is_spent(client._way.channel._idle[0]))
        assert (service.connections, len(service.requests)) == (3, 3)


def _until(holds: Callable[[], bool]) -> bool:
    """Whether it does in time."""
    ends = time.monotonic() + ENOUGH
    while not holds() and time.monotonic() < ends:
        time.sleep(0.005)
    return holds()


def test_every_operation_answers_as_through_botocore(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with on_engine(monkeypatch, engine):
        name = settings().crm_table
        values = {"n": 1, "b": b"\x00\xff", "bs": {b"\x01"}, "in": [{"B": b"\x02", "": ""}], "ß": "\N{GRINNING FACE}"}
        key, other = table.to_item({"pk": "A", "sk": "1"}), table.to_item({"pk": "A", "sk": "2"})
        whole, straight = boto3.client("dynamodb"), table.client()
        page: Any = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "A"}}, "Limit": 1}
        calls: list[tuple[str, Any]] = [
            ("put_item", {"TableName": name, "Item": {**key, **table.to_item(values)}, "ReturnValues": "ALL_OLD"}),
            ("update_item", {"TableName": name, "Key": other, "ReturnValues": "ALL_NEW", **_change()}),
            ("get_item", {"TableName": name, "Key": key, "ReturnConsumedCapacity": "TOTAL"}),
            ("query", {"TableName": name, **page}),
            ("scan", {"TableName": name, "Limit": 5}),
            ("batch_get_item", {"RequestItems": {name: {"Keys": [key]}}}),
            ("transact_get_items", {"TransactItems": [{"Get": {"TableName": name, "Key": key}}]}),
            ("delete_item", {"TableName": name, "Key": other, "ReturnValues": "ALL_OLD"}),
            ("transact_write_items", {"TransactItems": [{"Delete": {"TableName": name, "Key": key}}]}),
        ]
        assert {call for call, _ in calls} | {"get_parameter"} == set(direct.OPERATIONS)
        found = []
        for client in (whole, straight):
            for item in (key, other):
                whole.delete_item(TableName=name, Key=item)
            with monkeypatch.context() as patch:
                # None of these needs botocore.
                patch.setattr(direct, "_whole_call", None)
                found.append([getattr(client, call)(**asked) for call, asked in calls])
        for answer in (*found[0], *found[1]):
            del answer["ResponseMetadata"]
        assert found[0] == found[1]
        costs = []
        for client in (whole, straight):
            with metered() as cost:
                client.scan(TableName=name, Limit=5)
                with pytest.raises(client.exceptions.ResourceNotFoundException):
                    client.scan(TableName="nowhere")
            costs.append(cost.figures())
        assert costs[0] == costs[1]
        asked: Any = {"Name": settings().signing_key_parameter, "WithDecryption": True}
        ssm: Any = direct.Client(direct.SSM, session=table.session(), how=_how())
        assert (
            ssm.get_parameter(**asked)["Parameter"]["Value"]
            == (boto3.client("ssm").get_parameter(**asked)["Parameter"]["Value"])
        )


def _change() -> dict[str, Any]:
    values = {":b": {"B": b"\x07"}}
    return {"UpdateExpression": "SET b = :b", "ExpressionAttributeValues": values}


@pytest.mark.parametrize("token", [None, "a+b/c=="])
def test_a_call_is_signed_as_botocore_signs_it(token: str | None) -> None:
    body = b'{"a": "\xc3\xa9"}'
    request = AWSRequest("POST", "https://dynamodb.eu-west-1.amazonaws.com/", data=body)
    more = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.GetItem"}
    for name, value in more.items():
        request.headers[name] = value
    SigV4Auth(Credentials("AKID", "secret", token), "dynamodb", "eu-west-1").add_auth(request)
    signer = Signer("AKID", "secret", token, "eu-west-1", "dynamodb", "dynamodb.eu-west-1.amazonaws.com")
    signed = signer.headers(body, at=request.headers["X-Amz-Date"], more=more)
    assert signed["authorization"] == request.headers["Authorization"]
    assert signed.get("x-amz-security-token") == token


def test_a_service_is_where_botocore_finds_it_or_it_is_left_to_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    session = botocore.session.get_session()
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for partition in session.get_available_partitions():
        for region in session.get_available_regions("dynamodb", partition):
            found = config.Settings({**LAMBDA, "AWS_DEFAULT_REGION": region}).plain_address("dynamodb")
            assert (found is not None) == (partition == "aws"), region
    for region in ("eu-west-1", "us-east-1", "ap-southeast-5", "me-central-1"):
        for service in ("dynamodb", "ssm"):
            known = session.create_client(service, region_name=region).meta.endpoint_url
            assert config.Settings({**LAMBDA, "AWS_DEFAULT_REGION": region}).plain_address(service) == known
    for odd in ("https_proxy", "AWS_USE_FIPS_ENDPOINT", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL_SSM"):
        assert config.Settings({**LAMBDA, "AWS_DEFAULT_REGION": "eu-west-1", odd: "x"}).plain_address("ssm") is None
        local = {**LAMBDA, "AWS_DEFAULT_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", odd: "x"}
        assert (config.Settings(local).plain_address("ssm") is None) == odd.startswith("AWS_ENDPOINT")
    assert config.Settings(LAMBDA).plain_address("ssm") is None
    # Outside of Lambda whoever stands in for botocore is asked, as moto in the tests of others.
    assert config.Settings({"AWS_DEFAULT_REGION": "eu-west-1"}).plain_address("ssm") is None


def test_where_botocore_has_to_say_it_asks(at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted([OK]) as service:
        at(service.url)
        monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false")
        forget()
        monkeypatch.setattr(channel.Channel, "post", None)
        assert _outcome(_clients()[1])["ConsumedCapacity"] == OK.body["ConsumedCapacity"]


def test_an_invocation_is_told_on_as_botocore_does(at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "console")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-2-3;Parent=4;Sampled=1")
    with scripted([OK]) as service:
        at(service.url)
        for client in _clients():
            _outcome(client)
        whole, straight = (headers for headers, _ in service.requests)
        for name in ("x-amzn-trace-id", "x-amz-target", "content-type", "host"):
            assert whole[name] == straight[name]
        whole_body, straight_body = ({**body, "ClientRequestToken": ""} for _, body in service.requests)
        assert whole_body == straight_body


def test_faults_of_the_tests_meet_these_calls_once(at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    calls, real = [], BaseClient._make_api_call  # type: ignore[attr-defined]

    def noted(client: Any, operation: str, asked: dict[str, Any]) -> Any:
        calls.append(operation)
        return real(client, operation, asked)

    monkeypatch.setattr(BaseClient, "_make_api_call", noted)
    with scripted([refusal("InternalServerError", 500), OK]) as service:
        at(service.url)
        _outcome(_clients()[1])
    assert calls == ["TransactWriteItems"]
