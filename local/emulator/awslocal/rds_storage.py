"""RDS's storage grows by a tenth at least, and an instance knows when it was last changed.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html, AllocatedStorage: a value that is less than
10 % above the current one is rounded up to that. What is refused on the way is in rules/databases.py.
"""

from datetime import UTC, datetime
from typing import Any

from moto.rds.responses import RDSResponse

from awslocal import patch
from awslocal.rules.databases import changes_storage


def _grown(gib: int) -> int:
    """A tenth more, rounded up."""
    return -(-gib * 11 // 10)


@patch.around(RDSResponse, "modify_db_instance")
def _modify(original: Any, self: RDSResponse) -> Any:
    database = self.backend.databases.get(self.params["DBInstanceIdentifier"])
    changed = database is not None and changes_storage(database, self.params)
    asked = self.params.get("AllocatedStorage")
    if changed and asked is not None and int(asked) > int(database.allocated_storage):
        self.params["AllocatedStorage"] = max(int(asked), _grown(int(database.allocated_storage)))
    answer = original(self)
    if changed:
        database.storage_changed_at = datetime.now(UTC)
    return answer
