"""`python -m infra.local`: the whole CRM on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from infra.local.clock import ClockSpoiltError
from infra.local.demo import opening, shop, staff
from infra.local.demo.client import Client
from infra.local.engine import EngineFailedError, EngineMissingError
from infra.local.host import ROOT, AlreadyRunningError, Host, Printer
from infra.local.intrinsics import TemplateError
from infra.local.lambda_host import FunctionsMissingError
from infra.local.listener import PortTakenError

EXPECTED = (
    AlreadyRunningError,
    ClockSpoiltError,
    EngineFailedError,
    EngineMissingError,
    FunctionsMissingError,
    OSError,
    PortTakenError,
    TemplateError,
)


def main() -> int:
    """Run until told to stop; return the exit code."""
    arguments = _arguments()
    stop = threading.Event()
    _on_signal(stop)
    parameters = {"PublicUrl": f"http://127.0.0.1:{arguments.port}", **dict(arguments.parameter)}
    try:
        if arguments.seed:
            opening.prepare(arguments.directory)
        host = Host(directory=arguments.directory, port=arguments.port, parameters=parameters, write=Printer())
        host.start()
    except EXPECTED as error:
        print(f"crm: {error}", file=sys.stderr)
        return 1
    try:
        _say_where(host)
        _seed_once(host, wanted=arguments.seed)
        host.log("ready; Ctrl-C stops")
        stop.wait()
    finally:
        host.log("stopping")
        host.stop()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    parser.add_argument("--port", type=_port, default=os.environ.get("PORT", "3000"))
    parser.add_argument("--directory", type=Path, default=ROOT / ".local", help="where data are kept")
    parser.add_argument("--parameter", type=_pair, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--no-seed", dest="seed", action="store_false", default=os.environ.get("SEED") != "0")
    return parser.parse_args()


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text} is no port: give a number from 1 to 65535")
    return int(text)


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE")
    return name, value


def _on_signal(stop: threading.Event) -> None:
    def end(number: int, _: FrameType | None) -> None:
        stop.set()
        # A second Ctrl-C need not wait for a clean end: the journal holds everything.
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def _say_where(host: Host) -> None:
    url = f"http://127.0.0.1:{host.port}"
    host.log(f"pages      {url}/console")
    host.log(f"API        {url}   (documentation: {url}/docs)")
    host.log(f"start page {url}/_local/")
    host.log(f"mailbox    {url}/_local/mail")
    host.log(f"""token      curl -s {url}/_local/token -d '{{"staff": "manager"}}'""")
    host.log(f"data       {host.directory} (engine: {host.engine_url})")


def _seed_once(host: Host, *, wanted: bool) -> None:
    """At the very first start employ the demo staff and, if wanted, fill the shop; later starts leave it as it is."""
    if opening.is_over(host.directory):
        return
    client = Client(port=host.port, staff="owner")
    staff.employ(client)
    if wanted:
        host.log("filling the demo shop")
        shop.furnish(client, opened=opening.opened(host.directory))
    opening.end(host.directory)


if __name__ == "__main__":
    sys.exit(main())
