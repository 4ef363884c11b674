"""Makes or rotates the signing key by hand: `python -m infra.build.signing_key [name of the SSM parameter]`.

CloudFormation cannot make a SecureString, so this is done once before the first use. From then on a function rotates it
every year (functions/crm/core/rotation.py); this does it now, such as when the key may have become known.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "functions"))

from crm.core import clock, rotation

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

NAME = "/crm/signing-key"


def store(ssm: SSMClient, name: str) -> str:
    """Write the rotated document; return the id of the key that signs from now on."""
    return str(rotation.rotate(ssm, name, now=clock.now(), if_due=False))


if __name__ == "__main__":
    wanted = sys.argv[1] if len(sys.argv) > 1 else NAME
    sys.stdout.write(f"{wanted}: key {store(boto3.client('ssm'), wanted)} signs from now on\n")
