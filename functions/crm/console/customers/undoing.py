"""The last change of a customer's fields taken back, from the page that says that it was made."""

from crm.console import forms
from crm.console.asked import SeeOther, Visit
from crm.console.routes import HOME
from crm.core.errors import Duplicate, InvalidFields


def undo(visit: Visit) -> SeeOther:
    """Make fields what they were before a change, unless somebody changed them again. Raises InvalidFields."""
    # Here, as only a form comes here.
    from crm.customers import unseen
    from crm.history import restoring
    from crm.history.restoring import ChangedSince, Wish
    from crm.suppressions.forgotten import AddressForgotten

    customer_id, version = visit.asked.names["customer_id"], forms.version(visit.asked.form)
    done = "undone"
    try:
        unseen.heeding(
            lambda allowed: restoring.restore(
                customer_id=customer_id,
                wish=Wish(version),
                caller=visit.actor.who,
                expected_version=None,
                idempotency_key=None,
                allow_duplicate=allowed,
            ),
            actor=visit.actor,
            allow_duplicate=False,
        )
    except (ChangedSince, Duplicate, AddressForgotten, InvalidFields):
        done = "changed_since"
    return SeeOther(f"{HOME}/customers/{customer_id}?done={done}")
