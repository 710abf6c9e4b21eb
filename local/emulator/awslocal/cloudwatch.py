"""CloudWatch alarms: composite ones, the state an alarm begins in, and whom it tells (B12).

B12 PutCompositeAlarm is missing.

moto starts every alarm in OK, so a check for "no alarm is in trouble" can pass before anything was measured; AWS
starts in INSUFFICIENT_DATA, and keeps the state when an alarm is changed. DescribeAlarms joins its filters instead of
taking the first, and shows composite alarms only when asked for them.

Alarms are not evaluated here: SetAlarmState is how one changes, and as in AWS it sends what the alarm's actions for
the new state say to their topics, so that the way from an alarm to a pager can be tried.
"""

import json
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult
from moto.sns.models import sns_backends

from awslocal import graft

INITIAL_STATE = "INSUFFICIENT_DATA"
ACTIONS = {"ALARM": "alarm_actions", "OK": "ok_actions", "INSUFFICIENT_DATA": "insufficient_data_actions"}
STATE = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history")


@graft.around(CloudWatchBackend, "put_metric_alarm")
def _put(original: Any, self: CloudWatchBackend, *args: Any, **kwargs: Any) -> Alarm:
    before = dict(self.alarms)
    alarm = original(self, *args, **kwargs)
    earlier = before.get(alarm.name)
    if earlier:
        for attribute in STATE:
            setattr(alarm, attribute, getattr(earlier, attribute))
    else:
        alarm.state_value = INITIAL_STATE
    return alarm


@graft.add(CloudWatchResponse)
def put_composite_alarm(self: CloudWatchResponse) -> ActionResult:
    """moto keeps a rule for its metric alarms; an alarm that has one is a composite alarm."""
    return self.put_metric_alarm()


@graft.replace(CloudWatchResponse)
def describe_alarms(self: CloudWatchResponse) -> ActionResult:
    """The alarms that match every filter given."""
    asked = self._get_params()
    names, prefix = asked.get("AlarmNames"), asked.get("AlarmNamePrefix") or ""
    state, action = asked.get("StateValue"), asked.get("ActionPrefix") or ""
    kinds = asked.get("AlarmTypes") or ["MetricAlarm"]
    matching = [
        alarm
        for alarm in self.cloudwatch_backend.alarms.values()
        if (not names or alarm.name in names)
        and alarm.name.startswith(prefix)
        and state in (None, alarm.state_value)
        and (not action or any(arn.startswith(action) for arn in alarm.alarm_actions))
    ]
    return ActionResult(
        {
            "MetricAlarms": [a for a in matching if a.rule is None and "MetricAlarm" in kinds],
            "CompositeAlarms": [a for a in matching if a.rule is not None and "CompositeAlarm" in kinds],
        }
    )


@graft.around(CloudWatchBackend, "delete_alarms")
def _delete(original: Any, self: CloudWatchBackend, alarm_names: list[str]) -> None:
    """moto leaves the tags for an alarm of the same name to find."""
    for name in alarm_names:
        if alarm := self.alarms.get(name):
            self.tagger.delete_all_tags_for_resource(alarm.alarm_arn)
    original(self, alarm_names)


@graft.around(CloudWatchBackend, "set_alarm_state")
def _set_state(original: Any, self: CloudWatchBackend, alarm_name: str, *args: Any) -> None:
    before = self.alarms[alarm_name].state_value if alarm_name in self.alarms else None
    original(self, alarm_name, *args)
    alarm = self.alarms[alarm_name]
    if alarm.state_value == before or not alarm.actions_enabled:
        return
    message = json.dumps(
        {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": self.account_id,
            "NewStateValue": alarm.state_value,
            "NewStateReason": alarm.state_reason,
            "OldStateValue": before,
            "StateChangeTime": alarm.state_updated_timestamp.isoformat(),
            "AlarmArn": alarm.alarm_arn,
        }
    )
    topics = sns_backends[self.account_id][self.region_name]
    for action in getattr(alarm, ACTIONS[alarm.state_value]):
        if action in topics.topics:
            topics.publish(message, arn=action, subject=f'{alarm.state_value}: "{alarm.name}"')
