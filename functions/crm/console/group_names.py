"""What groups are called: those that come with the product in the reader's language, until they are renamed."""

from collections.abc import Iterable

from crm.console import house
from crm.core.actor import Actor
from crm.mail.languages import Language
from crm.patterns import named
from crm.segments.models import Segment


def called(group: Segment, language: Language) -> str:
    """The name of a group to a reader."""
    return named.called(group.segment_id, group.name, language.tag)


def by_id(groups: Iterable[Segment], language: Language) -> dict[str, str]:
    """The names of groups by their ids, as the sentences of rules say them."""
    return {one.segment_id: called(one, language) for one in groups}


def choices(actor: Actor, language: Language) -> list[tuple[str, str]]:
    """The groups that somebody may know of, to choose from, by name; none for who may not read groups."""
    if not actor.may("segments.read"):
        return []
    # Here, as what reads rules is large, and most pages offer no groups.
    from crm.segments import seeing

    seen = (one for one in house.groups().values() if not seeing.tells(one, actor.hidden))
    return sorted(by_id(seen, language).items(), key=lambda one: one[1].casefold())
