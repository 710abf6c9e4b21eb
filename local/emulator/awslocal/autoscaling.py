"""Application Auto Scaling: tags, and the history of what was scaled (B4).

B4  ListTagsForResource is missing, and the provider calls it for every target it creates, so no service can have
    autoscaling at all.

DescribeScalingActivities answers with none: nothing scales here.
"""

import json
from typing import Any

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from awslocal import graft
from awslocal.errors import Refused


def _tags(self: ApplicationAutoScalingResponse, arn: str) -> dict[str, str]:
    """The tags of a target that exists."""
    backend: ApplicationAutoscalingBackend = self.applicationautoscaling_backend
    for targets in backend.targets.values():
        for target in targets.values():
            if target.arn == arn:
                return target.__dict__.setdefault("tags", {})
    raise Refused("ResourceNotFoundException", f"The resource {arn} was not found.")


@graft.around(ApplicationAutoScalingResponse, "register_scalable_target")
def _register(original: Any, self: ApplicationAutoScalingResponse) -> str:
    answer = original(self)
    _tags(self, json.loads(answer)["ScalableTargetARN"]).update(self._get_param("Tags") or {})
    return answer


@graft.add(ApplicationAutoScalingResponse)
def list_tags_for_resource(self: ApplicationAutoScalingResponse) -> str:
    """The tags of a target."""
    return json.dumps({"Tags": _tags(self, self._get_param("ResourceARN"))})


@graft.add(ApplicationAutoScalingResponse)
def tag_resource(self: ApplicationAutoScalingResponse) -> str:
    """Set tags of a target."""
    _tags(self, self._get_param("ResourceARN")).update(self._get_param("Tags"))
    return "{}"


@graft.add(ApplicationAutoScalingResponse)
def untag_resource(self: ApplicationAutoScalingResponse) -> str:
    """Remove tags of a target."""
    tags = _tags(self, self._get_param("ResourceARN"))
    for key in self._get_param("TagKeys"):
        tags.pop(key, None)
    return "{}"


@graft.add(ApplicationAutoScalingResponse)
def describe_scaling_activities(self: ApplicationAutoScalingResponse) -> str:
    """Nothing was ever scaled."""
    return json.dumps({"ScalingActivities": []})
