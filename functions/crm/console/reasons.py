"""Why the product refuses what was filled in, as far as the catalogues of the pages translate it.

The reasons are the API's, which speaks English alone; those that forms meet stand here once more, as the words to
translate. One that does not stand here is shown in English, behind a sentence in the reader's language.
"""

from crm.console.wording import N_

NOT_STAFF = N_("this person is not in the list of the staff")
KNOWN = frozenset(
    (
        N_("Give a value."),
        N_("Give a number, such as 100 or 99.50."),
        N_("Give both, the lowest and the highest."),
        N_("Give a whole number of days, weeks, months or years."),
        N_("Choose at least one."),
        N_("Add a condition."),
        N_("give the lower end first"),
        N_("give a text of 1 to 200 characters"),
        N_("at most 10 levels"),
        N_("at most 100 conditions"),
        N_('give a date "1990-05-17", or "--05-17" for a day of any year'),
        N_('give a day "2026-01-31" or an instant "2026-01-31T09:00:00Z"'),
        N_("String should have at least 1 character"),
        N_("String should have at most 200 characters"),
        NOT_STAFF,
        N_("required; it is missing"),
        N_("unknown field; remove it or check its spelling"),
        N_("must be a time of day as HH:MM, from 00:00 to 23:59"),
        N_("must be a date of the calendar as YYYY-MM-DD, or --MM-DD without a year"),
        N_("must be a whole number"),
        N_("say in a line what was mended"),
        N_("String should have at least 1 character"),
        N_("must be an id: at most 40 of a-z, 0-9, - and _, a letter or digit first"),
        N_("must be a day after away_from"),
        N_("must be an IANA time zone, such as Asia/Karachi"),
        N_("must be somebody else"),
        N_("nobody of them is there; they are away or work here no more"),
        N_("somebody has to be the owner; make another one first"),
        N_("somebody has this short name already; choose another one"),
        N_("there is no such member of staff"),
        N_("this role may more than yours"),
        N_("must be more than 0"),
        N_("must be a date with its year, as YYYY-MM-DD"),
        N_("must be a local time without zone or seconds, such as 2026-12-01T10:00"),
        N_("must be a name of at most 40 of a-z, 0-9 and _, with a letter first"),
        N_('must be a decimal number as text, such as "12.50", with at most 15 digits before the point'),
        N_("must be from 0 to 3650: days after the event"),
        N_("required: there is no usual template for this occasion"),
        N_("there is no segment with this id"),
        N_("must be a number of degrees, such as 24.86"),
        N_("must be the address of a picture, such as https://shop.example/logo.png"),
        N_("must be a single line without control characters"),
        N_("another column holds this already"),
        N_("choose one of the list"),
        N_("load the page anew"),
        N_("must be a phone number with its country code, such as +92 300 1234567"),
        N_("has too many or too few digits for its country code"),
        N_("must be a date of the calendar with its year, as YYYY-MM-DD"),
        N_("must be an IANA time zone, such as Asia/Karachi"),
        N_("must hold something that can be seen"),
        N_("is nobody to whom you can give customers"),
        N_("somebody has to look after them, else you would not see them again"),
        N_("the form was not made by this page"),
        N_("this form has been sent already with something else in it"),
    )
)
