"""Parts of the forms on public pages: plain HTML that needs no script. `texts` are the words of one language."""

import html
from collections.abc import Mapping

from crm.forms import sheets
from crm.mail import public_page

Texts = Mapping[str, str]
TYPING = {
    "email": ' inputmode="email" autocomplete="email" dir="ltr"',
    "phone": ' inputmode="tel" autocomplete="tel" dir="ltr"',
    "name": ' autocomplete="name" dir="auto"',
}
"""What a phone offers for typing, and fills in by itself."""


def form(fields: str, *, state: str, texts: Texts, button: str, language: str) -> str:
    """A form of these fields with its button, what comes back with it, and the field that only programs fill."""
    hidden = f'<input type="hidden" name="form" value="{html.escape(state)}">'
    hidden += f'<input type="hidden" name="lang" value="{language}">'
    bait = f'<input name="{sheets.TRAP}" tabindex="-1" autocomplete="off">'
    trap = f"<label>{html.escape(texts['trap'])} {bait}</label>"
    return (
        f'<form method="post">{hidden}<div class="apart" aria-hidden="true">{trap}</div>{fields}'
        f"{public_page.button(button)}</form>"
    )


def notice(text: str) -> str:
    """What has to be seen first."""
    return f'<p class="notice" role="alert">{html.escape(text)}</p>'


def day(name: str, typed: Mapping[str, str], texts: Texts) -> str:
    """A day of the year, to be picked: `<name>_day` and `<name>_month`."""
    return _pick(f"{name}_day", 31, texts["day"], typed) + _pick(f"{name}_month", 12, texts["month"], typed)


def _pick(name: str, last: int, text: str, typed: Mapping[str, str]) -> str:
    picked = typed.get(name, "")
    numbers = "".join(
        f'<option value="{number}"{" selected" if str(number) == picked else ""}>{number}</option>'
        for number in range(1, last + 1)
    )
    label = html.escape(text)
    return f'<label class="pick">{label} <select name="{name}"><option value=""></option>{numbers}</select></label> '
