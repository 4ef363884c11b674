"""What the policy says in sentences, in the reader's language: permissions, fields to hide, what a built-in role is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crm.access import rules
from crm.access.models import Roster
from crm.access.rules import Role
from crm.catalogues import wording
from crm.mail.languages import Language

_OWN_FIELD = "/custom/"


@dataclass(frozen=True)
class Group:
    """Permissions that stand together in the policy: `sentences` by permission; some are given for some customers."""

    name: str
    sentences: Mapping[str, str]

    @property
    def is_limited(self) -> bool:
        """Whether these are given for one's own customers, those of the team, or all."""
        return self.name == "customers"


def in_words(sentence: str, language: Language) -> str:
    """One of the policy's sentences, which the catalogues hold (`infra/build/catalogues.py`)."""
    return wording.words(language.code).gettext(sentence) if sentence else ""


def groups(language: Language) -> list[Group]:
    """All permissions, as they are grouped in the policy."""
    table = rules.policy()
    parts = {"customers": table.of_customers, "everybody": table.of_everybody, "business": table.of_business}
    return [Group(name, {one: in_words(says, language) for one, says in part.items()}) for name, part in parts.items()]


def says(role: Role, language: Language) -> str:
    """What a role is for; of the business's own in the words of whoever made it."""
    return in_words(role.says, language) if role.name in rules.policy().roles else role.says


def fields(pointers: Iterable[str], language: Language) -> list[str]:
    """What fields of a customer are called; those of the business's own by their names."""
    named = rules.policy().hideable
    return [
        in_words(named[one], language) if one in named else one.removeprefix(_OWN_FIELD) for one in sorted(pointers)
    ]


def roles(known: Roster) -> list[Role]:
    """All roles, the built-in ones first."""
    own = (rules.own_role(name, told) for name, told in sorted(known.roles.items()))
    return [*rules.policy().roles.values(), *own]
