"""KMS: the rotation period of a key (controls.md, section 2.1).

moto keeps whether a key rotates and forgets how often, so a key with a period of its own differs on every plan.
"""

import json
from typing import Any

from moto.kms.models import Key
from moto.kms.responses import KmsResponse

from awslocal import patch

DEFAULT_ROTATION_DAYS = 365


def _key(self: KmsResponse) -> Key:
    return self.kms_backend.keys[self.kms_backend.get_key_id(self._get_param("KeyId"))]


@patch.around(KmsResponse, "enable_key_rotation")
def _enable(original: Any, self: KmsResponse) -> str:
    answer = original(self)
    _key(self).rotation_days = self._get_param("RotationPeriodInDays") or DEFAULT_ROTATION_DAYS
    return answer


@patch.around(KmsResponse, "get_key_rotation_status")
def _status(original: Any, self: KmsResponse) -> str:
    answer = {**json.loads(original(self)), "KeyId": _key(self).id}
    if answer["KeyRotationEnabled"]:
        answer["RotationPeriodInDays"] = getattr(_key(self), "rotation_days", DEFAULT_ROTATION_DAYS)
    return json.dumps(answer)
