"""RDS's instances take AWS's time: creating, then backing up for the first time, then available; modifying after a change.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status. An instance that
is not available is not changed: InvalidDBInstanceState, which callers have to wait out.
"""

from typing import Any

from moto.rds.models import DBInstance, RDSBackend
from moto.rds.responses import RDSResponse

from awslocal import patch, states
from awslocal.errors import Refused

states.show(DBInstance, "status")


def _made(duration: str) -> Any:
    def make(original: Any, backend: RDSBackend, *args: Any, **kwargs: Any) -> DBInstance:
        database = original(backend, *args, **kwargs)
        asked = args[-1].get("backup_retention_period")
        if asked is not None:  # 0, too: moto gives a copy what its source has
            database.backup_retention_period = int(asked)
        backups = [("backing-up", "database first backup")] if int(database.backup_retention_period or 0) else []
        states.begin(database, database.db_instance_identifier, ("creating", duration), *backups)
        return database

    return make


patch.around(RDSBackend, "create_db_instance")(_made("database creating"))
patch.around(RDSBackend, "restore_db_instance_from_db_snapshot")(_made("database restoring"))
patch.around(RDSBackend, "restore_db_instance_to_point_in_time")(_made("database restoring"))


@patch.around(RDSResponse, "modify_db_instance")
def _modify(original: Any, self: RDSResponse) -> Any:
    identifier = self.params["DBInstanceIdentifier"]
    database = self.backend.databases.get(identifier)
    if database and (state := states.in_progress(database)):
        raise Refused("InvalidDBInstanceState", f"Database instance is not in available state: {identifier} is {state}.")
    answer = original(self)
    if database:
        states.begin(database, database.db_instance_identifier, ("modifying", "database modifying"))
    return answer
