"""The databases and caches of this emulated AWS, for whoever runs real servers in their place: see local/databases.

moto keeps them as descriptions. What a server needs to stand in for one, credentials included, is told by
`GET /_awslocal/databases`, on loopback only; which snapshots are to hold their data, by `GET /_awslocal/snapshots`.
"""

from typing import Any

from moto.elasticache.models import elasticache_backends
from moto.rds.models import rds_backends

from awslocal import rds_data, settings


def listed() -> list[dict[str, Any]]:
    """RDS instances with PostgreSQL and ElastiCache replication groups, of the emulator's account and region."""
    chosen = settings.current()
    found = [_postgres(db) for db in rds_backends[chosen.account][chosen.region].databases.values()]
    groups = elasticache_backends[chosen.account][chosen.region].replication_groups.values()
    found = [one for one in found if one] + [_redis(group) for group in groups]
    return [{**one, "down": chosen.scenario.database_is_down(one["kind"], one["id"])} for one in found]


def _postgres(db: Any) -> dict[str, Any] | None:
    if db.engine != "postgres":
        return None
    return {
        "kind": "postgres",
        "id": db.db_instance_identifier,
        "host": db.address,
        "port": int(db.port),
        "user": db.master_username,
        "password": db._master_user_password,  # moto refuses to tell by the public name
        "database": db.db_name or "postgres",
        "instance": db.dbi_resource_id,
        "origin": rds_data.origin(db),
    }


def snapshots() -> list[dict[str, str]]:
    """The snapshots of the emulator's account and region that are to hold data."""
    chosen = settings.current()
    return rds_data.snapshots(rds_backends[chosen.account][chosen.region])


def _redis(group: Any) -> dict[str, Any]:
    """The primary endpoint, or the configuration endpoint of a group in cluster mode; the newest token of two."""
    endpoint = getattr(group, "configuration_endpoint", None) or {
        "address": group.node_groups[0]["primary_endpoint_address"],
        "port": group.port,
    }
    tokens = group.auth_tokens
    return {
        "kind": "redis",
        "id": group.replication_group_id,
        "host": endpoint["address"],
        "port": int(endpoint["port"]),
        "token": tokens[0] if tokens else None,
    }
