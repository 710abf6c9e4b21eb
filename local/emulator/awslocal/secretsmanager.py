"""Secrets Manager: the day on which a secret was last read, which moto does not keep.

AWS gives the day without the time, and nothing for a secret that nobody has read
(https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html). A task that starts reads its secrets
as everybody does.
"""

import time
from typing import Any

from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

from awslocal import patch

DAY = 24 * 60 * 60


@patch.around(SecretsManagerBackend, "get_secret_value")
def _read(original: Any, backend: SecretsManagerBackend, secret_id: str, *args: Any, **kwargs: Any) -> Any:
    value = original(backend, secret_id, *args, **kwargs)
    backend.secrets[secret_id].last_accessed_date = int(time.time()) // DAY * DAY
    return value


@patch.around(FakeSecret, "to_dict")
def _described(original: Any, secret: FakeSecret) -> dict[str, Any]:
    return {**original(secret), "LastAccessedDate": getattr(secret, "last_accessed_date", None)}
