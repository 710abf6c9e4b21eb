"""CloudWatch Logs: the class of a log group (controls.md, section 2.1).

moto forgets it, so a group declared with the class it has by default is replaced on every deployment, logs and all.
"""

from typing import Any

from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse

from awslocal import graft

DEFAULT_CLASS = "STANDARD"


@graft.around(LogsResponse, "create_log_group")
def _create(original: Any, self: LogsResponse) -> str:
    answer = original(self)
    self.logs_backend.groups[self._get_param("logGroupName")].log_group_class = self._get_param("logGroupClass")
    return answer


@graft.around(LogGroup, "to_describe_dict")
def _describe(original: Any, self: LogGroup) -> dict[str, Any]:
    return {**original(self), "logGroupClass": getattr(self, "log_group_class", None) or DEFAULT_CLASS}
