"""RDS: which versions of PostgreSQL there are, and which authority signs an instance's certificate.

moto has neither call, and keeps a major version that it is given ("16"). AWS chooses that one's latest minor version and tells
it of the instance (https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-versions.html).
"""

from typing import Any

from moto.core.responses import ActionResult, PaginatedResult
from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBInstance
from moto.rds.responses import RDSResponse

from awslocal import patch

# PostgreSQL's major versions → their latest minor version here. AWS's go on; nothing may depend on one.
POSTGRES = {"15": "15.14", "16": "16.10", "17": "17.6"}

# An instance that asks for none gets the first. The years are AWS's: 2048 bits for 40 years, the others for 100
# (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html).
AUTHORITIES = {"rds-ca-rsa2048-g1": 2061, "rds-ca-rsa4096-g1": 2121, "rds-ca-ecc384-g1": 2121}


@patch.around(DBInstance, "__init__")
def _create(original: Any, db: DBInstance, *args: Any, **kwargs: Any) -> None:
    original(db, *args, **kwargs)
    if db.ca_certificate_identifier == "rds-ca-default":  # moto's word for nothing asked
        db.ca_certificate_identifier = next(iter(AUTHORITIES))
    _complete(db)


@patch.around(DBInstance, "update")
def _modify(original: Any, db: DBInstance, **kwargs: Any) -> None:
    original(db, **kwargs)
    _complete(db)


def _complete(db: DBInstance) -> None:
    if db.engine == "postgres":
        db.engine_version = POSTGRES.get(str(db.engine_version), db.engine_version)


@patch.add(RDSResponse)
def describe_db_engine_versions(self: RDSResponse) -> ActionResult:
    """PostgreSQL's versions, of all engines the one that runs here; by engine and by version, major or whole."""
    engine, version = self.params.get("Engine", "postgres"), self.params.get("EngineVersion", "")
    found = [
        {
            "Engine": "postgres",
            "EngineVersion": minor,
            "MajorEngineVersion": major,
            "DBParameterGroupFamily": f"postgres{major}",
            "DBEngineDescription": "PostgreSQL",
            "DBEngineVersionDescription": f"PostgreSQL {minor}-R1",
            "Status": "available",
        }
        for major, minor in POSTGRES.items()
        if engine == "postgres" and version in ("", major, minor)
    ]
    return PaginatedResult({"DBEngineVersions": found})


@patch.add(RDSResponse)
def describe_certificates(self: RDSResponse) -> ActionResult:
    """The authorities, or the one that is asked for."""
    wanted = self.params.get("CertificateIdentifier")
    if wanted and wanted not in AUTHORITIES:
        raise RDSClientError("CertificateNotFound", f"Certificate {wanted} not found.")
    return PaginatedResult({"Certificates": [_authority(self, name) for name in AUTHORITIES if wanted in (None, name)]})


def _authority(self: RDSResponse, name: str) -> dict[str, Any]:
    return {
        "CertificateIdentifier": name,
        "CertificateType": "CA",
        "CertificateArn": f"arn:aws:rds:{self.region}::cert:{name}",
        "ValidFrom": "2021-05-21T00:00:00Z",
        "ValidTill": f"{AUTHORITIES[name]}-05-21T00:00:00Z",
        "CustomerOverride": False,
    }
