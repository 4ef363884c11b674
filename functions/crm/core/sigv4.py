"""The signature of a call to AWS (Signature Version 4), as botocore makes it; a test compares the two.

botocore derives the key of the day anew for each call, and goes through general rules for addresses and headers. Our
calls are all alike: a POST of JSON to the root of an address.
"""

import hashlib
import hmac
from functools import lru_cache
from typing import NamedTuple

_ALGORITHM = "AWS4-HMAC-SHA256"


class Signer(NamedTuple):
    """Whose calls these are (`access`, `secret`, `token` of temporary credentials), and where to."""

    access: str
    secret: str
    token: str | None
    region: str
    service: str
    host: str

    def headers(self, body: bytes, *, at: str, more: dict[str, str]) -> dict[str, str]:
        """`more`, all of it signed, by names in lower case; with them the date, the host and the signature.

        `at`: the instant, as `20261122T175634Z`. Source: "Create a signed AWS API request" in the IAM user guide.
        """
        signed = {**more, "host": self.host, "x-amz-date": at}
        if self.token:
            signed["x-amz-security-token"] = self.token
        ordered = sorted(signed)
        names = ";".join(ordered)
        lines = "".join(f"{name}:{signed[name]}\n" for name in ordered)
        asked = f"POST\n/\n\n{lines}\n{names}\n{_sha256(body)}"
        scope = f"{at[:8]}/{self.region}/{self.service}/aws4_request"
        key = _key(self.secret, at[:8], self.region, self.service)
        text = f"{_ALGORITHM}\n{at}\n{scope}\n{_sha256(asked.encode())}"
        # `hmac.digest` lets other threads in meanwhile: with several calls at once that takes longer than the hash.
        proof = hmac.new(key, text.encode(), "sha256").hexdigest()
        whose = f"{_ALGORITHM} Credential={self.access}/{scope}, SignedHeaders={names}, Signature={proof}"
        return {**signed, "authorization": whose}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@lru_cache(maxsize=8)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for step in (day, region, service, "aws4_request"):
        key = hmac.digest(key, step.encode(), hashlib.sha256)
    return key
