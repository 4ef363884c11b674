"""The HTTP edge of the product: the resolver, the headers that every route shares, and who is calling."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver, Route, Router
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel
from pynamodb.exceptions import PynamoDBException

from crm.core import body, cause, invalid, problem, veil
from crm.core.actor import Actor
from crm.core.config import settings
from crm.core.errors import (
    CrmError,
    FieldError,
    InvalidFields,
    InvalidRequest,
    NotFound,
    NotSignedIn,
    PreconditionMissing,
)
from crm.core.openapi import DocumentedResolver, Guard, staff_security
from crm.core.paging import DEFAULT_LIMIT, LARGEST_LIMIT
from crm.core.reason import Reason

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Repeat a POST safely: the same key with the same body creates nothing twice.",
    ),
]
IfMatch = Annotated[str | None, Header(alias="If-Match", description="The `version` that the change is based on.")]
Limit = Annotated[int, Query(ge=1, le=LARGEST_LIMIT, description="How many entries at most.")]
Cursor = Annotated[str | None, Query(description="`next` of the page before.")]
FIRST_LIMIT = DEFAULT_LIMIT
MACHINE = "/machine"
"""Under it stand all routes once more, for machines with keys: a route of the gateway has one authorizer."""
# Parameters that ask for a field of a customer: unknown to who does not see it.
_TELLS_OF = {"GET /customers": {"language": "/language", "tag": "/tags"}}
# Longer than every id and message key. DynamoDB refuses keys of more than 2048 bytes with an error of its
# own.
_LONGEST_NAME = 200


def router() -> Router:
    """A place for a slice's routes."""
    return Router()  # type: ignore[no-untyped-call]


def application(*routers: Router, guard: Guard) -> APIGatewayHttpResolver:
    """A resolver with the guard, the product's validation, strict decoder and error answers, and the slices' routes."""
    app = DocumentedResolver(guard=guard, enable_validation=True, json_body_deserializer=body.decode, serializer=_json)
    app.use([_only_known_parameters, _no_body_where_none_is_read])
    for router in routers:
        app.include_router(router)
    app.exception_handler(CrmError)(problem.answer)
    app.exception_handler(RequestValidationError)(
        lambda error: problem.of_validation(error, body=app.current_event.json_body)
    )
    app.exception_handler([PynamoDBException, BotoCoreError, ClientError])(problem.of_store)
    app.not_found(problem.of_unknown_route)
    return app


def document(app: APIGatewayHttpResolver, *, title: str, version: str) -> None:
    """Serve the generated OpenAPI at /openapi.json and a page to browse it at /docs, nothing from elsewhere."""
    about: dict[str, Any] = {"title": title, "version": version, **staff_security()}
    app.enable_swagger(path="/docs", **about)

    @app.get("/openapi.json", include_in_schema=False)
    def openapi() -> Response[str]:
        return Response(200, "application/json", app.get_openapi_json_schema(**about))


def handle(
    app: APIGatewayHttpResolver,
    event: dict[str, Any],
    context: LambdaContext,
    *,
    first: Callable[[Mapping[str, Any]], None] = lambda _: None,
    last: Callable[[Mapping[str, Any]], None] = lambda _: None,
) -> dict[str, Any]:
    """Answer one HTTP API event: `first` and the body are made sure of, then Powertools routes and validates.

    `last` is told the answer before it goes, and an answer that it cannot take does not go.

    Machines come in under MACHINE and then by the same paths as everybody.
    """
    path = str(event.get("rawPath", ""))
    is_machine = path.startswith(f"{MACHINE}/")
    try:
        try:
            _require_short_steps(event)
            first(event)
            text = body.text(event)
        except CrmError as refused:
            return _plain(problem.answer(refused))
        except (PynamoDBException, BotoCoreError, ClientError) as error:
            return _plain(problem.of_store(error))
        known = {**event, "rawPath": path.removeprefix(MACHINE) if is_machine else path}
        with cause.working():
            answer = app.resolve({**known, "body": text, "isBase64Encoded": False}, context)
            try:
                last(answer)
            except (PynamoDBException, BotoCoreError, ClientError) as error:
                return _plain(problem.of_store(error))
    except Exception as bug:  # noqa: BLE001 - the outermost frame: a caller gets a problem document, the log the rest
        return _plain(problem.of_bug(bug))
    return _located(answer) if is_machine else answer


