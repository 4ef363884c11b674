"""Mail that comes in at a shop on this machine."""

from __future__ import annotations

import urllib.request


def mail_in(port: int, raw: bytes, *, dmarc: str = "pass") -> None:
    """Have a raw mail (RFC 5322) come in at the host on a port; `dmarc`: what SES found about its sender."""
    url = f"http://127.0.0.1:{port}/_local/mail/incoming?dmarc={dmarc}"
    with urllib.request.urlopen(urllib.request.Request(url, raw, method="POST")) as answer:
        assert answer.status == 202
