"""Mail goes to who wants it, and the template names no account."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tests.template.rules.rule import Resources, of, rule


@rule
def whoever_bounced_or_complained_is_not_written_to(resources: Resources) -> Iterator[str]:
    for name, mails in of(resources, "AWS::SES::ConfigurationSet"):
        if set(mails.get("SuppressionOptions", {}).get("SuppressedReasons", [])) != {"BOUNCE", "COMPLAINT"}:
            yield name


@rule
def mail_that_comes_in_is_scanned(resources: Resources) -> Iterator[str]:
    for name, received in of(resources, "AWS::SES::ReceiptRule"):
        if received["Rule"].get("ScanEnabled") is not True:
            yield name


@rule
def no_account_and_no_partition_is_written_down(resources: Resources) -> Iterator[str]:
    for name, resource in resources.items():
        if re.search(r'arn:aws[a-z-]*:|"\d{12}"', json.dumps(resource)):
            yield name
