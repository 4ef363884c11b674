"""Which customers an e-mail address or phone number belongs to, kept exactly in step with the profiles."""

from collections.abc import Iterable

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from crm.customers.models import Contact


def claim(transaction: TransactWrite, address: str, *, customer_id: str, shared: bool) -> None:
    """Add a customer to an address; unless `shared` is allowed, on the condition that nobody else has it."""
    contact = Contact.keyed(address)
    actions: list[Action] = [Contact.customers.add({customer_id}), Contact.entity.set(Contact)]
    nobody = Contact.customers.does_not_exist()
    transaction.update(contact, actions, condition=None if shared else nobody)


def release(transaction: TransactWrite, address: str, *, customer_id: str) -> None:
    """Take a customer off an address; the item of an address that nobody has is removed, as it is personal data."""
    contact = Contact.read(address)
    if contact is None or customer_id not in (contact.customers or ()):
        return
    if contact.customers == {customer_id}:
        transaction.delete(contact, condition=Contact.customers == {customer_id})
    else:
        transaction.update(
            contact, [Contact.customers.delete({customer_id})], condition=Contact.customers == contact.customers
        )


def holders(addresses: Iterable[str]) -> set[str]:
    """The ids of all customers who have one of the addresses."""
    contacts = (Contact.read(address) for address in sorted(addresses))
    return {customer_id for contact in contacts if contact for customer_id in contact.customers or ()}
