"""SES: a domain is `Pending` for AWS's time, until its record has been found; moto has it verified at once.

Whether the record is there, nothing here looks at. DKIM and MAIL FROM succeed as soon as they are asked for.
"""

from typing import Any

from moto.ses.models import EmailIdentity, SESBackend

from awslocal import patch, states

states.show(EmailIdentity, "verification_status")  # as v2 tells it


@patch.around(EmailIdentity, "__init__")
def _create(original: Any, identity: EmailIdentity, *args: Any, **kwargs: Any) -> None:
    original(identity, *args, **kwargs)
    if identity.identity_type == "DOMAIN":
        states.begin(identity, identity.email_identity, ("PENDING", "mail domain verification"))


@patch.around(SESBackend, "get_identity_verification_attributes")
def _attributes(original: Any, backend: SESBackend, *args: Any, **kwargs: Any) -> dict[str, dict[str, str]]:
    shown = original(backend, *args, **kwargs)
    for name, attributes in shown.items():
        if states.in_progress(backend.email_identities[name]):
            attributes["VerificationStatus"] = "Pending"
    return shown
