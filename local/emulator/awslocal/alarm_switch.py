"""The switch of an alarm's actions, by which somebody silences it: moto can only set it when the alarm is put."""

from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from awslocal import patch


def _switch(self: CloudWatchResponse, on: bool) -> ActionResult:
    """Names of alarms that are not there are passed over, as by AWS."""
    backend: CloudWatchBackend = self.cloudwatch_backend
    for name in self._get_param("AlarmNames") or []:
        if alarm := backend.alarms.get(name):
            alarm.actions_enabled = on
    return EmptyResult()


@patch.add(CloudWatchResponse)
def disable_alarm_actions(self: CloudWatchResponse) -> ActionResult:
    """The alarms go on changing their states, and tell nobody."""
    return _switch(self, False)


@patch.add(CloudWatchResponse)
def enable_alarm_actions(self: CloudWatchResponse) -> ActionResult:
    """The alarms tell again."""
    return _switch(self, True)
