"""What conditions may ask about any request of a role's."""

from typing import Any

from moto.core.utils import utcnow

from awslocal import iam_policy, settings
from awslocal.access.sessions import Session


def of(session: Session) -> dict[str, Any]:
    """The global condition keys.

    TLS is what the emulated endpoint stands for. A request's address, and the VPC endpoint it came through, are those of
    this machine, so they are not given.
    """
    now = utcnow()
    role = iam_policy.find_role(session.role)
    return {
        **{f"aws:PrincipalTag/{tag['Key']}": tag["Value"] for tag in list(role.tags if role else [])},
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:PrincipalAccount": session.account,
        "aws:PrincipalArn": session.role,
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalType": "AssumedRole",
        "aws:RequestedRegion": settings.current().region,
        "aws:ResourceAccount": settings.current().account,
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
        "aws:userid": session.user_id,
    }
