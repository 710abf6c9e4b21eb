"""Route 53: a change takes AWS's time, and its records answer no sooner.

moto calls every change INSYNC at once, and all of them by a few fixed ids. Here each has an id of its own, is PENDING for as
long as pace.py says, and then INSYNC (https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html). What the
name servers answer is what is in sync: `GET /_awslocal/zones`, by which local/alb resolves names. A zone that is deleted
answers no more at once.

moto also refuses to create a record again that was deleted, while there is another behind it, and lets one be created twice
with other values, or deleted that is not there. Here a record is created where there is none, and deleted where there is one.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.route53.models import FakeZone, RecordSet, Route53Backend, route53_backends
from moto.route53.responses import Route53
from moto.utilities.utils import get_partition

from awslocal import patch, settings, states
from awslocal.errors import Refused

PREFIX = "/change/"
_CHANGES, _ANSWERED, _COMING = "changes", "answered", "coming"
Key = tuple[str, str, str | None]  # name, type and set identifier tell the records of a zone apart
Records = dict[Key, RecordSet | None]  # None: deleted


@dataclass(eq=False)
class Change:
    """One change, under an id of its own."""

    id: str = field(default_factory=lambda: f"{PREFIX}C{uuid.uuid4().hex[:20].upper()}")
    submitted: datetime = field(default_factory=utcnow)

    def __post_init__(self) -> None:
        states.begin(self, self.id, ("PENDING", "zone change"))

    def info(self) -> dict[str, Any]:
        """What AWS tells of it, now."""
        return {"Id": self.id, "Status": states.in_progress(self) or "INSYNC", "SubmittedAt": self.submitted}


def _changing(original: Any, self: Route53) -> ActionResult:
    """Make a change of whatever the call does to the records of any zone."""
    before = {zone.id: _records(zone) for zone in self.backend.zones.values()}
    answer = original(self)
    change = Change()
    _changes(self.backend)[change.id] = change
    for zone in self.backend.zones.values():
        old, new = before.get(zone.id, {}), _records(zone)
        touched = {key: new.get(key) for key in old | new if old.get(key) is not new.get(key)}
        if touched:
            zone.__dict__.setdefault(_COMING, []).append((change, touched))
    answer.result["ChangeInfo"].update(change.info())
    return answer


for _call in (
    "create_hosted_zone",
    "delete_hosted_zone",
    "change_resource_record_sets",
    "associate_vpc_with_hosted_zone",
    "disassociate_vpc_from_hosted_zone",
):
    patch.around(Route53, _call)(_changing)


@patch.around(Route53Backend, "change_resource_record_sets")
def _change(original: Any, self: Route53Backend, zoneid: str, change_list: list[dict[str, Any]]) -> None:
    zone = self.get_hosted_zone(zoneid)
    there = set(_records(zone))
    # By its journal moto finds out what there is; what was deleted since is no part of that.
    zone.rr_changes[:] = [made for made in zone.rr_changes if _key(made["ResourceRecordSet"]) in there]
    for change in change_list:
        key = _key(change["ResourceRecordSet"])
        named = f"resource record set [name='{key[0]}', type='{key[1]}']"
        if change["Action"] == "CREATE" and key in there:
            raise Refused("InvalidChangeBatch", f"[Tried to create {named} but it already exists]")
        if change["Action"] != "DELETE":
            there.add(key)
        elif key in there:
            there.remove(key)
        else:
            raise Refused("InvalidChangeBatch", f"[Tried to delete {named} but it was not found]")
    original(self, zoneid, change_list)


@patch.replace(Route53)
def get_change(self: Route53) -> ActionResult:
    """A change by its id, with or without what the id begins with."""
    asked = self._get_param("Id")
    change = _changes(self.backend).get(PREFIX + asked.removeprefix(PREFIX))
    if change is None:
        raise Refused("NoSuchChange", f"Could not find resource with ID: {asked}")
    return ActionResult({"ChangeInfo": change.info()})


def zones() -> list[dict[str, Any]]:
    """The public zones of the emulator's account that answer, the first made first, with the records that answer."""
    chosen = settings.current()
    backend = route53_backends[chosen.account][get_partition(chosen.region)]
    found = [(zone, _answered(zone)) for zone in backend.zones.values() if not zone.private_zone]
    return [
        {
            "name": zone.name,
            "nameServers": zone.delegation_set.name_servers,
            "records": [_record(record) for record in records],
        }
        for zone, records in found
        if records
    ]


def _record(record: RecordSet) -> dict[str, Any]:
    return {
        "name": record.name,
        "type": record.type,
        "alias": (record.alias_target or {}).get("DNSName", ""),
        # moto has the SOA record's values in another form than those of all others
        "values": [one["Value"] if isinstance(one, dict) else one for one in record.records or []],
        "setIdentifier": record.set_identifier or "",
    }


def _answered(zone: FakeZone) -> list[RecordSet]:
    """What the zone's changes that are in sync come to; of two that touch one record, the later one counts."""
    answered: Records = zone.__dict__.setdefault(_ANSWERED, {})
    coming: list[tuple[Change, Records]] = zone.__dict__.setdefault(_COMING, [])
    while coming and not states.in_progress(coming[0][0]):
        answered.update(coming.pop(0)[1])
    found = dict(answered)
    for change, touched in coming:
        if not states.in_progress(change):
            found.update(touched)
    return [record for record in found.values() if record]


def _key(record: dict[str, Any]) -> Key:
    return record["Name"].strip(".") + ".", record["Type"], record.get("SetIdentifier")


def _records(zone: FakeZone) -> dict[Key, RecordSet]:
    return {(record.name, record.type, record.set_identifier): record for record in zone.rrsets}


def _changes(backend: Route53Backend) -> dict[str, Change]:
    return backend.__dict__.setdefault(_CHANGES, {})
