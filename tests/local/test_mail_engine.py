"""With the real engine behind it, a mail goes from boto3 to the mailbox and its events to the queue."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3

from infra.local import ses
from infra.local.engine import Engine
from infra.local.mailbox import Mailbox
from tests.local.stand_in import StandInHost, StandInRule, StandInStack


def client(service: Any, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="eu-west-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def test_a_bounced_mail_reaches_the_queue_that_the_rule_targets(engine: Engine, tmp_path: Path) -> None:
    queues = client("sqs", engine.url)
    url = queues.create_queue(QueueName="SesEvents")["QueueUrl"]
    rule = StandInRule(pattern={"source": ["aws.ses"], "detail-type": ["Email Bounced"]}, queue_urls=(url,))
    stack = StandInStack(configuration_sets={"crm": ("SEND", "BOUNCE")}, event_rules=(rule,))
    endpoint = ses.serve(StandInHost(tmp_path, stack, engine_url=engine.url))
    endpoint.start()
    mail = client("sesv2", f"http://127.0.0.1:{endpoint.port}")
    mail.create_email_identity(EmailIdentity="shop@example.com")
    sent = mail.send_email(
        FromEmailAddress="shop@example.com",
        Destination={"ToAddresses": ["bounce+1@simulator.amazonses.com"]},
        Content={"Simple": {"Subject": {"Data": "سلام"}, "Body": {"Text": {"Data": "سلام"}}}},
        EmailTags=[{"Name": "message", "Value": "customer_a_b_2027"}],
        ConfigurationSetName="crm",
    )
    [message] = queues.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    event = json.loads(message["Body"])
    assert event["detail"]["mail"]["messageId"] == sent["MessageId"]
    assert event["detail"]["bounce"]["bouncedRecipients"][0]["emailAddress"].startswith("bounce+1@")
    assert [one.subject for one in Mailbox(tmp_path).mails()] == ["سلام"]
    endpoint.stop()
    for one in (queues, mail):
        one.close()
