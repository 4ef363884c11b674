"""Why the product refuses what was filled in, as far as the catalogues of the pages translate it.

The reasons are the API's, which speaks English alone; those that forms meet stand here once more, as the words to
translate. One that does not stand here is shown in English, behind a sentence in the reader's language.
"""

from crm.console.wording import N_

KNOWN = frozenset(
    (
        N_("required; it is missing"),
        N_("unknown field; remove it or check its spelling"),
        N_("must be a time of day as HH:MM, from 00:00 to 23:59"),
        N_("must be a date of the calendar as YYYY-MM-DD, or --MM-DD without a year"),
        N_("must be a whole number"),
        N_("must be a number of degrees, such as 24.86"),
        N_("must be the address of a picture, such as https://shop.example/logo.png"),
        N_("must be a single line without control characters"),
        N_("another column holds this already"),
        N_("choose one of the list"),
        N_("load the page anew"),
    )
)
