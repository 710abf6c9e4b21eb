"""CloudWatch Logs: the class of a log group, and the search for events (controls.md, section 2).

moto forgets the class, so a group declared with the class it has by default is replaced on every deployment, logs and
all. Of filter patterns moto understands words; anything else finds every event. Metric filters: log_metrics.py. A group is
encrypted with a key only where the key's policy lets CloudWatch Logs use it.
"""

import base64
import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.logs.exceptions import InvalidParameterException
from moto.logs.models import LogGroup, LogStream
from moto.logs.responses import LogsResponse

from awslocal import patch
from awslocal.access import delivery, kms_needs
from awslocal.log_metrics import compiled

DEFAULT_CLASS = "STANDARD"
MOST_EVENTS = 10_000


@patch.around(LogsResponse, "create_log_group")
def _create(original: Any, self: LogsResponse) -> str:
    if key := self._get_param("kmsKeyId"):
        _check_key(self, key)
    answer = original(self)
    self.logs_backend.groups[self._get_param("logGroupName")].log_group_class = self._get_param("logGroupClass")
    return answer


def _check_key(self: LogsResponse, key: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html."""
    arn = f"arn:aws:logs:{self.region}:{self.current_account}:log-group:{self._get_param('logGroupName')}"
    about = {"kms:EncryptionContext:aws:logs:arn": arn}
    actions = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey")
    if not all(delivery.may(f"logs.{self.region}.amazonaws.com", a, kms_needs.arn(key), about) for a in actions):
        message = f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'"
        raise JsonRESTError("AccessDeniedException", message)


@patch.around(LogGroup, "to_describe_dict")
def _describe(original: Any, self: LogGroup) -> dict[str, Any]:
    return {**original(self), "logGroupClass": getattr(self, "log_group_class", None) or DEFAULT_CLASS}


@patch.replace(LogsResponse)
def filter_log_events(self: LogsResponse) -> str:
    """The events of a group that fit a pattern, in the order of time, a page at a time.

    Both times are included, as AWS has them here (and not in GetLogEvents).
    """
    name = self._get_param("logGroupName") or str(self._get_param("logGroupIdentifier") or "")
    if name.startswith("arn:"):
        name = name.removesuffix(":*").split(":log-group:")[-1]
    group = self.logs_backend._find_log_group(log_group_name=name)
    limit = self._get_param("limit") or MOST_EVENTS
    if not 1 <= limit <= MOST_EVENTS:
        raise InvalidParameterException(
            constraint=f"Member must have value less than or equal to {MOST_EVENTS}", parameter="limit", value=limit
        )
    found = _found(self, _streams(self, group))
    page, token = _page(found, self._get_param("nextToken"), limit)
    # Since 2019 AWS leaves searchedLogStreams empty.
    return json.dumps({"events": page, "searchedLogStreams": [], **({"nextToken": token} if token else {})})


def _streams(self: LogsResponse, group: LogGroup) -> list[LogStream]:
    names, prefix = self._get_param("logStreamNames") or [], self._get_param("logStreamNamePrefix") or ""
    if names and prefix:
        raise InvalidParameterException("LogStreamNamePrefix and LogStreamNames are mutually exclusive.")
    return [s for name, s in group.streams.items() if name.startswith(prefix) and (not names or name in names)]


def _found(self: LogsResponse, streams: list[LogStream]) -> list[dict[str, Any]]:
    start, end = self._get_param("startTime") or 0, self._get_param("endTime")
    fits = compiled(self._get_param("filterPattern"))
    found = [
        {**event.to_filter_dict(), "logStreamName": stream.log_stream_name}
        for stream in streams
        for event in stream.events
        if start <= event.timestamp and (end is None or event.timestamp <= end) and fits(event.message) is not None
    ]
    return sorted(found, key=_place)


def _place(event: dict[str, Any]) -> tuple[int, int]:
    return event["timestamp"], int(event["eventId"])


def _page(found: list[dict[str, Any]], token: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """The events after the one that the token names, so that new ones do not repeat old ones."""
    if token:
        try:
            after = tuple(json.loads(base64.urlsafe_b64decode(token)))
            found = [event for event in found if _place(event) > after]
        except (ValueError, TypeError) as error:
            raise InvalidParameterException("The specified nextToken is invalid.") from error
    page = found[:limit]
    more = len(found) > limit
    return page, base64.urlsafe_b64encode(json.dumps(_place(page[-1])).encode()).decode() if more else None


@patch.around(LogStream, "get_log_events")
def _events(original: Any, self: LogStream, start_time: Any, end_time: Any, *args: Any) -> Any:
    """moto includes the end; here AWS does not."""
    return original(self, start_time, end_time - 1 if end_time else end_time, *args)
