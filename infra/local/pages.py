"""The host's own pages: plain HTML without scripts; everything that comes from outside is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from infra.local.clock_desk import instant
from infra.local.http_message import Response
from infra.local.mailbox import Mail

PER_PAGE = 100

_TEMPLATES = Path(__file__).parent / "templates"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'"
# A mail may open its links (unsubscribe!) in a tab of their own, and do nothing else: no scripts, no forms.
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"


def start(
    *,
    now: datetime,
    mails: int,
    routes: Sequence[tuple[str, str, str]],
    functions: Sequence[str],
    origin: str,
) -> Response:
    """The page that links to everything there is."""
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in route)}</tr>" for route in routes)
    names = "".join(f"<li><code>{escape(name)}</code></li>" for name in functions)
    return _page(
        "Local host",
        "start",
        now=_stamp(instant(now)),
        mails=str(mails),
        routes=rows,
        functions=names,
        origin=escape(origin),
    )


def mail_list(mails: Sequence[Mail], *, page: int) -> Response:
    """The mailbox, newest first, a hundred a page."""
    numbered = list(enumerate(mails, 1))[::-1]
    shown = numbered[(page - 1) * PER_PAGE : page * PER_PAGE]
    rows = "".join(_row(number, one) for number, one in shown)
    empty = "" if mails else "<p>No mail yet. Move the clock to somebody's birthday.</p>"
    newer = f'<a href="?page={page - 1}">newer</a>' if page > 1 else ""
    older = f'<a href="?page={page + 1}">older</a>' if page * PER_PAGE < len(mails) else ""
    return _page("Mail", "mail_list", count=str(len(mails)), rows=rows, empty=empty, newer=newer, older=older)


def mail(one: Mail, *, number: int) -> Response:
    """One mail: HTML part in a frame without scripts, text part, headers."""
    frame = (
        f'<iframe sandbox="{_SANDBOX}" title="HTML part" srcdoc="{escape(_framed(one.html))}"></iframe>'
        if one.html
        else "<p>This mail has no HTML part.</p>"
    )
    headers = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td dir="auto">{escape(value)}</td></tr>'
        for name, value in one.headers.items()
    )
    return _page(
        one.subject or "Mail",
        "mail",
        subject=escape(one.subject) or "(no subject)",
        to=escape(one.to),
        sent_at=_stamp(one.sent_at),
        attributes=_language(one),
        frame=frame,
        text=escape(one.text) or "(no text part)",
        headers=headers,
        key=escape(one.key) or "(no message tag)",
        number=str(number),
    )


def token_form(staff: Sequence[str]) -> Response:
    """Choose a member of staff to get a token for."""
    options = "".join(f"<option>{escape(name)}</option>" for name in staff)
    return _page("Token", "token_form", options=options)


def token_issued(staff: str, token: str, *, origin: str) -> Response:
    return _page("Token", "token", staff=escape(staff), token=escape(token), origin=escape(origin))


def sign_in(links: Mapping[str, str]) -> Response:
    """Choose as whom to sign in: names with where each leads to."""
    rows = "".join(f'<li><a href="{escape(link)}">{escape(name)}</a></li>' for name, link in links.items())
    return _page("Sign in", "sign_in", people=rows)


def _row(number: int, one: Mail) -> str:
    return (
        f'<li {_language(one)}><a href="/_local/mail/{number}">{escape(one.subject) or "(no subject)"}</a>'
        '<span class="facts" lang="en" dir="ltr">'
        f"<bdi>{escape(one.to)}</bdi> {_stamp(one.sent_at)}</span></li>"
    )


def _language(one: Mail) -> str:
    lang = f'lang="{escape(one.language)}" ' if one.language else ""
    return f'{lang}dir="{one.direction}"'


def _framed(html: str) -> str:
    return f'<base target="_blank">{html}'


def _stamp(text: str) -> str:
    shown = f"{text[:10]} {text[11:16]} UTC" if text.endswith("Z") else text
    return f'<time datetime="{escape(text)}">{escape(shown)}</time>'


def _page(title: str, template: str, **parts: str) -> Response:
    body = _template(template).substitute(parts)
    text = _template("page").substitute(title=escape(title), style=_style(), body=body)
    headers = (
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", _POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    )
    return Response(200, headers, text.encode("utf-8", "replace"))


@cache
def _template(name: str) -> Template:
    return Template((_TEMPLATES / f"{name}.html").read_text(encoding="utf-8"))


@cache
def _style() -> str:
    return (_TEMPLATES / "style.css").read_text(encoding="utf-8")
