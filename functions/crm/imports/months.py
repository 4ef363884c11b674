"""Dates with the month as a word: English, Urdu, Bengali, Nepali (Gregorian months), Hebrew."""

import re
from functools import lru_cache

from crm.core import text

_NAMES = """
january jan | जनवरी | جنوری | জানুয়ারি জানুয়ারী | ינואר
february feb | फेब्रुअरी फरवरी | فروری | ফেব্রুয়ারি ফেব্রুয়ারী | פברואר
march mar | मार्च | مارچ | মার্চ | מרץ מרס
april apr | अप्रिल अप्रैल | اپریل | এপ্রিল | אפריל
may | मे मई | مئی | মে | מאי
june jun | जुन जून | جون | জুন | יוני
july jul | जुलाई | جولائی | জুলাই | יולי
august aug | अगस्ट अगस्त | اگست | আগস্ট অগাস্ট | אוגוסט
september sept sep | सेप्टेम्बर सितम्बर | ستمبر | সেপ্টেম্বর | ספטמבר
october oct | अक्टोबर अक्तूबर | اکتوبر | অক্টোবর | אוקטובר
november nov | नोभेम्बर नवम्बर | نومبر | নভেম্বর | נובמבר
december dec | डिसेम्बर दिसम्बर | دسمبر | ডিসেম্বর | דצמבר
"""
_DAYS = frozenset({"mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"})
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)", re.ASCII)


def named(day: str) -> tuple[int, tuple[str, ...]] | None:
    """The month that is named in the text, and the one or two numbers beside it in their order."""
    words = [_ORDINAL.sub(r"\1", word) for word in text.words(day)]
    words = [word for word in words if word not in _DAYS and not word.endswith("day") and word != "of"]
    months = [_months().get(word) or _months().get(word.removeprefix("ב")) for word in words]
    numbers = tuple(word for word in words if word.isascii() and word.isdigit())
    found = [month for month in months if month]
    whole = len(found) == 1 and len(numbers) + 1 == len(words) and 1 <= len(numbers) <= 2
    return (found[0], numbers) if whole and all(len(number) in {1, 2, 4} for number in numbers) else None


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    lines = enumerate(_NAMES.strip().splitlines(), start=1)
    return {text.loose_key(word): month for month, line in lines for word in line.replace("|", " ").split()}
