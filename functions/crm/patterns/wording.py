"""What a suggested group is said to be, as a sentence in the languages of the product."""

from collections.abc import Mapping
from typing import Any

from crm.criteria import words

_SAID: Mapping[str, Mapping[str, str]] = {
    "en": {
        "said": "{rule} That is {share} of all who ever bought. {among} of them {outcome}, of all {all}.",
        "spends_much": "are among the fifth who spend most",
        "comes_often": "are among the fifth who come most often",
        "came_lately": "are among the fifth who came last",
        "stays_away": "are among the fifth who have stayed away longest",
        "bought_once": "bought once only",
    },
    "ur": {
        "said": "{rule} یہ تمام خریداروں کا {share} ہیں۔ ان میں سے {among} {outcome}، جبکہ تمام خریداروں میں سے {all}۔",
        "spends_much": "سب سے زیادہ خرچ کرنے والے پانچویں حصے میں ہیں",
        "comes_often": "سب سے زیادہ آنے والے پانچویں حصے میں ہیں",
        "came_lately": "سب سے حال میں آنے والے پانچویں حصے میں ہیں",
        "stays_away": "سب سے لمبے عرصے سے نہ آنے والے پانچویں حصے میں ہیں",
        "bought_once": "نے صرف ایک بار خریدا",
    },
    "bn": {
        "said": "{rule} এঁরা সব ক্রেতার {share}। এঁদের {among} {outcome}, আর সব ক্রেতার {all}।",
        "spends_much": "সবচেয়ে বেশি খরচ করা এক-পঞ্চমাংশের মধ্যে",
        "comes_often": "সবচেয়ে ঘন ঘন আসা এক-পঞ্চমাংশের মধ্যে",
        "came_lately": "সবচেয়ে সম্প্রতি আসা এক-পঞ্চমাংশের মধ্যে",
        "stays_away": "সবচেয়ে বেশি দিন না আসা এক-পঞ্চমাংশের মধ্যে",
        "bought_once": "মাত্র একবার কিনেছেন",
    },
    "ne": {
        "said": "{rule} यी सबै किन्नेहरूको {share} हुन्। यीमध्ये {among} {outcome}, सबैमध्ये {all}।",
        "spends_much": "सबैभन्दा धेरै खर्च गर्ने पाँचौँ भागमा छन्",
        "comes_often": "सबैभन्दा धेरै पटक आउने पाँचौँ भागमा छन्",
        "came_lately": "सबैभन्दा पछिल्लो समय आएका पाँचौँ भागमा छन्",
        "stays_away": "सबैभन्दा लामो समयदेखि नआएका पाँचौँ भागमा छन्",
        "bought_once": "ले एक पटक मात्र किनेका छन्",
    },
    "he": {
        "said": "{rule} אלה {share} מכל מי שקנה אי פעם. {among} מהם {outcome}, ומכולם {all}.",
        "spends_much": "נמנים עם החמישית שמוציאה הכי הרבה",
        "comes_often": "נמנים עם החמישית שבאה הכי הרבה",
        "came_lately": "נמנים עם החמישית שבאה לאחרונה",
        "stays_away": "נמנים עם החמישית שנעדרת הכי הרבה זמן",
        "bought_once": "קנו פעם אחת בלבד",
    },
}
# As the pages say it, where the sign is hardly known.
_PER_CENT = {"ur": "فیصد"}


def sentence(item: Mapping[str, Any], *, language: str) -> str:
    """A suggested group and how it differs, in `language` (a BCP 47 tag; English where we do not speak it)."""
    code = language.partition("-")[0].lower()
    said = _SAID.get(code, _SAID["en"])
    numbers = {"share": item["share"], "among": item["share_among_them"], "all": item["share_among_all"]}
    return said["said"].format(
        rule=words.sentence(item["rule"], language=language, names={}),
        outcome=said[item["outcome"]],
        **{name: _percent(share, code) for name, share in numbers.items()},
    )


def _percent(share: float, code: str) -> str:
    # Isolated, so that the sign stays behind its number in sentences from right to left.
    return f"\u2068{words.in_digits(f'{share * 100:.0f}', language=code)} {_PER_CENT.get(code, '%')}\u2069"
