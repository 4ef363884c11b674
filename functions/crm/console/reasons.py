"""Why the product refuses what was filled in, as far as the catalogues of the pages translate it.

The reasons are the API's, which speaks English alone; those that forms meet stand here once more, as the words to
translate. One that does not stand here is shown in English, behind a sentence in the reader's language.
"""

from crm.console.wording import N_

KNOWN = frozenset(
    (
        N_("required; it is missing"),
        N_("unknown field; remove it or check its spelling"),
    )
)