def actor(router: Router) -> Actor:
    """Who asks and what they may, as the guard has found it. Raises NotSignedIn where no guard has stood."""
    found = router.context.get("actor")
    if not isinstance(found, Actor):
        raise NotSignedIn
    return found


def caller(router: Router) -> str:
    """The signed-in member of staff, or `key:<id>` for a machine."""
    return actor(router).who


def reader(router: Router) -> str:
    """Whose list it is, for its cursors: the caller with what they reach at present."""
    return actor(router).scope


def public_url(router: Router) -> str:
    """Base of the public pages, without a slash at its end.

    The API's function cannot be told its own address, which is made after it; so where the business has given none it
    is that of the endpoint which the gateway found. The gateway sets it, whatever a client says in `Host`.
    """
    return settings().public_url or f"https://{router.current_event['requestContext']['domainName']}"


def expected_version(if_match: str | None) -> int | None:
    """The version that a change is based on; None for `*`. Raises PreconditionMissing, InvalidRequest."""
    if if_match is None:
        raise PreconditionMissing("send If-Match with the version you have read, so that no newer change is lost")
    tag = if_match.strip().removeprefix("W/").strip('"')
    if tag == "*":
        return None
    if not (tag.isascii() and tag.isdigit() and len(tag) < 16):
        raise InvalidRequest(f"If-Match holds a version number such as 3, not {if_match[:40]!a}")
    return int(tag)


def created(document: BaseModel, *, location: str) -> Response[Any]:
    """201 with the new thing and where it is."""
    return Response(201, "application/json", document, {"Location": location, **_tag(document)})


def found(document: BaseModel) -> Response[Any]:
    """200 with the thing and its version as ETag."""
    return Response(200, "application/json", document, _tag(document))


def accepted(document: BaseModel, *, location: str) -> Response[Any]:
    """202: it is being done; how far it is stands there."""
    return Response(202, "application/json", document, {"Location": location})


def gone() -> Response[Any]:
    """204 after a deletion."""
    return Response(204)


def _only_known_parameters(app: ApiGatewayResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """A misspelt filter must not answer with everybody, nor a misspelt switch be taken for the default."""
    route: Route = app.context["_route"]
    actor = app.context.get("actor")
    hidden = actor.hidden if isinstance(actor, Actor) else ()
    told = _TELLS_OF.get(f"{route.method} {route.openapi_path}", {})
    named = (parameter.alias or parameter.name for parameter in route.dependant.query_params)
    known = sorted(name for name in named if not (name in told and veil.is_hidden(told[name], hidden)))
    unknown = [name for name in app.current_event.query_string_parameters if name not in known]
    if unknown and route.include_in_schema:
        takes = ", ".join(known) or "none"
        remedy = Reason("unknown parameter; this route takes {takes}", takes=takes)
        fields = tuple(FieldError(name[:60], remedy) for name in unknown[:5])
        raise InvalidFields("; ".join(f"{field.pointer}: {field.reason}" for field in fields), fields=fields)
    return next_middleware(app)


def _no_body_where_none_is_read(app: ApiGatewayResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """What somebody says to a route that reads no body must not go unheard; an empty object says nothing."""
    route: Route = app.context["_route"]
    text = app.current_event.body
    if text and not route.dependant.body_params:
        unread = [invalid.pointer([name]) for name in body.decode(text)][:5]
        fields = tuple(FieldError(where[:60], Reason("this route takes no fields; remove it")) for where in unread)
        if fields:
            raise InvalidFields("; ".join(f"{field.pointer}: {field.reason}" for field in fields), fields=fields)
    return next_middleware(app)


def _located(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer with a Location that a machine can follow."""
    headers = dict(answer.get("headers") or {})
    where = headers.get("Location", "")
    return {**answer, "headers": headers | ({"Location": MACHINE + where} if where.startswith("/") else {})}


def _require_short_steps(event: Mapping[str, Any]) -> None:
    if any(len(step) > _LONGEST_NAME for step in str(event.get("rawPath", "")).split("/")):
        raise NotFound(f"the path names something of more than {_LONGEST_NAME} characters; nothing is called so")


def _tag(document: BaseModel) -> dict[str, str]:
    version = getattr(document, "version", None)
    return {} if version is None else {"ETag": f'"{version}"'}


def _json(document: Any) -> str:
    # UTF-8 as it is: half of our users' names would otherwise travel as escapes of six characters a letter.
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _plain(response: Response[str]) -> dict[str, Any]:
    return {"statusCode": response.status_code, "headers": response.headers, "body": response.body}
