"""`crm import`: a file into the store; what is not sure is asked, and a dry run comes first."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from infra.cli.client import Client, size_of
from infra.cli.screen import Document, Screen
from infra.cli.stops import StoppedError, UndecidedError

_LOOKED_AT = ("needs_mapping", "checked", "failed", "cancelled")
_ENDS = ("done", "failed", "cancelled")
SWITCHES = {
    "empty-clears": ("empty_clears", True, "an empty cell empties the field of a known customer"),
    "share-addresses": ("share_addresses", True, "a row with another's phone number becomes a customer of its own"),
    "no-create-customers": ("create_customers", False, "purchases and interactions of unknown customers are refused"),
}
"""By option the name and the value that the API knows, and what people read."""
_OPTIONS = ("existing", "as_of", *(name for name, _, _ in SWITCHES.values()))
_COUNTS = ("created", "changed", "skipped", "refused")


def bring_in(client: Client, screen: Screen, chosen: Namespace) -> None:
    """Upload, ask, check, and with consent write."""
    path = Path(chosen.file)
    options = {name: getattr(chosen, name) for name in _OPTIONS if getattr(chosen, name) is not None}
    item = _uploaded(client, screen, path, {"kind": chosen.kind, "options": options})
    item = _checked(client, screen, item, dict(chosen.answer))
    _show_check(screen, item)
    if not _is_agreed(screen, item, is_yes=chosen.yes):
        said = f"nothing was written; `crm import --yes` writes, or POST /imports/{item['id']}/run"
        _save_refused(client, screen, item, chosen.refused or _beside(path))
        screen.result(item, lambda: screen.say(said))
        return
    client.post(f"/imports/{item['id']}/run")
    item = watched(client, screen, item, _ENDS, "writing")
    if item["state"] != "done":
        raise StoppedError(failure(item))
    _save_refused(client, screen, item, chosen.refused or _beside(path))
    said = f"{_counted(item)}; until {item['can_undo_until']} `crm import undo {item['id']}` takes it back"
    screen.result(item, lambda: screen.say(said))


def answer_of(text: str) -> tuple[str, str]:
    """`pointer=value`, as the questions name it."""
    pointer, separator, value = text.rpartition("=")
    if not separator or not pointer:
        raise ValueError(f"{text} is not POINTER=VALUE")
    return pointer, value


def _uploaded(client: Client, screen: Screen, path: Path, asked: Document) -> Document:
    size = size_of(path)
    item = dict(client.post("/imports", {**asked, "file_name": path.name[:200], "size": size}))
    with path.open("rb") as file, screen.progress() as progress:
        task = progress.add_task("uploading", total=size, told="")
        client.upload(item["upload"], file, size, lambda count: progress.advance(task, count))
    return dict(client.post(f"/imports/{item['id']}/uploaded"))


def _checked(client: Client, screen: Screen, item: Document, answers: dict[str, str]) -> Document:
    """The import after its dry run, with all questions answered."""
    unused = dict(answers)
    while True:
        item = watched(client, screen, item, _LOOKED_AT, "checking")
        if item["state"] == "checked":
            if unused:
                screen.say(f"not asked, and so not used: {', '.join(sorted(unused))}")
            return item
        if item["state"] != "needs_mapping":
            raise StoppedError(failure(item))
        given = {one["pointer"]: unused.pop(one["pointer"]) for one in item["questions"] if one["pointer"] in unused}
        given = given or _asked(screen, item)
        item = dict(client.patch(f"/imports/{item['id']}/mapping", {"answers": given}))


def _asked(screen: Screen, item: Document) -> dict[str, str]:
    _show_columns(screen, item)
    if not screen.can_ask:
        raise UndecidedError(_to_answer(item["questions"]))
    return {one["pointer"]: _choice(screen, one) for one in item["questions"]}


def _choice(screen: Screen, question: Document) -> str:
    screen.say(question["asks"])
    choices = question["choices"]
    for number, one in enumerate(choices, start=1):
        screen.say(f"  {number}  {one['value']}: {one['meaning']}")
    guess = f" [{question['guess']}]" if question.get("guess") else ""
    while True:
        said = screen.ask(f"number or value{guess}:").strip() or question.get("guess") or ""
        # The digits of any script; where a value is a number itself, the value is meant.
        if said in [one["value"] for one in choices]:
            return str(said)
        if said.isdecimal() and 0 < int(said) <= len(choices):
            return str(choices[int(said) - 1]["value"])
        if said and question["is_open"]:
            return str(said)


def _to_answer(questions: list[Document]) -> str:
    lines = ["the file leaves questions; answer them with --answer, or in a terminal:"]
    for one in questions:
        values = ", ".join(choice["value"] or '""' for choice in one["choices"][:12])
        more = ", or another" if one["is_open"] else ""
        lines += [f"  --answer '{one['pointer']}=…'  {one['asks']}", f"      one of {values}{more}"]
    return "\n".join(lines)


def _is_agreed(screen: Screen, item: Document, *, is_yes: bool) -> bool:
    if not any(item["counts"][name] for name in ("created", "changed")):
        screen.say("there is nothing to write")
        return False
    if is_yes or not screen.can_ask:
        return is_yes
    return screen.ask("Write these rows? [y/N]").strip().lower() in {"y", "yes"}


def _show_columns(screen: Screen, item: Document) -> None:
    rows = [
        (one["header"], one["field"]["value"] or "-", f"{one['field']['certainty']:.0%}", one["field"]["why"])
        for one in item["columns"]
    ]
    screen.table("What the columns were taken for", ("column", "field", "sure", "why"), rows)


def _show_check(screen: Screen, item: Document) -> None:
    _show_columns(screen, item)
    counts = item["counts"]
    screen.table("Dry run: nothing is written yet", ("rows", *_COUNTS), [(item["rows"], *(counts[n] for n in _COUNTS))])


def _save_refused(client: Client, screen: Screen, item: Document, target: Path) -> None:
    """The refused rows, with their reasons, to be corrected and imported again."""
    if not item["counts"]["refused"]:
        return
    link: Any = client.get(f"/imports/{item['id']}/refused")
    try:
        with target.open("wb") as file:
            client.download(link["url"], file, lambda _: None)
    except OSError as error:
        raise StoppedError(f"{target} cannot be written: {error.strerror}; give --refused FILE") from error
    screen.say(f"{item['counts']['refused']:,} rows were refused; correct them in {target} and import that")


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.stem}.refused.csv")


def watched(client: Client, screen: Screen, item: Document, ends: tuple[str, ...], what: str) -> Document:
    """The import as soon as it is in one of these states."""
    return screen.watched(lambda: dict(client.get(f"/imports/{item['id']}")), until=ends, what=what)


def failure(item: Document) -> str:
    """Why it came to no good end, and the remedy."""
    told = item.get("failure")
    return f"{told['reason']}: {told['remedy']}" if told else f"the import was {item['state']}"


def _counted(item: Document) -> str:
    return ", ".join(f"{item['counts'][name]:,} {name}" for name in _COUNTS)
