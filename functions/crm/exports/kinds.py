"""Which kinds of items an export of everything holds, under which names; and which it leaves out.

Every kind of item stands in one of the two (tests/docs says so), so nothing new leaks or is forgotten: what is left out
is computed from the rest, serves only the running of the system, or opens something (links, keyed hashes).
"""

from collections.abc import Mapping
from typing import Any

from crm.exports.cells import plain

EXPORTED = {
    "announcement": "announcement",
    "answers": "answers",
    "change": "change",
    "consent": "consent",
    "consent_text": "consent_text",
    "customs": "business",
    "deleted": "deleted_customer",
    "duplicate_pair": "duplicate_pair",
    "event": "event",
    "fresh_start": "fresh_start",
    "greeting": "greeting",
    "handover": "handover",
    "incoming": "incoming_mail",
    "known_as": "known_as",
    "member": "staff",
    "merge": "merge",
    "merged": "merged_customer",
    "message": "message",
    "own_field": "own_field",
    "profile": "customer",
    "questionnaire": "questionnaire",
    "relation": "relation",
    "reminder": "reminder",
    "routing_rules": "routing_rules",
    "saved_mapping": "mapping",
    "segment": "segment",
    "segment_snapshot": "segment_size",
    "sources": "sources",
    "suppression": "suppression",
    "tag_change": "tag_change",
    "template": "template",
    "template_edition": "template_edition",
}
LEFT_OUT = frozenset(
    {
        "about", "account", "allowance", "asked", "assigned",
        "audit_attempt", "audit_entry", "audit_head", "audit_place", "audit_record",
        "bought", "calendar_link", "contact", "delivery", "demo",
         "digest_entry", "directory_entry", "disbanding",
        "duplicates_found",
        "erased", "erasing", "erasure", "export", "forgotten", "go_ahead", "greeting_day", "group_made", "heard_events",
        "import", "in_bin", "inbox_place",
        "machine_key", "mailed_announcement", "member_receipt",
        "merge_before", "merge_kept", "merge_kept_elsewhere", "merge_pointer",
        "outgoing", "own_fields_edition", "read_receipt", "receipt", "reference", "relation_receipt", "reminder_action",
        "reminder_pointer", "roster", "rules_cuts", "rules_epoch", "rules_epoch_of_search", "seen",
        "soft_bounces", "submission",
        "suggested_groups", "taken", "tally", "told_of_assigned", "trial", "turn", "upkeep",
        "webhook", "wish", "withheld_notice",
    }
)  # fmt: skip
_INTERNAL = frozenset(
    {
        "pk", "sk", "entity", "audit",
        "request", "request_hash", "revision", "claim_token", "calendar", "expires_at", "merging",
        "link", "private_link",
        "live_epoch", "live_resolved", "rule_epoch", "resolved", "run", "told_by", "merges",
    }
)  # fmt: skip
_BELONGS_TO = {"CUSTOMER": "customer", "STAFF": "staff", "TEMPLATE": "template"}


def readable(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """An item (plain values) as a line of the export: its kind, its id, whose it is, what it says; None: left out."""
    kind = EXPORTED.get(item.get("entity", ""))
    if kind is None:
        return None
    noun, _, owner = str(item["pk"]).partition("#")
    known = {name: value for name, value in item.items() if name not in _INTERNAL and value is not None}
    said = {"kind_of_customer" if name == "kind" and "customer" in kind else name: plain(known[name]) for name in known}
    if kind == "event":
        said["event"] = said.pop("kind")
    belongs = {_BELONGS_TO[noun]: owner} if noun in _BELONGS_TO and owner else {}
    if kind in {"customer", "deleted_customer", "merged_customer", "staff"}:
        return {"kind": kind, "id": owner, **said}
    if kind == "suppression":
        return {"kind": kind, "address": owner, **said}
    rest = {name: value for name, value in said.items() if name not in {"kind", "id"}}
    more = {f"{kind}_kind": said["kind"]} if "kind" in said else {}
    return {"kind": kind, "id": str(item["sk"]).partition("#")[2] or owner or item["sk"], **belongs, **more, **rest}
