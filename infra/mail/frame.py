"""Compiles the frame of every mail: `python -m infra.mail.frame`, part of `make templates`.

`frame.mjml` is the source. MJML writes what mail programs render (tables, styles beside each element); the result is
committed, so that neither building nor running needs a compiler. `{names}` are filled in for each mail.
"""

from __future__ import annotations

import re
from pathlib import Path

from mjml import mjml2html

SOURCE = Path(__file__).with_name("frame.mjml")
TARGETS = Path(__file__).parents[2] / "functions" / "crm" / "mail" / "templates"
_LOGO = re.compile(r"<!-- logo: -->(.*?)<!-- :logo -->", re.DOTALL)


def compiled() -> dict[str, str]:
    """The committed files by name: the frame with a picture of the business's logo, and the one without."""
    page: str = mjml2html(SOURCE.read_text("utf-8"))
    return {"mail_logo.html": _LOGO.sub(r"\1", page) + "\n", "mail.html": _LOGO.sub("", page) + "\n"}


def main() -> None:
    for name, page in compiled().items():
        (TARGETS / name).write_text(page, "utf-8")


if __name__ == "__main__":
    main()
