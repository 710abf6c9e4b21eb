"""ACM: the options of a certificate (B18).

B18 A certificate requested with options of its own has no Export among them, and ListCertificates breaks on it from
    then on. AWS fills in what was not given.

Certificates are issued after AWS's time, whether or not their validation records exist.
"""

from typing import Any

from moto import settings
from moto.acm.models import AWSCertificateManagerBackend

from awslocal import pace, patch

settings.ACM_VALIDATION_WAIT = pace.seconds("certificate validation")

DEFAULT_OPTIONS = {"CertificateTransparencyLoggingPreference": "ENABLED", "Export": "DISABLED"}


@patch.around(AWSCertificateManagerBackend, "request_certificate")
def _request(original: Any, self: AWSCertificateManagerBackend, *args: Any, **kwargs: Any) -> str:
    arn = original(self, *args, **kwargs)
    certificate = self._certificates[arn]
    certificate.cert_options = {**DEFAULT_OPTIONS, **certificate.cert_options}
    return arn
