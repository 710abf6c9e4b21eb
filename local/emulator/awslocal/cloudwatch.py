"""CloudWatch alarms: composite ones, the state an alarm begins in, its history (B12).

B12 PutCompositeAlarm is missing, and so is DescribeAlarmHistory.

moto starts every alarm in OK, so a check for "no alarm is in trouble" can pass before anything was measured; AWS
starts in INSUFFICIENT_DATA, and keeps the state when an alarm is changed. DescribeAlarms joins its filters instead of
taking the first, shows composite alarms only when asked for them, and answers in pages.

alarm_evaluator.py evaluates alarms; SetAlarmState holds until it does. Either way a change sends what the alarm's
actions for the new state say to their topics, so that the way from an alarm to a pager can be tried.
"""

from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from awslocal import alarm_history, alarm_queries, alarm_rule, cloudwatch_read, patch
from awslocal.cloudwatch_data import seconds
from awslocal.errors import Refused

INITIAL_STATE = "INSUFFICIENT_DATA"
STATE = (
    "state_value",
    "state_reason",
    "state_reason_data",
    "state_updated_timestamp",
    "state_transitioned_timestamp",
)
MOST_ALARMS, MOST_HISTORY = 100, 100
DEFAULT_ALARMS = 50


@patch.around(CloudWatchBackend, "put_metric_alarm")
def _put(original: Any, self: CloudWatchBackend, *args: Any, **kwargs: Any) -> Alarm:
    before = dict(self.alarms)
    alarm = original(self, *args, **kwargs)
    earlier = before.get(alarm.name)
    try:
        _check(self, alarm)
    except Exception:
        self.alarms = before  # a refused alarm leaves the earlier one as it was
        raise
    alarm.state_value = INITIAL_STATE
    alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
    if earlier:
        for attribute in STATE:
            setattr(alarm, attribute, getattr(earlier, attribute))
    change = "updated" if earlier else "created"
    data = {"type": "Update" if earlier else "Create"}
    alarm_history.record(self, alarm, _now(), "ConfigurationUpdate", f'Alarm "{alarm.name}" {change}', data)
    return alarm


def _check(backend: CloudWatchBackend, alarm: Alarm) -> None:
    if alarm.rule is None:
        alarm_queries.check(backend, alarm)
        return
    try:
        rule = alarm_rule.parse(alarm.rule)
    except alarm_rule.RuleError as error:
        raise ValidationError(f"AlarmRule is not valid: {error}") from error
    missing = [a for a in rule.alarms if alarm_rule.name_of(a) not in backend.alarms]
    if missing:
        raise ValidationError(
            f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule do not exist"
        )


def _now() -> datetime:
    return datetime.fromtimestamp(cloudwatch_read.now(), UTC)


@patch.add(CloudWatchResponse)
def put_composite_alarm(self: CloudWatchResponse) -> ActionResult:
    """moto keeps a rule for its metric alarms; an alarm that has one is a composite alarm."""
    if self._get_params().get("ActionsSuppressor"):
        raise NotImplementedError("composite alarms with a suppressor")
    return self.put_metric_alarm()


@patch.replace(CloudWatchResponse)
def describe_alarms(self: CloudWatchResponse) -> ActionResult:
    """The alarms that match every filter given, in the order of their names, a page at a time."""
    asked = self._get_params()
    names, prefix = asked.get("AlarmNames"), asked.get("AlarmNamePrefix") or ""
    state, action = asked.get("StateValue"), asked.get("ActionPrefix") or ""
    kinds = asked.get("AlarmTypes") or ["MetricAlarm"]
    matching = [
        alarm
        for name, alarm in sorted(self.cloudwatch_backend.alarms.items())
        if (not names or name in names)
        and name.startswith(prefix)
        and state in (None, alarm.state_value)
        and (not action or any(arn.startswith(action) for arn in alarm.alarm_actions))
        and alarm_history.kind(alarm) in kinds
    ]
    most = min(int(asked.get("MaxRecords") or DEFAULT_ALARMS), MOST_ALARMS)
    page, token = _page(matching, asked.get("NextToken"), max(most, len(names or ())))
    return ActionResult(
        {
            "MetricAlarms": [a for a in page if a.rule is None],
            "CompositeAlarms": [a for a in page if a.rule is not None],
            **token,
        }
    )


def _page(items: list[Any], token: str | None, most: int) -> tuple[list[Any], dict[str, str]]:
    if token and not token.isdecimal():
        raise Refused("InvalidNextToken", "The next token is not valid.")
    first = int(token or 0)
    last = first + most
    return items[first:last], {"NextToken": str(last)} if last < len(items) else {}


@patch.add(CloudWatchResponse)
def describe_alarm_history(self: CloudWatchResponse) -> ActionResult:
    """What happened to one alarm or to all, newest first unless asked otherwise."""
    asked = self._get_params()
    start, end = asked.get("StartDate"), asked.get("EndDate")
    kinds = asked.get("AlarmTypes") or ["MetricAlarm"]
    matching = [
        entry
        for entry in alarm_history.entries(self.cloudwatch_backend)
        if asked.get("AlarmName") in (None, entry["AlarmName"])
        and asked.get("HistoryItemType") in (None, entry["HistoryItemType"])
        and (asked.get("AlarmName") or entry["AlarmType"] in kinds)
        and (start is None or seconds(start) <= seconds(entry["Timestamp"]))
        and (end is None or seconds(entry["Timestamp"]) <= seconds(end))
    ]
    if asked.get("ScanBy", "TimestampDescending") == "TimestampDescending":
        matching.reverse()
    page, token = _page(
        matching, asked.get("NextToken"), min(int(asked.get("MaxRecords") or MOST_HISTORY), MOST_HISTORY)
    )
    return ActionResult({"AlarmHistoryItems": page, **token})


@patch.around(CloudWatchBackend, "delete_alarms")
def _delete(original: Any, self: CloudWatchBackend, alarm_names: list[str]) -> None:
    """moto leaves the tags for an alarm of the same name to find."""
    for name in alarm_names:
        if alarm := self.alarms.get(name):
            self.tagger.delete_all_tags_for_resource(alarm.alarm_arn)
    original(self, alarm_names)


@patch.around(CloudWatchBackend, "set_alarm_state")
def _set_state(
    original: Any, self: CloudWatchBackend, alarm_name: str, reason: str, reason_data: str, state_value: str
) -> None:
    """moto checks the request; the change itself is that of any other."""
    alarm = self.alarms.get(alarm_name)
    kept = {name: getattr(alarm, name) for name in STATE} if alarm else {}
    original(self, alarm_name, reason, reason_data, state_value)
    for name, value in kept.items():
        setattr(alarm, name, value)
    alarm_history.change(self, alarm, _now(), state_value, reason, reason_data)
