"""What AWS refuses of names, certificates, firewalls, mail and roles, a test for each row of rules/table.py. Does not prove that AWS refuses it: the table names the document that says so."""

import json
from typing import Any

from tests.support import Case, client, listening, name, target_group


class Others(Case):
    def setUp(self) -> None:
        self.dns, self.zone = client("route53"), name("zone") + ".test"
        self.id = self.dns.create_hosted_zone(Name=self.zone, CallerReference=name())["HostedZone"]["Id"]

    def change(self, action: str, host: str, kind: str, value: str) -> dict[str, Any]:
        records = {"Name": host, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}
        return {"HostedZoneId": self.id, "ChangeBatch": {"Changes": [{"Action": action, "ResourceRecordSet": records}]}}

    def accepts(self, *change: str) -> None:
        self.dns.change_resource_record_sets(**self.change(*change))

    def refuses(self, *change: str) -> None:
        self.refused("InvalidChangeBatch", self.dns.change_resource_record_sets, **self.change(*change))

    def test_alias_at_the_apex(self) -> None:
        self.refuses("CREATE", self.zone, "CNAME", "other.test")
        self.accepts("CREATE", f"www.{self.zone}", "CNAME", "other.test")

    def test_alias_beside_others(self) -> None:
        host = f"host.{self.zone}"
        self.accepts("CREATE", host, "A", "192.0.2.1")
        self.refuses("UPSERT", host, "CNAME", "other.test")
        self.accepts("CREATE", host, "MX", "10 mail.test")
        self.accepts("UPSERT", f"www.{self.zone}", "CNAME", "one.test")
        self.accepts("UPSERT", f"www.{self.zone}", "CNAME", "two.test")
        self.refuses("CREATE", f"www.{self.zone}", "TXT", '"t"')

    def test_text_without_quotes(self) -> None:
        for value, accepted in (
            ("v=spf1 -all", False),
            ('"v=spf1 -all"', True),
            (f'"{"k" * 256}"', False),
            (f'"{"k" * 255}" "{"k" * 100}"', True),
        ):
            (self.accepts if accepted else self.refuses)("UPSERT", f"text.{self.zone}", "TXT", value)

    def test_certificate_in_use(self) -> None:
        acm, elb = client("acm"), client("elbv2")
        arn = acm.request_certificate(DomainName="used.test", ValidationMethod="DNS")["CertificateArn"]
        group = target_group()
        listener = elb.create_listener(
            LoadBalancerArn=listening(group),
            Protocol="HTTPS",
            Port=443,
            Certificates=[{"CertificateArn": arn}],
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )["Listeners"][0]["ListenerArn"]
        self.refused("ResourceInUseException", acm.delete_certificate, CertificateArn=arn)
        elb.delete_listener(ListenerArn=listener)
        acm.delete_certificate(CertificateArn=arn)

    def test_firewall_in_use(self) -> None:
        waf, scope = client("wafv2"), {"Name": name("acl"), "Scope": "REGIONAL"}
        watched = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
        acl = waf.create_web_acl(DefaultAction={"Allow": {}}, VisibilityConfig=watched, **scope)["Summary"]
        balancer = listening(target_group())
        waf.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=balancer)
        gone = {"Id": acl["Id"], "LockToken": acl["LockToken"], **scope}
        self.refused("WAFAssociatedItemException", waf.delete_web_acl, **gone)
        waf.disassociate_web_acl(ResourceArn=balancer)
        waf.delete_web_acl(**gone)

    def test_recipient_not_verified(self) -> None:
        one, two, domain = client("ses"), client("sesv2"), name("mail") + ".example"
        one.verify_domain_identity(Domain=domain)

        def mail(to: str) -> dict[str, Any]:
            message = {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}
            return {"Source": f"a@{domain}", "Destination": {"ToAddresses": [to]}, "Message": message}

        one.send_email(**mail("b@elsewhere.example"))
        self.assertTrue(two.get_account()["ProductionAccessEnabled"])
        self.scenario(account={"mailSandbox": True})
        error = self.refused("MessageRejected", one.send_email, **mail("Bee <b@elsewhere.example>"))
        self.assertIn("failed the check in region AP-SOUTHEAST-2: b@elsewhere.example", str(error))
        raw = f"From: a@{domain}\nTo: b@elsewhere.example\n\nt".encode()
        self.refused("MessageRejected", one.send_raw_email, RawMessage={"Data": raw})
        simple = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
        new = {"FromEmailAddress": f"a@{domain}", "Content": simple}
        self.refused("MessageRejected", two.send_email, Destination={"ToAddresses": ["b@elsewhere.example"]}, **new)
        for verified in (f"c@{domain}", "success@simulator.amazonses.com"):
            one.send_email(**mail(verified))
            two.send_email(Destination={"ToAddresses": [verified]}, **new)
        shown = two.get_account()
        self.assertEqual((shown["ProductionAccessEnabled"], shown["SendQuota"]["Max24HourSend"]), (False, 200))

    def test_role_is_full(self) -> None:
        iam, role = client("iam"), name("role")
        trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))

        def policy(buckets: int) -> str:
            arns = [f"arn:aws:s3:::{'b' * 50}{number:03d}" for number in range(buckets)]
            statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": arns}
            return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=8)

        iam.put_role_policy(RoleName=role, PolicyName="one", PolicyDocument=policy(100))
        two = {"RoleName": role, "PolicyName": "two"}
        self.refused("LimitExceeded", iam.put_role_policy, PolicyDocument=policy(60), **two)
        iam.put_role_policy(PolicyDocument=policy(20), **two)
        iam.put_role_policy(RoleName=role, PolicyName="one", PolicyDocument=policy(100))
