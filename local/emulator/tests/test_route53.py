"""Route 53's changes, and what its name servers answer. Does not prove how long AWS's take, nor how a resolver caches."""

import json
import urllib.request
from typing import Any
from unittest import mock

from awslocal import pace
from tests.support import Case, address, client, name
from tests.test_pace import Paced


def answered(zone: str) -> dict[str, Any] | None:
    """What the name servers of the zone answer; None while there is no such zone for them."""
    with urllib.request.urlopen(f"{address()}/_awslocal/zones") as answer:
        return next((one for one in json.load(answer) if one["name"] == zone + "."), None)


def record(host: str, value: str, **more: object) -> dict[str, Any]:
    return {"Name": host, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}], **more}


class Zones(Case):
    def setUp(self) -> None:
        super().setUp()
        self.dns, self.zone = client("route53"), name("zone") + ".test"

    def create(self) -> str:
        made = self.dns.create_hosted_zone(Name=self.zone, CallerReference=self.zone)
        self.created = made["ChangeInfo"]
        return made["HostedZone"]["Id"]

    def change(self, zone: str, *changes: tuple[str, dict[str, Any]]) -> dict[str, Any]:
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record} for action, record in changes]}
        return self.dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)["ChangeInfo"]

    def status(self, change: dict[str, Any]) -> str:
        return self.dns.get_change(Id=change["Id"])["ChangeInfo"]["Status"]

    def values(self, host: str) -> list[list[str]]:
        zone = answered(self.zone)
        return [one["values"] for one in (zone or {"records": []})["records"] if one["name"] == host + "."]


class AtOnce(Zones):
    def test_each_change_has_an_id_of_its_own(self) -> None:
        zone = self.create()
        made = self.change(zone, ("CREATE", record("a." + self.zone, "192.0.2.1")))
        gone = self.change(zone, ("DELETE", record("a." + self.zone, "192.0.2.1")))
        deleted = self.dns.delete_hosted_zone(Id=zone)["ChangeInfo"]
        every = [self.created, made, gone, deleted]
        self.assertEqual(len({one["Id"] for one in every}), 4)
        for one in every:
            self.assertRegex(one["Id"], r"^/change/C[0-9A-Z]+$")
            self.assertEqual(one["Status"], "INSYNC")
            self.assertEqual(self.dns.get_change(Id=one["Id"].removeprefix("/change/"))["ChangeInfo"], one)
        self.assertIsNone(answered(self.zone))

    def test_an_unknown_change_is_not_made_up(self) -> None:
        error = self.refused("NoSuchChange", self.dns.get_change, Id="C2682N5HXP0BZ4")
        self.assertEqual(error.response["ResponseMetadata"]["HTTPStatusCode"], 404)

    def test_the_name_servers_answer_every_kind_of_record(self) -> None:
        alias = {"HostedZoneId": "Z1GM3OXH4ZPM65", "DNSName": "lb.test", "EvaluateTargetHealth": False}
        self.change(
            self.create(),
            ("CREATE", {"Name": "a." + self.zone, "Type": "A", "AliasTarget": alias}),
            ("CREATE", record("w." + self.zone, "192.0.2.1", SetIdentifier="one", Weight=1)),
            ("CREATE", record("w." + self.zone, "192.0.2.2", SetIdentifier="two", Weight=1)),
        )
        found = answered(self.zone)
        self.assertEqual(len(found["nameServers"]), 4)
        shown = {(r["name"], r["type"], r["alias"], *r["values"], r["setIdentifier"]) for r in found["records"]}
        self.assertIn(("a." + self.zone + ".", "A", "lb.test", ""), shown)
        self.assertIn(("w." + self.zone + ".", "A", "", "192.0.2.1", "one"), shown)
        self.assertIn(("w." + self.zone + ".", "A", "", "192.0.2.2", "two"), shown)
        self.assertIn((self.zone + ".", "NS", "", *found["nameServers"], ""), shown)
        self.assertEqual(len(shown), 5, "with the SOA record")

    def test_a_record_is_created_where_there_is_none_and_deleted_where_there_is_one(self) -> None:
        zone, made = self.create(), record("a." + self.zone, "192.0.2.1")
        for host in ("a.", "b."):
            self.change(zone, ("CREATE", record(host + self.zone, "192.0.2.1")))
        error = self.refused(
            "InvalidChangeBatch", lambda: self.change(zone, ("CREATE", record("a." + self.zone, "192.0.2.2")))
        )
        self.assertIn(f"create resource record set [name='a.{self.zone}.', type='A'] but it already exists", str(error))
        self.change(zone, ("DELETE", made))
        error = self.refused("InvalidChangeBatch", lambda: self.change(zone, ("DELETE", made)))
        self.assertIn(f"delete resource record set [name='a.{self.zone}.', type='A'] but it was not found", str(error))
        self.change(zone, ("CREATE", made))
        self.change(zone, ("DELETE", made), ("CREATE", record("a." + self.zone, "192.0.2.3")))
        self.assertEqual(self.values("a." + self.zone), [["192.0.2.3"]])

    def test_a_private_zone_answers_nobody(self) -> None:
        self.dns.create_hosted_zone(Name=self.zone, CallerReference="1", HostedZoneConfig={"PrivateZone": True})
        self.assertIsNone(answered(self.zone))


class InTime(Zones, Paced):
    def test_a_change_is_pending_and_answers_once_it_is_in_sync(self) -> None:
        zone, host = self.create(), "a." + self.zone
        self.assertEqual((self.created["Status"], self.status(self.created)), ("PENDING", "PENDING"))
        self.assertIsNone(answered(self.zone))
        self.after("zone change")
        self.assertEqual(self.status(self.created), "INSYNC")
        self.assertIsNotNone(answered(self.zone))
        for action, made, before, since in (
            ("CREATE", record(host, "192.0.2.1"), [], [["192.0.2.1"]]),
            ("UPSERT", record(host, "192.0.2.2"), [["192.0.2.1"]], [["192.0.2.2"]]),
            ("DELETE", record(host, "192.0.2.2"), [["192.0.2.2"]], []),
        ):
            with self.subTest(action):
                change = self.change(zone, (action, made))
                self.assertEqual((self.status(change), self.values(host)), ("PENDING", before))
                self.after("zone change")
                self.assertEqual((self.status(change), self.values(host)), ("INSYNC", since))

    def test_the_later_of_two_changes_counts_whichever_is_in_sync_first(self) -> None:
        zone, host = self.create(), "a." + self.zone
        self.after("zone change")
        with mock.patch.object(pace, "seconds", side_effect=[20, 10]):
            first = self.change(zone, ("CREATE", record(host, "192.0.2.1")))
            second = self.change(zone, ("UPSERT", record(host, "192.0.2.2")))
        for seconds, states, values in (
            (0, ("PENDING", "PENDING"), []),
            (10, ("PENDING", "INSYNC"), [["192.0.2.2"]]),
            (10, ("INSYNC", "INSYNC"), [["192.0.2.2"]]),
        ):
            self.now += seconds
            self.assertEqual((self.status(first), self.status(second)), states)
            self.assertEqual(self.values(host), values)
