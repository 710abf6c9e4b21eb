"""SES v2: what it says about the account and about identities, which are those of v1.

moto shows an identity of v1 as one that may not send, and does not have GetAccount. Creating resources through v2 is
broken in moto and left alone: use v1.
"""

import json
from typing import Any

from moto.ses.exceptions import NotFoundException
from moto.ses.models import EmailIdentity, SESBackend, ses_backends
from moto.sesv2 import urls
from moto.sesv2.responses import SESV2Response

from awslocal import patch, settings
from awslocal.ses_account import sending_enabled, set_sending_enabled

KEY_LENGTH = "RSA_2048_BIT"
# Mails in 24 hours, and in a second: https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
SANDBOX = (200, 1)

# moto answers only the paths of the actions it has.
for _path in ("account", "account/sending", "identities/(?P<EmailIdentity>[^/]+)/configuration-set"):
    urls.url_paths[f"{{0}}/v2/email/{_path}$"] = SESV2Response.dispatch


def _backend(self: SESV2Response) -> SESBackend:
    return ses_backends[self.current_account][self.region]


@patch.replace(SESV2Response)
def get_email_identity(self: SESV2Response) -> str:
    """An identity with its DKIM and MAIL FROM; like moto's v1, verified once it is there."""
    backend = _backend(self)
    identity = self.sesv2_backend.get_email_identity(email_identity=self._get_param("EmailIdentity"))
    return json.dumps(
        {
            **identity.get_response_object,
            "VerifiedForSendingStatus": identity.verification_status == "SUCCESS",
            "FeedbackForwardingStatus": True,
            "DkimAttributes": _dkim(backend, identity),
            "MailFromAttributes": _mail_from(backend, identity),
            "Tags": identity.tags or [],
        }
    )


@patch.add(SESV2Response)
def put_email_identity_configuration_set_attributes(self: SESV2Response) -> str:
    """The configuration set of all mail of an identity that names none; none when the request does not say."""
    identity = self.sesv2_backend.get_email_identity(email_identity=self._get_param("EmailIdentity"))
    name = json.loads(self.body or "{}").get("ConfigurationSetName")
    if name and name not in _backend(self).config_sets:
        raise NotFoundException(f"Configuration set <{name}> does not exist.")
    identity.configuration_set_name = name
    return "{}"


def _dkim(backend: SESBackend, identity: EmailIdentity) -> dict[str, Any]:
    """DKIM, which has succeeded when it was asked for in either version."""
    if not getattr(identity, "dkim_asked", False):
        return identity.dkim_attributes
    tokens = backend.get_identity_dkim_attributes([identity.email_identity])[identity.email_identity]
    return {
        "SigningEnabled": True,
        "Status": "SUCCESS",
        "Tokens": tokens.get("DkimTokens", []),
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": KEY_LENGTH,
        "CurrentSigningKeyLength": KEY_LENGTH,
    }


def _mail_from(backend: SESBackend, identity: EmailIdentity) -> dict[str, Any]:
    name = identity.email_identity
    kept = backend.get_identity_mail_from_domain_attributes([name])[name]
    if not kept["MailFromDomain"]:
        return {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}
    reject = kept["BehaviorOnMXFailure"] == "RejectMessage"
    return {
        "MailFromDomain": kept["MailFromDomain"],
        "MailFromDomainStatus": "SUCCESS",
        "BehaviorOnMxFailure": "REJECT_MESSAGE" if reject else "USE_DEFAULT_VALUE",
    }


@patch.add(SESV2Response)
def get_account(self: SESV2Response) -> str:
    """The account: healthy, out of the sandbox unless the scenario has it there, and sending unless that was turned off."""
    backend, sandbox = _backend(self), settings.current().scenario.mail_is_sandboxed()
    quota = backend.get_send_quota()
    most, rate = SANDBOX if sandbox else (quota.max24_hour_send, quota.max_send_rate)
    return json.dumps(
        {
            "DedicatedIpAutoWarmupEnabled": False,
            "EnforcementStatus": "HEALTHY",
            "ProductionAccessEnabled": not sandbox,
            "SendQuota": {
                "Max24HourSend": float(most),
                "MaxSendRate": float(rate),
                "SentLast24Hours": float(quota.sent_last24_hours),
            },
            "SendingEnabled": sending_enabled(backend),
        }
    )


@patch.add(SESV2Response)
def put_account_sending_attributes(self: SESV2Response) -> str:
    """Turn the account's sending on or off; off when the request does not say, as in AWS."""
    asked = json.loads(self.body or "{}")
    set_sending_enabled(_backend(self), bool(asked.get("SendingEnabled", False)))
    return "{}"
