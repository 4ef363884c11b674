"""The bands of income that members are counted in. Pure."""

import re

from crm.core import text

UNKNOWN = "unknown"
_LONGEST_LABEL = 40
_LARGEST_POWER = 12
_NUMBER = re.compile(r"\D{0,4}(\d[\d ,.'_٬٫]{3,})\D{0,4}", re.ASCII)
_CENTS = re.compile(r"[.,٫]\d{1,2}$|\D", re.ASCII)


def of_income(band: str | None) -> str:
    """An income band as it is counted: folded, as rules compare it. A bare number stands for its power of ten.

    Without that, incomes imported as numbers would make as many bands as there are customers.
    """
    folded = text.loose_key(band or "")
    number = _NUMBER.fullmatch(folded)
    digits = _CENTS.sub("", number[1]).lstrip("0") if number else ""
    if 1 <= len(digits) <= _LARGEST_POWER:
        return f"{10 ** (len(digits) - 1)}-{10 ** len(digits) - 1}"
    return folded[:_LONGEST_LABEL] or UNKNOWN
