"""Names, certificates, firewalls, roles, mail."""

import email
import re
from email.utils import getaddresses
from typing import Any

from awslocal import settings
from awslocal.rules import Asked

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length: of all inline
# policies of a role together, white space left out.
MOST_OF_A_ROLE = 10_240


def alias_at_the_apex(asked: Asked) -> str:
    """A CNAME for the zone's own name."""
    zone = asked.kept("route53").zones.get(_zone(asked))
    for record in _records(asked) if zone else ():
        if record["Type"] == "CNAME" and _name(record["Name"]) == _name(zone.name):
            return f"[RRSet of type CNAME with DNS name {_name(zone.name)} is not permitted at apex in zone {_name(zone.name)}]"
    return ""


def alias_beside_others(asked: Asked) -> str:
    """A CNAME for a name that has other records, or the other way round."""
    zone = asked.kept("route53").zones.get(_zone(asked))
    removed = {(_name(r["Name"]), r["Type"]) for r in _records(asked, "DELETE")}
    kept = {(_name(r.name), r.type) for r in zone.rrsets} - removed if zone else set()
    for record in _records(asked) if zone else ():
        name, kind = _name(record["Name"]), record["Type"]
        if any(other == name and (kind == "CNAME") != (beside == "CNAME") for other, beside in kept):
            return (
                f"[RRSet of type {kind} with DNS name {name} is not permitted as it conflicts with other records with "
                f"the same DNS name in zone {_name(zone.name)}]"
            )
        kept.add((name, kind))
    return ""


def text_without_quotes(asked: Asked) -> str:
    """A text record that is not in quotation marks, or has a part of more than 255 characters."""
    for record in _records(asked):
        for value in record.get("ResourceRecords", []) if record["Type"] in ("TXT", "SPF") else ():
            parts = re.findall(r'"((?:[^"\\]|\\.)*)"', value["Value"])
            if not re.fullmatch(r'\s*("(?:[^"\\]|\\.)*"\s*)+', value["Value"]):
                return f"[Invalid Resource Record: FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with '{value['Value']}']"
            if any(len(part) > 255 for part in parts):
                return f"[Invalid Resource Record: FATAL problem: CharacterStringTooLong (Value is too long) encountered with '{value['Value']}']"
    return ""


def _zone(asked: Asked) -> str:
    return str(asked["HostedZoneId"]).rpartition("/")[2]


def _records(asked: Asked, *actions: str) -> list[dict[str, Any]]:
    changes = asked["ChangeBatch"]["Changes"]
    return [c["ResourceRecordSet"] for c in changes if c["Action"] in (actions or ("CREATE", "UPSERT"))]


def _name(name: str) -> str:
    return name.lower().rstrip(".") + "."


def certificate_in_use(asked: Asked) -> str:
    """A certificate that a listener serves."""
    arn = asked["CertificateArn"]
    for balancer in asked.kept("elbv2").load_balancers.values():
        if any(arn in _certificates(listener) for listener in balancer.listeners.values()):
            return f"Certificate {arn} in use."
    return ""


def _certificates(listener: Any) -> list[str]:
    served = [*listener.certificates, listener.certificate]
    return [c if isinstance(c, str) else c.get("certificate_arn") or c.get("CertificateArn") for c in served if c]


def firewall_in_use(asked: Asked) -> str:
    """A web ACL that still protects a load balancer."""
    balancers = asked.kept("elbv2").load_balancers
    for firewall in asked.kept("wafv2").wacls.values():
        if firewall.id == asked["Id"] and any(arn in balancers for arn in firewall.associated_resources):
            return "AWS WAF couldn't perform the operation because your resource is being used by another resource."
    return ""


def role_is_full(asked: Asked) -> str:
    """More policy than a role holds inline."""
    role = next((r for r in asked.kept("iam").roles.values() if r.name == asked["RoleName"]), None)
    if role is None:
        return ""
    documents = {**role.policies, asked["PolicyName"]: asked["PolicyDocument"]}
    size = sum(len(re.sub(r"\s", "", str(document))) for document in documents.values())
    return f"Maximum policy size of {MOST_OF_A_ROLE} bytes exceeded for role {role.name}" if size > MOST_OF_A_ROLE else ""


def recipient_not_verified(asked: Asked) -> str:
    """In the sandbox, a recipient that is neither verified nor of a verified domain, nor SES's own simulator."""
    if not settings.current().scenario.mail_is_sandboxed():
        return ""
    verified = {identity.lower() for identity in asked.kept("ses").email_identities} | {"simulator.amazonses.com"}
    failed = [address for address in _recipients(asked) if not {address, address.rpartition("@")[2]} & verified]
    if not failed:
        return ""
    return (
        f"Email address is not verified. The following identities failed the check in region {asked.region.upper()}: "
        f"{', '.join(failed)}"
    )


def _recipients(asked: Asked) -> list[str]:
    """Whom a mail is for, by its envelope, or by its headers where that says nothing."""
    named = [address for kind in (asked["Destination"] or {}).values() for address in kind] + (asked["Destinations"] or [])
    raw = (asked["RawMessage"] or (asked["Content"] or {}).get("Raw") or {}).get("Data")
    if raw and not named:
        message = email.message_from_bytes(raw)
        named = [value for header in ("To", "Cc", "Bcc") for value in message.get_all(header, [])]
    return [address.lower() for _, address in getaddresses(named) if address]
