"""Fields of customers that a role does not see, taken out of what is answered to it: in one place, whatever the route.

Documents over HTTP leave them out in `crm.core.veiled`, which validates; what only reads needs none of that.
"""

from collections.abc import Collection, Mapping
from typing import Any

# What stands under another name, or is computed: of which fields it tells.
_TELLS: Mapping[str, tuple[str, ...]] = {
    "age": ("/birthday", "/age_noted"),
    "birthday_bikram_sambat": ("/birthday",),
    "member_of": ("/relations",),
    "other_addresses": ("/email", "/phone"),
    "own_answers": ("/consent",),
}
_BY_MEMBER = "custom"


def is_hidden(pointer: str, hidden: Collection[str]) -> bool:
    """Whether a field of a customer (`/email`, `/custom/size`), or one that it tells of, is hidden."""
    if not hidden:
        return False
    name = pointer.split("/")[1] if pointer.startswith("/") else pointer
    told = (pointer, *_TELLS.get(name, ()))
    return any(one == hide or one.startswith(f"{hide}/") for one in told for hide in hidden)


def visible(values: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    """Some fields of a customer by name without those that are hidden."""
    seen = {name: value for name, value in values.items() if not is_hidden(f"/{name}", hidden)}
    if isinstance(own := seen.get(_BY_MEMBER), Mapping):
        seen[_BY_MEMBER] = {name: own[name] for name in own if not is_hidden(f"/{_BY_MEMBER}/{name}", hidden)}
    return seen
