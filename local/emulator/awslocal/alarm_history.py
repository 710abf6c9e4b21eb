"""What happens to an alarm: its states, the record of them, and whom it tells."""

import json
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.sns.models import sns_backends

from awslocal.access import delivery

SERVICE = "cloudwatch.amazonaws.com"
ACTIONS = {"ALARM": "alarm_actions", "OK": "ok_actions", "INSUFFICIENT_DATA": "insufficient_data_actions"}
KEPT = 10_000  # newest entries; AWS keeps them for 30 days


def kind(alarm: Alarm) -> str:
    """The type of an alarm, in the API's words."""
    return "MetricAlarm" if alarm.rule is None else "CompositeAlarm"


def entries(backend: CloudWatchBackend) -> list[dict[str, Any]]:
    """The history of all alarms of an account and region, oldest first; it outlives the alarms."""
    return backend.__dict__.setdefault("alarm_history", [])


def record(
    backend: CloudWatchBackend, alarm: Alarm, now: datetime, item: str, summary: str, data: dict[str, Any]
) -> None:
    """Add an entry: item is ConfigurationUpdate, StateUpdate or Action."""
    kept = entries(backend)
    kept.append(
        {
            "AlarmName": alarm.name,
            "AlarmType": kind(alarm),
            "Timestamp": now.replace(tzinfo=None),
            "HistoryItemType": item,
            "HistorySummary": summary,
            "HistoryData": json.dumps({"version": "1.0", **data}),
        }
    )
    del kept[:-KEPT]


def change(
    backend: CloudWatchBackend, alarm: Alarm, now: datetime, state: str, reason: str, data: str | None = None
) -> None:
    """Put an alarm in a state; when it is another one, that is recorded and the alarm's actions are taken."""
    before = _described(alarm)
    old = alarm.state_value
    alarm.state_value, alarm.state_reason, alarm.state_reason_data = state, reason, data or "{}"
    alarm.state_updated_timestamp = now.replace(tzinfo=None)
    if old == state:
        return
    alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
    record(
        backend,
        alarm,
        now,
        "StateUpdate",
        f"Alarm updated from {old} to {state}",
        {"oldState": before, "newState": _described(alarm)},
    )
    if alarm.actions_enabled:
        _act(backend, alarm, now, old)


def _described(alarm: Alarm) -> dict[str, Any]:
    data = json.loads(alarm.state_reason_data or "{}")
    return {
        "stateValue": alarm.state_value,
        "stateReason": alarm.state_reason,
        **({"stateReasonData": data} if data else {}),
    }


def _act(backend: CloudWatchBackend, alarm: Alarm, now: datetime, old: str) -> None:
    """Publish to the topics among the alarm's actions; nothing else that an action can name is emulated."""
    topics = sns_backends[backend.account_id][backend.region_name]
    for action in getattr(alarm, ACTIONS[alarm.state_value]):
        if ":sns:" not in action:
            continue
        error = "Topic does not exist" if action not in topics.topics else _refusal(alarm, action)
        if not error:
            subject = f'{alarm.state_value}: "{alarm.name}" in {backend.region_name}'
            topics.publish(json.dumps(_message(backend, alarm, now, old)), arn=action, subject=subject[:100])
        summary = "Failed to execute action" if error else "Successfully executed action"
        data = {
            "actionState": "Failed" if error else "Succeeded",
            "stateUpdateTimestamp": int(now.timestamp() * 1000),
            "notificationResource": action,
            **({"error": error} if error else {}),
        }
        record(backend, alarm, now, "Action", f"{summary} {action}", data)


def _refusal(alarm: Alarm, topic: str) -> str:
    """Why the alarm may not publish, in CloudWatch's words; empty when it may.

    https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger
    """
    sent = delivery.sent_by(alarm.alarm_arn)
    if not delivery.may_publish(SERVICE, topic, sent):
        return f"Resource: {alarm.alarm_arn} is not authorized to perform: SNS:Publish on resource: {topic}"
    if not delivery.may_use_key_of(SERVICE, topic, sent):
        return "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
    return ""


def _message(backend: CloudWatchBackend, alarm: Alarm, now: datetime, old: str) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": backend.account_id,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "OldStateValue": old,
        "StateChangeTime": iso(now),
        "Region": backend.region_name,
        "AlarmArn": alarm.alarm_arn,
    }


def iso(moment: datetime) -> str:
    """A time as CloudWatch writes it into texts: 2026-01-31T10:00:00.000+0000."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
