"""`/_local/`: the mailbox, the clock, tokens, direct invocation, dead letters. Only this host has it, nothing deployed.

It asks for no password, so it answers only this machine's own pages and programs: the Host header must name
the loopback (against DNS rebinding), and a request that a page of another origin makes is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from urllib.parse import unquote

from infra.local import bus, incoming, pages
from infra.local.clock_desk import move, reading
from infra.local.gate import Gate
from infra.local.host_view import HostView
from infra.local.http_message import Request, Response, json_response
from infra.local.local_guard import refuse_strangers
from infra.local.local_input import fields, from_a_form, json_body, positive, query, seconds_up_to_an_hour
from infra.local.mailbox import Mailbox
from infra.local.problems import Problem
from infra.local.ses_account import SesAccount

PREFIX = "/_local"
# Asked by the staff page from wherever it stands, with a code or a token in hand, as at Cognito.
OPEN = (f"{PREFIX}/issuer/oauth2/token", f"{PREFIX}/issuer/oauth2/revoke")
IDLE_SECONDS = 60.0

Answer = Callable[[Request, str], Response]


class LocalRoutes:
    """Answers everything under `/_local`; errors are problem documents with a remedy."""

    def __init__(self, host: HostView, gate: Gate, mailbox: Mailbox) -> None:
        self._host = host
        self._gate = gate
        self._mailbox = mailbox
        self._routes: dict[str, dict[str, Answer]] = {
            "": {"GET": self._start},
            "mail": {"GET": self._mail, "POST": self._mail_comes_in},
            "mail.json": {"GET": self._mail_json},
            "events.json": {"GET": self._events},
            "clock": {"GET": self._clock, "POST": self._move_clock},
            "token": {"GET": self._token_page, "POST": self._token},
            "invoke": {"POST": self._invoke},
            "idle": {"GET": self._idle},
            "issuer": {"GET": self._issuer, "POST": self._issuer},
            "cognito": {"POST": lambda request, _: self._gate.cognito(request)},
            "redrive": {"POST": self._redrive},
            "ses": {"GET": self._ses, "POST": self._set_ses},
        }

    def handle(self, request: Request, port: int) -> Response:
        """The answer to a request whose path starts with `/_local`."""
        try:
            refuse_strangers(request, port, is_open=request.path.startswith(OPEN))
            return self._dispatch(request)
        except Problem as problem:
            return problem.response

    def _dispatch(self, request: Request) -> Response:
        name, _, rest = request.path.removeprefix(PREFIX).lstrip("/").partition("/")
        methods = self._routes.get(name)
        if methods is None or (rest and name not in ("mail", "invoke", "issuer")):
            known = ", ".join(f"{PREFIX}/{route}" for route in self._routes)
            raise Problem(404, "Not found", f"The local host has no {request.path}; it has {known}.")
        answer = methods.get("GET" if request.method == "HEAD" else request.method)
        if answer is None:
            allowed = ", ".join(methods)
            detail = f"{PREFIX}/{name} takes {allowed}."
            raise Problem(405, "Method not allowed", detail, headers=(("allow", allowed),))
        return answer(request, unquote(rest))

    def _start(self, request: Request, _rest: str) -> Response:
        stack = self._host.stack
        return pages.start(
            now=self._host.clock.now(),
            mails=len(self._mailbox.mails()),
            routes=[(route.method, route.path, route.function) for route in stack.routes],
            functions=sorted(stack.functions),
            origin=f"http://{request.header('host')}",
        )

    def _mail(self, request: Request, rest: str) -> Response:
        mails = self._mailbox.mails()
        if not rest:
            return pages.mail_list(mails, page=positive(query(request).get("page", "1"), "page"))
        if not rest.isascii() or not rest.isdigit() or not 1 <= int(rest[:9]) <= len(mails):
            detail = f"There is no mail {rest}; {PREFIX}/mail lists the {len(mails)} that there are."
            raise Problem(404, "No such mail", detail)
        return pages.mail(mails[int(rest) - 1], number=int(rest))

    def _mail_comes_in(self, request: Request, rest: str) -> Response:
        if rest != incoming.NAME:
            detail = f"Mail that comes in is posted to {PREFIX}/mail/{incoming.NAME}."
            raise Problem(405, "Method not allowed", detail, headers=(("allow", "GET"),))
        key = incoming.arrive(self._host, request.body, dmarc=query(request).get("dmarc", "pass"))
        return json_response(202, {"key": key})

    def _mail_json(self, _request: Request, _rest: str) -> Response:
        return json_response(200, [vars(mail) for mail in self._mailbox.mails()])

    def _events(self, _request: Request, _rest: str) -> Response:
        return json_response(200, bus.events(self._host.directory))

    def _clock(self, _request: Request, _rest: str) -> Response:
        return json_response(200, reading(self._host.clock))

    def _move_clock(self, request: Request, _rest: str) -> Response:
        moved = move(self._host, fields(request))
        return _back_to_start() if from_a_form(request) else json_response(200, moved)

    def _token_page(self, _request: Request, _rest: str) -> Response:
        return pages.token_form(self._gate.people.names())

    def _token(self, request: Request, _rest: str) -> Response:
        staff = str(fields(request).get("staff", ""))
        token = self._gate.token(staff)
        if from_a_form(request):
            return pages.token_issued(staff, token, origin=f"http://{request.header('host')}")
        return json_response(200, {"token": token})

    def _invoke(self, request: Request, rest: str) -> Response:
        # Answers as Lambda's own Invoke does: 200 with the payload, and a header if the function failed.
        if rest not in self._host.stack.functions:
            known = ", ".join(sorted(self._host.stack.functions))
            raise Problem(404, "Unknown function", f"The template has no function {rest!r}; it has {known}.")
        result = self._host.lambdas.invoke(rest, json_body(request) if request.body else {})
        failed = (("x-amz-function-error", result.function_error),) if result.function_error else ()
        return Response(200, (("content-type", "application/json"), *failed), result.payload)

    def _idle(self, request: Request, _rest: str) -> Response:
        seconds = seconds_up_to_an_hour(query(request).get("timeout", str(IDLE_SECONDS)))
        if not self._host.idle.wait(seconds):
            detail = f"Streams and queues were not drained after {seconds:g} s; the terminal shows what runs."
            raise Problem(504, "Still busy", f"{detail} Ask again with ?timeout=<seconds>.")
        return json_response(200, {"idle": True})

    def _ses(self, _request: Request, _rest: str) -> Response:
        return json_response(200, asdict(SesAccount(self._host.directory).terms()))

    def _set_ses(self, request: Request, _rest: str) -> Response:
        try:
            terms = SesAccount(self._host.directory).change(fields(request))
        except ValueError as wrong:
            raise Problem(400, "Not terms of SES", f"{wrong}.") from wrong
        return json_response(200, asdict(terms))

    def _issuer(self, request: Request, rest: str) -> Response:
        return self._gate.issuer(request, rest)

    def _redrive(self, _request: Request, _rest: str) -> Response:
        return json_response(200, self._host.redrive())


def _back_to_start() -> Response:
    return Response(303, (("location", f"{PREFIX}/"),))
