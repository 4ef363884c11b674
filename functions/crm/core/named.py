"""What fields are called where a sentence names one: by the API as it writes them, elsewhere as pages call them."""

from collections.abc import Iterable, Mapping

from crm.core.reason import Reason, listed

FIELDS: Mapping[str, Reason] = {
    str(one): one
    for one in (
        Reason.meaning("address", "Address"),
        Reason.meaning("age_noted", "Age"),
        Reason.meaning("amount", "Amount"),
        Reason.meaning("at", "Date and time"),
        Reason.meaning("birthday", "Birthday"),
        Reason.meaning("channel", "By which way"),
        Reason.meaning("city", "City"),
        Reason.meaning("consent.greeting", "Greetings allowed"),
        Reason.meaning("consent.marketing", "Offers allowed"),
        Reason.meaning("consent.service", "Service mails allowed"),
        Reason.meaning("country", "Country"),
        Reason.meaning("currency", "Currency"),
        Reason.meaning("customer_email", "Customer's e-mail"),
        Reason.meaning("customer_phone", "Customer's phone"),
        Reason.meaning("customer_reference", "Customer's number or key"),
        Reason.meaning("email", "E-mail"),
        Reason.meaning("family_name", "Family name"),
        Reason.meaning("from", "From"),
        Reason.meaning("gender", "Gender"),
        Reason.meaning("given_name", "First name"),
        Reason.meaning("income_band", "Income band"),
        Reason.meaning("joined_on", "Customer since"),
        Reason.meaning("kind", "Kind"),
        Reason.meaning("known_at", "Known since"),
        Reason.meaning("language", "Language"),
        Reason.meaning("lines", "Products"),
        Reason.meaning("middle_name", "Middle name"),
        Reason.meaning("name", "Name"),
        Reason.meaning("note", "Note"),
        Reason.meaning("other_email", "Other's e-mail"),
        Reason.meaning("other_phone", "Other's phone"),
        Reason.meaning("other_reference", "Other's number or key"),
        Reason.meaning("owner", "Looked after by"),
        Reason.meaning("payment_method", "How they pay"),
        Reason.meaning("phone", "Phone"),
        Reason.meaning("place", "Place"),
        Reason.meaning("postcode", "Postcode"),
        Reason.meaning("product", "Product"),
        Reason.meaning("purchase_purpose", "What they buy for"),
        Reason.meaning("purpose", "What it was for"),
        Reason.meaning("quantity", "How many"),
        Reason.meaning("reference", "Number or key in the other program"),
        Reason.meaning("region", "Region"),
        Reason.meaning("roles", "Roles"),
        Reason.meaning("source", "Came by"),
        Reason.meaning("street", "Street"),
        Reason.meaning("summary", "What was said"),
        Reason.meaning("tags", "Tags"),
        Reason.meaning("timezone", "Time zone"),
        Reason.meaning("title", "Title"),
        Reason.meaning("until", "Until"),
    )
}


def field(name: str) -> str:
    """A field by its name or pointer (`email`, `/consent/marketing`), to be a part of a reason.

    One of the business's own, and whatever else has no word, stays what it is.
    """
    name = name.strip("/")
    known = FIELDS.get(name.replace("/", "."))
    return known if known == name else Reason.meaning(name, known.template) if known else name


def fields(names: Iterable[str]) -> Reason:
    """Several fields, one after another."""
    return listed(map(field, names))
