"""Replacing the signing key: pure but for the store of the one parameter.

Each key is published one rotation before it signs, so that whoever reads the keys once per environment knows it by
then. After it has signed it still verifies for LONGEST, as long as anything that it signed is good for; then it goes.
The document: {"current": id, "keys": {id: base64}, "rotated_at": instant, "signed_until": {id: instant}}, its keys in
the order of their publication.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

EVERY = timedelta(days=365)
"""As KMS replaces its keys. Each key that is kept is one look-up more for each address of a new customer."""
LONGEST = timedelta(days=3 * 365)
"""A link in a mail, the mark of who was erased, the seal of a receipt or of an entry of the audit."""
MOST = 12
"""Keys at most, however often somebody rotates by hand: the parameter has four kilobytes."""
_KEY_BYTES = 32
Keyring = Mapping[str, Any]


def is_due(document: Keyring, *, now: datetime) -> bool:
    """Whether it is time for another key; a document of old does not say when it had its last."""
    rotated_at = document.get("rotated_at")
    return rotated_at is None or now - datetime.fromisoformat(rotated_at) >= EVERY


def rotated(document: Keyring | None, *, now: datetime) -> dict[str, Any]:
    """The document after a rotation: the newest key signs, a next one is published, who was good for long enough goes.

    None stands for no document yet.
    """
    keys: dict[str, str] = dict((document or {"keys": _fresh()})["keys"])
    current, at = list(keys)[-1], now.isoformat()
    known = (document or {}).get("signed_until", {})
    until = {one: known.get(one, at) for one in keys if one != current}
    good = {one for one, ended in until.items() if now - datetime.fromisoformat(ended) <= LONGEST}
    kept = {one: key for one, key in keys.items() if one in good or one == current}
    left = dict([*kept.items(), *_fresh().items()][-MOST:])
    signed = {one: ended for one, ended in until.items() if one in left}
    return {"current": current, "keys": left, "rotated_at": at, "signed_until": signed}


def rotate(ssm: "SSMClient", name: str, *, now: datetime, if_due: bool) -> str | None:
    """Write the rotated document and give the id of the key that signs from now on; None: it is not time yet.

    One write, so whoever dies before it has done nothing. Two at once publish two next keys, of which one stays; both
    let the same one sign.
    """
    stored = _stored(ssm, name)
    if if_due and stored is not None and not is_due(stored, now=now):
        return None
    document = rotated(stored, now=now)
    ssm.put_parameter(Name=name, Value=json.dumps(document), Type="SecureString", Overwrite=True)
    return str(document["current"])


def _fresh() -> dict[str, str]:
    return {secrets.token_hex(4): base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}


def _stored(ssm: "SSMClient", name: str) -> dict[str, Any] | None:
    try:
        value = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return None
    document: dict[str, Any] = json.loads(value)
    return document
