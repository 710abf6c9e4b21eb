"""What a scanner of an account asks for, beside what a stack does. Does not prove that AWS's versions and dates are these."""

import datetime

from tests.support import ACCOUNT, REGION, Case, client, name, network


class Engines(Case):
    def setUp(self) -> None:
        self.rds = client("rds")

    def create(self, **more: object) -> dict:
        return self.rds.create_db_instance(
            DBInstanceIdentifier=name("db"),
            Engine="postgres",
            DBInstanceClass="db.t4g.micro",
            AllocatedStorage=20,
            **{"EngineVersion": "16", **more},
        )["DBInstance"]

    def test_an_instance_has_a_whole_version_that_is_not_deprecated(self) -> None:
        made = self.create()
        listed = self.rds.describe_db_engine_versions()["DBEngineVersions"]
        self.assertIn(("postgres", made["EngineVersion"]), [(one["Engine"], one["EngineVersion"]) for one in listed])
        self.assertEqual(made["EngineVersion"].split(".")[0], "16")
        self.assertEqual(made["DBParameterGroups"][0]["DBParameterGroupName"], "default.postgres16")
        changed = self.rds.modify_db_instance(
            DBInstanceIdentifier=made["DBInstanceIdentifier"], EngineVersion="17", AllowMajorVersionUpgrade=True
        )
        self.assertRegex(changed["DBInstance"]["EngineVersion"], r"^17\.\d+$")

    def test_a_minor_version_that_is_asked_for_stays(self) -> None:
        self.assertEqual(self.create(EngineVersion="16.4")["EngineVersion"], "16.4")

    def test_versions_are_found_by_the_major_one(self) -> None:
        found = self.rds.describe_db_engine_versions(Engine="postgres", EngineVersion="17")["DBEngineVersions"]
        self.assertEqual([one["DBParameterGroupFamily"] for one in found], ["postgres17"])
        self.assertEqual(self.rds.describe_db_engine_versions(Engine="mysql")["DBEngineVersions"], [])

    def test_the_authority_of_an_instance_is_valid_for_years(self) -> None:
        authority = self.create()["CACertificateIdentifier"]
        (found,) = self.rds.describe_certificates(CertificateIdentifier=authority)["Certificates"]
        self.assertEqual((found["CertificateIdentifier"], found["CertificateType"]), (authority, "CA"))
        self.assertGreater(found["ValidTill"].year - found["ValidFrom"].year, 30)
        self.assertEqual(len(self.rds.describe_certificates()["Certificates"]), 3)
        self.refused("CertificateNotFound", self.rds.describe_certificates, CertificateIdentifier="rds-ca-2019")


class Secrets(Case):
    def test_the_day_of_the_last_reading_is_kept(self) -> None:
        secrets, secret = client("secretsmanager"), name("secret")
        secrets.create_secret(Name=secret, SecretString="s")
        self.assertNotIn("LastAccessedDate", secrets.describe_secret(SecretId=secret))
        before = datetime.datetime.now(datetime.UTC).date()
        secrets.get_secret_value(SecretId=secret)
        after = datetime.datetime.now(datetime.UTC).date()
        (listed,) = secrets.list_secrets(Filters=[{"Key": "name", "Values": [secret]}])["SecretList"]
        for read in (secrets.describe_secret(SecretId=secret)["LastAccessedDate"], listed["LastAccessedDate"]):
            read = read.astimezone(datetime.UTC)
            self.assertIn(read.date(), (before, after))
            self.assertEqual((read.hour, read.minute, read.second), (0, 0, 0))


class Images(Case):
    def test_the_account_has_no_image_or_snapshot_that_it_did_not_make(self) -> None:
        self.assertEqual(client("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"], [])
        self.assertEqual(client("ec2").describe_snapshots()["Snapshots"], [])
        self.assertEqual(client("ec2").describe_images(Owners=[ACCOUNT])["Images"], [])


class Buckets(Case):
    def test_a_new_one_is_encrypted_and_has_no_access_lists(self) -> None:
        s3, bucket = client("s3"), name("bucket")
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.assertEqual(self.algorithm(bucket), "AES256")
        self.assertEqual(
            s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"],
            [{"ObjectOwnership": "BucketOwnerEnforced"}],
        )
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/own"}}
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        self.assertEqual(self.algorithm(bucket), "aws:kms")
        s3.delete_bucket_encryption(Bucket=bucket)
        self.assertEqual(self.algorithm(bucket), "AES256")
        s3.delete_bucket_ownership_controls(Bucket=bucket)
        self.refused("OwnershipControlsNotFoundError", s3.get_bucket_ownership_controls, Bucket=bucket)

    def algorithm(self, bucket: str) -> str:
        (rule,) = client("s3").get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        return rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]


class Interfaces(Case):
    def setUp(self) -> None:
        self.ec2, self.place = client("ec2"), network()
        self.group = self.ec2.create_security_group(VpcId=self.place["vpc"], GroupName=name(), Description="d")["GroupId"]

    def described(self) -> list[str]:
        """The descriptions of the group's interfaces."""
        found = self.ec2.describe_network_interfaces()["NetworkInterfaces"]
        return [one["Description"] for one in found if self.group in [group["GroupId"] for group in one["Groups"]]]

    def test_an_endpoints_are_in_its_groups(self) -> None:
        made = self.ec2.create_vpc_endpoint(
            VpcId=self.place["vpc"],
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.{REGION}.logs",
            SubnetIds=self.place["subnets"],
            SecurityGroupIds=[self.group],
        )["VpcEndpoint"]["VpcEndpointId"]
        self.assertEqual(self.described(), [f"VPC Endpoint Interface {made}"] * 2)

    def test_a_database_has_one_until_it_is_gone(self) -> None:
        rds, subnets, database = client("rds"), name("subnets"), name("db")
        rds.create_db_subnet_group(
            DBSubnetGroupName=subnets, DBSubnetGroupDescription="d", SubnetIds=self.place["subnets"]
        )
        rds.create_db_instance(
            DBInstanceIdentifier=database,
            Engine="postgres",
            DBInstanceClass="db.t4g.micro",
            DBSubnetGroupName=subnets,
            VpcSecurityGroupIds=[self.group],
        )
        self.assertEqual([self.described(), self.described()], [["RDSNetworkInterface"]] * 2)
        rds.delete_db_instance(DBInstanceIdentifier=database, SkipFinalSnapshot=True)
        self.assertEqual(self.described(), [])

    def test_a_cache_has_one_until_it_is_gone(self) -> None:
        cache, subnets, group = client("elasticache"), name("subnets"), name("cache")
        cache.create_cache_subnet_group(
            CacheSubnetGroupName=subnets, CacheSubnetGroupDescription="d", SubnetIds=self.place["subnets"]
        )
        cache.create_replication_group(
            ReplicationGroupId=group,
            ReplicationGroupDescription="d",
            Engine="redis",
            CacheNodeType="cache.t4g.micro",
            CacheSubnetGroupName=subnets,
            SecurityGroupIds=[self.group],
        )
        self.assertEqual(self.described(), [f"ElastiCache {group}"])
        cache.delete_replication_group(ReplicationGroupId=group)
        self.assertEqual(self.described(), [])


class Macie(Case):
    def test_is_off_until_it_is_turned_on(self) -> None:
        macie = client("macie2")
        self.refused("AccessDeniedException", macie.get_macie_session)
        macie.enable_macie()
        self.assertEqual(macie.get_macie_session()["status"], "ENABLED")
        macie.disable_macie()
        self.refused("AccessDeniedException", macie.get_macie_session)
