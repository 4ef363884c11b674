"""`crm`: import, export, customers, audit and the first owner from a terminal, of a local CRM or a deployed one."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.cli import auditing, customers, exporting, importing, owners, undoing
from infra.cli.client import LOCAL, Client
from infra.cli.screen import Screen
from infra.cli.stops import StoppedError

Command = Callable[[Client, Screen, argparse.Namespace], None]
_INTERRUPTED = 130
_UNDO = "import undo"


def main() -> int:
    """Do one command; the exit code: 0 done, 1 refused, 2 misspelt, 3 not reached, 4 questions to be answered."""
    chosen = _arguments().parse_args(_words(sys.argv[1:]))
    command: Command | None = chosen.command
    try:
        if command is None:
            owners.appoint(Screen(is_json=chosen.json), chosen)
            return 0
        client = Client(chosen.url, token=os.environ.get("CRM_TOKEN") or None, staff=chosen.staff)
        command(client, Screen(is_json=chosen.json), chosen)
    except StoppedError as stopped:
        print(f"crm: {stopped}", file=sys.stderr)
        return stopped.code
    except (KeyboardInterrupt, EOFError):
        print("crm: stopped; what the CRM had begun goes on there", file=sys.stderr)
        return _INTERRUPTED
    return 0


def _words(words: list[str]) -> list[str]:
    # A command of two words beside one that takes a file: one of that name is given with its directory.
    return [_UNDO, *words[2:]] if words[:2] == _UNDO.split() else words


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="crm", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _import(commands)
    undo = _command(commands, _UNDO, undoing.undo, "take back what an import wrote, for 30 days")
    undo.add_argument("id", help="of the import, as `crm import` has told it")
    _export(commands)
    _owner(commands)
    audit = commands.add_parser("audit", help="look whether the audit is whole").add_subparsers(required=True)
    verify = _command(audit, "verify", auditing.verify, "find the first place of the audit's chain that is not right")
    verify.add_argument(
        "--head", type=_head, metavar="NUMBER:HASH", help="as an earlier run told it: nothing before may be gone"
    )
    group = commands.add_parser("customers", help="find customers, look at one").add_subparsers(required=True)
    search = _command(group, "search", customers.search, "find customers by name, e-mail, phone or card number")
    search.add_argument("words", nargs="+", help="beginnings of words; all must fit")
    search.add_argument("--limit", type=int, default=20, help="how many at most (20)")
    show = _command(group, "show", customers.show, "all that is known of one customer")
    show.add_argument("id")
    return parser


def _import(commands: Any) -> None:
    parser = _command(commands, "import", importing.bring_in, "import a file (CSV, XLSX, ODS), with a dry run first")
    parser.add_argument("file")
    parser.add_argument("--kind", default="customers", help="customers (default), purchases, interactions")
    parser.add_argument("--yes", action="store_true", help="write what the dry run found, without asking")
    parser.add_argument("--answer", type=_answer, action="append", default=[], metavar="POINTER=VALUE")
    parser.add_argument("--existing", choices=("change", "skip"), help="what becomes of known customers (change)")
    for option, (name, value, help_) in importing.SWITCHES.items():
        parser.add_argument(f"--{option}", dest=name, action="store_const", const=value, help=help_)
    parser.add_argument("--as-of", metavar="DATE", help="how old the file is, where its rows do not say so (today)")
    parser.add_argument("--refused", type=Path, metavar="FILE", help="where refused rows go (FILE.refused.csv)")


def _export(commands: Any) -> None:
    parser = _command(commands, "export", exporting.export, "export customers, or everything, into a file")
    parser.add_argument("-o", "--output", required=True, metavar="FILE")
    parser.add_argument("--format", choices=exporting.FORMATS, help="else by the name of the file")
    parser.add_argument("--everything", action="store_true", help="all there is, as JSON Lines")
    for name in exporting.FILTERS:
        parser.add_argument(f"--{name}", help="as in GET /customers")


def _owner(commands: Any) -> None:
    # Not as a member of staff: there may be none yet.
    parser = _command(commands, "owner", None, "make the first owner, or one more, and invite them by e-mail")
    parser.add_argument("id", help="what they sign in as: a-z, 0-9, - and _")
    parser.add_argument("--email", required=True, help="where the invitation goes")
    parser.add_argument("--name", help="as others see it (else the id)")
    parser.add_argument("--stack", help="name of the deployed stack, reached with your AWS credentials; else --url")


def _command(commands: Any, name: str, command: Command | None, help_: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help_, description=help_)
    parser.set_defaults(command=command)
    parser.add_argument("--url", default=os.environ.get("CRM_URL") or LOCAL, help=f"of the CRM (CRM_URL; {LOCAL})")
    parser.add_argument("--staff", default="manager", help="as whom, on a local CRM (manager)")
    parser.add_argument("--json", action="store_true", help="the result as one JSON document on stdout")
    return parser


def _head(text: str) -> str:
    try:
        return auditing.head_of(text)
    except ValueError as bad:
        raise argparse.ArgumentTypeError(str(bad)) from bad


def _answer(text: str) -> tuple[str, str]:
    try:
        return importing.answer_of(text)
    except ValueError as bad:
        raise argparse.ArgumentTypeError(str(bad)) from bad


if __name__ == "__main__":
    sys.exit(main())
