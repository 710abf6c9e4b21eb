"""Macie is off until somebody turns it on; moto has it on in every account."""

from typing import Any

from moto.macie2.exceptions import AccessDeniedException
from moto.macie2.models import MacieBackend

from awslocal import patch


@patch.around(MacieBackend, "__init__")
def _create(original: Any, backend: MacieBackend, *args: Any, **kwargs: Any) -> None:
    original(backend, *args, **kwargs)
    backend.macie_session = None


@patch.around(MacieBackend, "get_macie_session")
def _session(original: Any, backend: MacieBackend) -> dict[str, Any]:
    if not backend.macie_session:
        raise AccessDeniedException("Macie is not enabled.")
    return original(backend)
