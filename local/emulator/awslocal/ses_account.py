"""SES: the account's own switch for sending, which AWS turns off for an account that it reviews.

moto does not have it, in neither version of the API. Once it is off, no mail is taken, by either version.
"""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ses.models import SESBackend
from moto.ses.responses import EmailResponse

from awslocal import patch
from awslocal.errors import Refused

_SWITCH = "account_sending_enabled"


def sending_enabled(backend: SESBackend) -> bool:
    """Whether the account may send in this region; it may until somebody says otherwise."""
    return backend.__dict__.get(_SWITCH, True)


def set_sending_enabled(backend: SESBackend, enabled: bool) -> None:
    """Turn the account's sending in this region on or off."""
    setattr(backend, _SWITCH, enabled)


@patch.add(EmailResponse)
def get_account_sending_enabled(self: EmailResponse) -> ActionResult:
    """Whether the account may send."""
    return ActionResult({"Enabled": sending_enabled(self.backend)})


@patch.add(EmailResponse)
def update_account_sending_enabled(self: EmailResponse) -> EmptyResult:
    """Turn sending on or off; off when the request does not say, as in AWS."""
    set_sending_enabled(self.backend, self._get_bool_param("Enabled", False))
    return EmptyResult()


def _send(original: Any, self: SESBackend, *args: Any, **kwargs: Any) -> Any:
    if not sending_enabled(self):
        raise Refused("AccountSendingPausedException", f"Email sending is disabled for account {self.account_id}")
    return original(self, *args, **kwargs)


for _name in ("send_email", "send_raw_email", "send_templated_email", "send_bulk_templated_email"):
    patch.around(SESBackend, _name)(_send)


@patch.around(EmailResponse, "verify_domain_dkim")
def _dkim(original: Any, self: EmailResponse) -> ActionResult:
    """Remember that DKIM was asked for, which v2 shows."""
    answer = original(self)
    self.backend.email_identities[self._get_param("Domain").lower()].dkim_asked = True
    return answer
