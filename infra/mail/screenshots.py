"""Takes pictures of all shipped mail into `docs/mail/`: `make screenshots`. Needs Chromium and Debian's fonts-noto.

Each sheet is one template in all languages side by side, as mail programs would show it; some in the dark, some on a
narrow telephone.
"""

from __future__ import annotations

import argparse
import html
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

from crm.business.rules import Business
from crm.mail import rendering, templates
from crm.mail.recipients import Recipient
from crm.mail.rendering import Rendered
from crm.mail.sender import Sender
from crm.mail.sources import Draft
from crm.templates import service, shipped
from crm.templates.placeholders import PLACEHOLDERS
from crm.templates.rules import LANGUAGES

TARGET = Path(__file__).parents[2] / "docs" / "mail"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LARGEST_BYTES = 200_000
_LOGO = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='150' height='48'>"
    "<path d='M4 44 24 8l12 20 8-12 16 28z' fill='#b4552d'/>"
    "<text x='70' y='34' font-family='Noto Sans' font-size='22' font-weight='bold' fill='#22201c'>Himal</text></svg>"
)
_BUSINESS = Business(
    name="Himal Tools",
    language="en",
    timezone=ZoneInfo("Asia/Kathmandu"),
    logo_url="data:image/svg+xml," + _LOGO.replace("#", "%23").replace("<", "%3C").replace(">", "%3E"),
    postal_address="Himal Tools, New Road 12, Kathmandu",
)
_SHEET = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; display: flex; gap: 8px; align-items: stretch; background: {ground}; }}
body {{ min-height: 100vh; }}
figure {{ margin: 0; width: {width}px; display: flex; flex-direction: column; background: {paper}; }}
figcaption {{ padding: 8px 10px; height: 66px; color: {ink}; background: {ground}; }}
figcaption {{ font: 14px "Noto Sans", "Noto Nastaliq Urdu", sans-serif; }}
iframe {{ border: 0; width: {width}px; color-scheme: {scheme}; }}
</style>{figures}<script>
addEventListener("load", () => {{
  const frames = [...document.querySelectorAll("iframe")];
  const tall = frame => frame.contentDocument.documentElement.getBoundingClientRect().height;
  const wide = frame => frame.contentDocument.documentElement.scrollWidth;
  document.body.dataset.over = frames.filter(frame => wide(frame) > {width}).length;
  const height = Math.max(...frames.map(tall));
  frames.forEach(frame => frame.style.height = Math.ceil(height) + "px");
  document.body.dataset.height = Math.ceil(document.body.getBoundingClientRect().height);
}});
</script>"""
_FIGURE = (
    '<figure><figcaption lang="{language}"><div dir="auto">{sender}</div><b><div dir="auto">{subject}</div></b>'
    '</figcaption><iframe srcdoc="{page}"></iframe></figure>'
)
_LIGHT = {"ground": "#fff", "ink": "#222", "paper": "#f2f1ee", "scheme": "light"}
_DARK = {"ground": "#111", "ink": "#eee", "paper": "#191816", "scheme": "dark"}


class PictureFailedError(Exception):
    """A sheet could not be taken, or shows what must not be; the text says which and why."""


def mail(name: str, code: str) -> Rendered:
    """A shipped template in one language, with the values that previews are tried with."""
    sections = shipped.sections(name, code)
    if sections is None:
        raise PictureFailedError(f"{name} is not written in {code}")
    words = service.read(name, sections, tag=code, version=0)
    values = {value: known.sample for value, known in PLACEHOLDERS[words.use].items() if known.sample}
    to_customer = words.use in ("greeting", "reminder")
    foot = templates.sections("footer", code)
    ways = ((foot["unsubscribe"], "#"), (foot["preferences"], "#")) if to_customer else ()
    recipient = Recipient("customer" if to_customer else "staff", "x", {"language": code})
    draft = Draft(name, "greeting" if words.use == "greeting" else "service", values)
    return rendering.composed(
        draft, recipient, business=_BUSINESS, words=words, sent_by=_sent_by(code, signs=to_customer), ways=ways
    )


def _sent_by(code: str, *, signs: bool) -> Sender:
    owner = PLACEHOLDERS["greeting"]["owner"].sample
    person = owner[code] if isinstance(owner, dict) and signs else None
    if person is None:
        return Sender(_BUSINESS.name)
    house = templates.fill(templates.sections("footer", code)["sender"], {"person": person, "business": _BUSINESS.name})
    return Sender(house, None, person, f"{person}\n+977 1 4220000")


def sheet(name: str, *, width: int, dark: bool) -> str:
    """A page with one template in all languages beside each other."""
    figures = [
        _FIGURE.format(
            language=made.language,
            sender=html.escape(made.sender or ""),
            subject=html.escape(made.subject),
            page=html.escape(made.html),
        )
        for made in (mail(name, code) for code in LANGUAGES)
    ]
    looks = (
        {"ground": "#111", "ink": "#eee", "paper": "#191816", "scheme": "dark"}
        if dark
        else {"ground": "#fff", "ink": "#222", "paper": "#f2f1ee", "scheme": "light"}
    )
    return _SHEET.format(figures="".join(figures), width=width, **looks)


def photograph(page: str, target: Path, *, width: int) -> None:
    """Take a picture of a page, as high as it is. Raises PictureFailedError."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "sheet.html"
        source.write_text(page, "utf-8")
        seen = _chromium(folder, "--dump-dom", "--window-size=2200,1000", source.as_uri())
        height, over = re.search(r'data-height="(\d+)"', seen), re.search(r'data-over="(\d+)"', seen)
        if not height or not over or over[1] != "0":
            raise PictureFailedError(f"{target.name}: {over[1] if over else 'no'} mails are wider than the screen")
        size = f"--window-size={width * len(LANGUAGES) + 8 * (len(LANGUAGES) - 1)},{height[1]}"
        _chromium(folder, f"--screenshot={target}", "--hide-scrollbars", size, source.as_uri())
    if target.stat().st_size > LARGEST_BYTES:
        raise PictureFailedError(f"{target.name} has {target.stat().st_size} bytes, more than {LARGEST_BYTES}")


def _chromium(folder: str, *options: str) -> str:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise PictureFailedError("no Chromium was found (Debian: apt install chromium fonts-noto)")
    quiet = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--force-device-scale-factor=0.75",
        f"--user-data-dir={folder}/profile",
    ]
    done = subprocess.run([browser, *quiet, *options], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise PictureFailedError(done.stderr[-500:])
    return done.stdout


def sheets(names: list[str]) -> list[tuple[str, str, int, bool]]:
    """(file, template, width of each mail, dark) of the pictures to take."""
    light = [(f"{name}.png", name, 400, False) for name in names]
    dark = [(f"{name}_dark.png", name, 400, True) for name in names if name in ("birthday", "reminder")]
    narrow = [(f"{name}_320.png", name, 320, False) for name in names if name in ("purchase_anniversary", "digest")]
    return [*light, *dark, *narrow]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="templates; all by default")
    names = parser.parse_args().names or list(shipped.USES)
    TARGET.mkdir(parents=True, exist_ok=True)
    try:
        for file, name, width, dark in sheets(names):
            photograph(sheet(name, width=width, dark=dark), TARGET / file, width=width)
            print(TARGET / file)
    except PictureFailedError as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
