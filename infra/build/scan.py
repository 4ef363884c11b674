"""What checkov finds in the expanded template and bandit in the functions: `python -m infra.build.scan`.

Each finding is mended, or waived by name and with a reason in `infra/scans.toml`. A waiver that nothing needs any more
fails, too. Both also look at something faulty, which they have to find: a scanner that sees nothing finds nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local import template

ROOT = Path(__file__).resolve().parents[2]
WAIVERS = ROOT / "infra" / "scans.toml"
SCANNERS = ROOT / ".venv" / "scanners" / "bin"
EVERYWHERE = "*"
API = "AWS::ApiGatewayV2::Api"
PLANTED = "Planted"
_OPEN_BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicReadWrite"}}
_OPEN_ROLE = {
    "Type": "AWS::IAM::Policy",
    "Properties": {
        "PolicyName": "all",
        "Roles": ["x"],
        "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
    },
}
_FAULTY_CODE = "import subprocess\n\n\ndef run(told):\n    subprocess.call(told, shell=True)\n    eval(told)\n"
HAVE_TO_BE_FOUND = frozenset({"CKV_AWS_57", "CKV_AWS_63", "B307", "B602"})


@dataclass(frozen=True)
class Finding:
    """One fault: which check, where (a logical id, or a file of functions/), and what it is in words."""

    check: str
    where: str
    says: str


@dataclass(frozen=True)
class Waiver:
    """A check that says nothing at some places, or anywhere, and why."""

    check: str
    on: tuple[str, ...]
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is waived by this."""
        return self.check == finding.check and (EVERYWHERE in self.on or finding.where in self.on)

    def idle(self, findings: Iterable[Finding]) -> Iterator[str]:
        """The places for which nothing needs it."""
        met = {finding.where for finding in findings if self.covers(finding)}
        yield from (place for place in self.on if place not in met and not (place == EVERYWHERE and met))


def waivers(text: str) -> list[Waiver]:
    """The waivers of a file. Raises ValueError: one without a reason."""
    found = [Waiver(check, tuple(told["on"]), told["reason"]) for check, told in tomllib.loads(text).items()]
    if silent := [one.check for one in found if not one.reason.strip()]:
        raise ValueError(f"no reason is given for {', '.join(silent)}")
    return found


def complaints(findings: Iterable[Finding], known: Iterable[Waiver]) -> list[str]:
    """What is wrong, a line each: what is found and not waived, what is waived and not found, what was not seen."""
    all_, allowed = list(findings), list(known)
    planted = {finding.check for finding in all_ if finding.where == PLANTED}
    real = [finding for finding in all_ if finding.where != PLANTED]
    open_ = [finding for finding in real if not any(waiver.covers(finding) for waiver in allowed)]
    return [
        *(f"{one.check} {one.where}: {one.says}" for one in open_),
        *(f"{one.check} is waived for {place} and found nowhere there" for one in allowed for place in one.idle(real)),
        *(f"{check} was planted and not found" for check in sorted(HAVE_TO_BE_FOUND - planted)),
    ]


def of_template(directory: Path) -> Iterator[Finding]:
    """What checkov says of our templates as CloudFormation gets them, and of what is planted."""
    for path in (ROOT / "template.yaml", *sorted((ROOT / "infra").glob("*.yaml"))):
        (directory / f"{path.stem}.json").write_text(json.dumps(_without_routes(template.expanded(path))))
    planted = {PLANTED: _OPEN_BUCKET, f"{PLANTED}Policy": _OPEN_ROLE}
    (directory / f"{PLANTED}.json").write_text(json.dumps({"Resources": planted}))
    asked = ["--directory", str(directory), "--framework", "cloudformation", "--skip-download", "--quiet", "--compact"]
    for one in _said([str(SCANNERS / "checkov"), *asked, "--output", "json"])["results"]["failed_checks"]:
        name = str(one["resource"]).rpartition(".")[2]
        yield Finding(one["check_id"], PLANTED if name.startswith(PLANTED) else name, one["check_name"])


def of_code(directory: Path) -> Iterator[Finding]:
    """What bandit says of functions/, and of what is planted."""
    (directory / f"{PLANTED}.py").write_text(_FAULTY_CODE)
    asked = ["--quiet", "--format", "json", "--recursive", str(ROOT / "functions"), str(directory)]
    for one in _said([str(SCANNERS / "bandit"), *asked])["results"]:
        path = Path(one["filename"])
        where = PLANTED if path.stem == PLANTED else f"{path.relative_to(ROOT).as_posix()}"
        yield Finding(one["test_id"], where, f"{one['issue_text']} (line {one['line_number']})")


def _without_routes(document: dict[str, Any]) -> dict[str, Any]:
    """Half of the template, of which checkov knows nothing and which takes it twenty seconds to read.

    tests/template/rules/front_door.py looks at them.
    """
    for resource in document["Resources"].values():
        if resource["Type"] == API:
            resource["Properties"]["Body"]["paths"] = {}
    return document


def _said(command: list[str]) -> Any:
    # Both end with 1 where they have found something.
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1}:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")
    return json.loads(done.stdout)


def main() -> int:
    """Scan; the exit code."""
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor() as pool:
        directories = [Path(place) / name for name in ("template", "code")]
        for directory in directories:
            directory.mkdir()
        scans = (of_template, of_code)
        found = [one for part in pool.map(lambda scan, at: list(scan(at)), scans, directories) for one in part]
    wrong = complaints(found, waivers(WAIVERS.read_text("utf-8")))
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
