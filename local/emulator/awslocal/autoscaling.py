"""Application Auto Scaling: tags, the range of a service's count, and the history of what was scaled (B4).

B4  ListTagsForResource is missing, and the provider calls it for every target it creates, so no service can have
    autoscaling at all.

Registering a range moves the count of a service into it after AWS's time, as AWS says that it does; no policy moves it
after that.
DescribeScalingActivities answers with those moves.
"""

import json
import time
import uuid
from typing import Any

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend, FakeScalableTarget
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from awslocal import patch, states
from awslocal.errors import Refused


def _tags(self: ApplicationAutoScalingResponse, arn: str) -> dict[str, str]:
    """The tags of a target that exists."""
    backend: ApplicationAutoscalingBackend = self.applicationautoscaling_backend
    for targets in backend.targets.values():
        for target in targets.values():
            if target.arn == arn:
                return target.__dict__.setdefault("tags", {})
    raise Refused("ResourceNotFoundException", f"The resource {arn} was not found.")


@patch.around(ApplicationAutoScalingResponse, "register_scalable_target")
def _register(original: Any, self: ApplicationAutoScalingResponse) -> str:
    answer = original(self)
    _tags(self, json.loads(answer)["ScalableTargetARN"]).update(self._get_param("Tags") or {})
    backend: ApplicationAutoscalingBackend = self.applicationautoscaling_backend
    if self._get_param("ServiceNamespace") == "ecs":
        target = backend.targets[self._get_param("ScalableDimension")][self._get_param("ResourceId")]
        states.later("scaling reaction", target.resource_id, lambda: _into_range(backend, target))
    return answer


def _into_range(backend: ApplicationAutoscalingBackend, target: FakeScalableTarget) -> None:
    """Move a service's count where the range allows it, if it is not there."""
    _, cluster, name = target.resource_id.split("/")
    service = next((s for s in backend.ecs_backend.describe_services(cluster, [name])[0] if s.status == "ACTIVE"), None)
    if service is None:  # deleted since
        return
    count = max(target.min_capacity, min(target.max_capacity, service.desired_count))
    if count == service.desired_count:
        return
    bound = "minimum" if count > service.desired_count else "maximum"
    backend.ecs_backend.update_service({"cluster": cluster, "service": name, "desired_count": count})
    _activities(backend).insert(
        0,
        {
            "ActivityId": str(uuid.uuid4()),
            "ServiceNamespace": "ecs",
            "ResourceId": target.resource_id,
            "ScalableDimension": target.scalable_dimension,
            "Description": f"Setting desired count to {count}.",
            "Cause": f"{bound} capacity was set to {count}",
            "StartTime": time.time(),
            "StatusCode": "Successful",
            "StatusMessage": f"Successfully set desired count to {count}. Change successfully fulfilled by ecs.",
        },
    )


def _activities(backend: ApplicationAutoscalingBackend) -> list[dict[str, Any]]:
    return backend.__dict__.setdefault("activities", [])


@patch.add(ApplicationAutoScalingResponse)
def list_tags_for_resource(self: ApplicationAutoScalingResponse) -> str:
    """The tags of a target."""
    return json.dumps({"Tags": _tags(self, self._get_param("ResourceARN"))})


@patch.add(ApplicationAutoScalingResponse)
def tag_resource(self: ApplicationAutoScalingResponse) -> str:
    """Set tags of a target."""
    _tags(self, self._get_param("ResourceARN")).update(self._get_param("Tags"))
    return "{}"


@patch.add(ApplicationAutoScalingResponse)
def untag_resource(self: ApplicationAutoScalingResponse) -> str:
    """Remove tags of a target."""
    tags = _tags(self, self._get_param("ResourceARN"))
    for key in self._get_param("TagKeys"):
        tags.pop(key, None)
    return "{}"


@patch.add(ApplicationAutoScalingResponse)
def describe_scaling_activities(self: ApplicationAutoScalingResponse) -> str:
    """What was moved into its range, the last move first."""
    backend: ApplicationAutoscalingBackend = self.applicationautoscaling_backend
    wanted = {name: self._get_param(name) for name in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
    found = [a for a in _activities(backend) if all(value in (None, a[name]) for name, value in wanted.items())]
    return json.dumps({"ScalingActivities": found})
