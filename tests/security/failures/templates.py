"""Texts of mails that users write, and values that strangers put into them: none of it is ever calculated."""

from __future__ import annotations

import html
import re
from typing import Any

from crm.templates import rules as texts
from tests.security.failures.register import Without, known
from tests.security.furnished import OWNER, World

STANDS = "named placeholders alone, and values are inserted once (`functions/crm/templates/rules.py`)"


def _calculated(value: str) -> str:
    """What template engines make of a text, near enough: each kind of expression in it is calculated."""
    found = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\$\{.*?\}|<\?.*?\?>|<%.*?%>|#\{.*?\}", "49", value, flags=re.DOTALL)
    return re.sub(r"\{(\w+)(\.\w+|\[\w+\])+\}", "s3cret", found)


def calculates(patch: Any) -> None:
    """Values and texts go through an engine."""
    fill = texts.fill

    def filled(nodes: Any, values: Any, **how: Any) -> str:
        known_values = {name: _calculated(one) for name, one in values.items()}
        return fill([_calculated(one) if isinstance(one, str) else one for one in nodes], known_values, **how)

    patch.setattr(texts, "fill", filled)


def stays_text(world: World, written: str) -> None:
    """As a value it comes out as it is in subject, text and page; as a text it does so or is refused by its place."""
    asked = {"language": "en", "values": {"name": written}}
    shown = world.api.post("/templates/gift/preview", asked, **OWNER)
    assert shown.status == 200, shown.body
    _holds(shown.body, written)
    tried = {"subject": "Hello", "heading": "Hello", "body": f"Dear friend, {written} here."}
    texts_tried = world.api.post("/templates/gift/preview", {"language": "en", "text": tried}, **OWNER)
    if texts_tried.status == 422:
        assert texts_tried.body["errors"][0]["pointer"].endswith("/body"), texts_tried.body
        return
    assert texts_tried.status == 200, texts_tried.body
    assert " ".join(written.split()) in " ".join(texts_tried.body["text"].split()), texts_tried.body["text"]


def _holds(shown: dict[str, Any], written: str) -> None:
    for part in ("subject", "text"):
        assert written in shown[part], (part, shown[part])
    assert html.escape(written) in shown["html"], shown["html"]
    assert written not in shown["html"] or html.escape(written) == written


def text_known(number: str, told: str, *written: str, without: Without = calculates) -> None:
    def check(world: World) -> None:
        for one in written:
            stays_text(world, one)

    known(number, told, stands=STANDS, without=without)(check)


text_known(
    "CVE-2026-71239",
    "DjangoCRM rendered what users wrote with Django's engine",
    "{{ request.user.password }}",
    "{% debug %}{% include '/etc/passwd' %}",
)
text_known("CVE-2026-110593", "BottleCRM calculated expressions in its mails", "{{7*7}}", "{{ [].__class__.__base__ }}")
text_known(
    "CVE-2026-38431",
    "ERPNext gave its mails a template engine with the database in it",
    "{{ frappe.db.sql('select 1') }}",
    "{%- for one in users -%}{{ one.api_secret }}{%- endfor -%}",
)
text_known("CVE-2023-22952", "SugarCRM ran PHP in an uploaded mail template", "<?php system('id') ?>", "<?= `id` ?>")
text_known(
    "GHSA-9fx4-7cmj-47vg",
    "Mautic's themes and mails ran Twig",
    "{{ ['id']|filter('system') }}",
    "{{ _self.env.registerUndefinedFilterCallback('exec') }}",
)
text_known("CVE-2021-23166", "Odoo's mail templates ran Python (Mako)", "${object.env.cr}", "<% import os %>")
text_known(
    "CVE-2021-44476",
    "Odoo's sandbox let attributes of objects out",
    "{name.secret}",
    "{name.__class__.__mro__}",
)
text_known(
    "CVE-2016-10745", "Jinja2's sandbox formatted strings: attributes of anything", "{0.__class__}", "{name.__init__}"
)


text_known(
    "CVE-2019-10906",
    "Jinja2's sandbox let str.format_map through to attributes",
    "{name[secret]}",
    "{{ '{0.__class__}'.format_map(x) }}",
)
