"""Registering a customer over HTTP."""

from tests.support.world import Api


def test_a_customer_comes_back_as_sent_with_what_the_store_adds(api: Api) -> None:
    made = api.post("/customers", {"name": "سارہ احمد", "email": "Sara@Example.com", "phone": "+92 300 1234567"})
    assert made.status == 201, made.body
    read = api.get(made.headers["location"])
    assert read.body == made.body
    assert read.body["name"] == "سارہ احمد"
    assert read.body["email"] == "sara@example.com"
    assert read.body["phone"] == "+923001234567"
    assert read.body["facts"]["spent"] == "0"
    assert read.headers["etag"] == '"1"'
