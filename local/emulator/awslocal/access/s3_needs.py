"""What calls of S3 need: on the bucket or its objects, and of the key that encrypts them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html. An object that is not there is
answered with 403 to who may not list the bucket, as S3 does not say whether it exists.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.s3.models import FakeBucket, FakeKey, s3_backends

from awslocal import settings
from awslocal.access import kms_needs, parameters, reference
from awslocal.access.decide import Need, NotEmulated
from awslocal.calls import Call

# Actions on a bucket that have another name than their call.
NAMES = {
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
# Calls on an object → the action, and the action for a version of it.
READ = ("GetObject", "GetObjectVersion")
OBJECT = {
    "AbortMultipartUpload": ("AbortMultipartUpload",) * 2,
    "CompleteMultipartUpload": ("PutObject",) * 2,
    "CopyObject": ("PutObject",) * 2,
    "CreateMultipartUpload": ("PutObject",) * 2,
    "DeleteObject": ("DeleteObject", "DeleteObjectVersion"),
    "DeleteObjectTagging": ("DeleteObjectTagging", "DeleteObjectVersionTagging"),
    "GetObject": READ,
    "GetObjectAcl": ("GetObjectAcl", "GetObjectVersionAcl"),
    "GetObjectTagging": ("GetObjectTagging", "GetObjectVersionTagging"),
    "HeadObject": READ,
    "ListParts": ("ListMultipartUploadParts",) * 2,
    "PutObject": ("PutObject",) * 2,
    "PutObjectAcl": ("PutObjectAcl", "PutObjectVersionAcl"),
    "PutObjectTagging": ("PutObjectTagging", "PutObjectVersionTagging"),
    "UploadPart": ("PutObject",) * 2,
    "UploadPartCopy": ("PutObject",) * 2,
}
ENCRYPTING = {"PutObject", "CopyObject"}
ENCRYPTING_IN_PARTS = {"CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload"}
# Headers and parameters that conditions may ask about.
ASKED_HEADERS = (
    "x-amz-acl", "x-amz-copy-source", "x-amz-metadata-directive", "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-storage-class", "x-amz-content-sha256",
)  # fmt: skip
ASKED_PARAMETERS = {"prefix": "s3:prefix", "delimiter": "s3:delimiter", "max-keys": "s3:max-keys", "versionId": "s3:VersionId"}


def names(call: str) -> list[str]:
    """The actions that a call may need, whatever it is about."""
    if call == "DeleteObjects":
        return ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    return [f"s3:{OBJECT[call][0] if call in OBJECT else NAMES.get(call, call)}"]


@dataclass(frozen=True)
class _Request:
    """A request's bucket, key, query and headers."""

    call: str
    bucket: str
    key: str
    query: dict[str, list[str]]
    environ: dict[str, Any]

    def header(self, name: str) -> str:
        return str(self.environ.get("HTTP_" + name.upper().replace("-", "_"), ""))

    @property
    def context(self) -> dict[str, str]:
        """The condition keys of S3. TLS is what the emulated endpoint stands for, see s3.py."""
        out = {f"s3:{name}": self.header(name) for name in ASKED_HEADERS if self.header(name)}
        out |= {key: self.query[name][0] for name, key in ASKED_PARAMETERS.items() if name in self.query}
        return {**out, "s3:TlsVersion": "1.3"}


def needs(call: Call, environ: dict[str, Any]) -> list[Need]:
    """Everything a request needs."""
    path = unquote(environ.get("PATH_INFO", "/")).lstrip("/")
    bucket, _, key = path.partition("/")
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    request = _Request(call.action, bucket, key, query, environ)
    if call.action in OBJECT:
        return list(_on_object(request))
    if call.action == "DeleteObjects":
        return list(_on_each(request))
    (action,) = names(call.action)
    if not reference.has_action(action):
        raise NotEmulated(f"which action of IAM {call} needs is not emulated")
    return [Need(action, _arn(bucket) if reference.resource_patterns(action) else "*", request.context)]


def _on_object(request: _Request) -> Iterator[Need]:
    action = OBJECT[request.call]["versionId" in request.query]
    yield Need(f"s3:{action}", _arn(request.bucket, request.key), request.context)
    for header, more in (("x-amz-tagging", "PutObjectTagging"), ("x-amz-acl", "PutObjectAcl")):
        if request.header(header) and request.call in ENCRYPTING | ENCRYPTING_IN_PARTS:
            yield Need(f"s3:{more}", _arn(request.bucket, request.key), request.context)
    if request.call in ("CopyObject", "UploadPartCopy"):
        source = unquote(request.header("x-amz-copy-source")).lstrip("/").partition("?versionId=")
        bucket, _, key = source[0].partition("/")
        yield Need(f"s3:{READ[bool(source[2])]}", _arn(bucket, key), request.context)
        yield from _decrypt(bucket, key, request)
    if request.call in ENCRYPTING:
        yield from _encrypt(request, ["GenerateDataKey"])
    elif request.call in ENCRYPTING_IN_PARTS:
        yield from _encrypt(request, ["GenerateDataKey", "Decrypt"])
    elif request.call in ("GetObject", "HeadObject"):
        yield from _decrypt(request.bucket, request.key, request)


def _on_each(request: _Request) -> Iterator[Need]:
    """Every object that DeleteObjects names; S3 refuses them one by one, this the whole call."""
    text = parameters.body(request.environ).decode("utf-8", "replace")
    for entry in re.findall(r"<Object>(.*?)</Object>", text, re.DOTALL):
        key = re.search(r"<Key>(.*?)</Key>", entry, re.DOTALL)
        action = "s3:DeleteObjectVersion" if "<VersionId>" in entry else "s3:DeleteObject"
        yield Need(action, _arn(request.bucket, _unescaped(key.group(1)) if key else ""), request.context)


def _encrypt(request: _Request, actions: list[str]) -> list[Need]:
    bucket = _bucket(request.bucket)
    default = _default(bucket)
    if (request.header("x-amz-server-side-encryption") or default.get("SSEAlgorithm", "")) != "aws:kms":
        return []
    key = request.header("x-amz-server-side-encryption-aws-kms-key-id") or default.get("KMSMasterKeyID")
    return kms_needs.through("s3", key, actions, _about(bucket, request.bucket, request.key))


def _decrypt(bucket_name: str, key: str, request: _Request) -> list[Need]:
    """The key of an object that is there; of one that is not, the permission to be told so."""
    bucket = _bucket(bucket_name)
    if bucket is None:
        return []
    version = request.query.get("versionId", [""])[0]
    found = next((k for k in reversed(bucket.keys.getlist(key, [])) if version in ("", k.version_id)), None)
    if not isinstance(found, FakeKey):
        return [Need("s3:ListBucket", _arn(bucket_name), request.context)]
    if found.encryption != "aws:kms":
        return []
    return kms_needs.through("s3", found.kms_key_id, ["Decrypt"], _about(bucket, bucket_name, key))


def _about(bucket: FakeBucket | None, name: str, key: str) -> dict[str, str]:
    """The encryption context: the object or, with a bucket key, the bucket."""
    whole = bucket is not None and bucket.encryption and bucket.encryption["Rule"].get("BucketKeyEnabled") in (True, "true")
    return {"aws:s3:arn": _arn(name) if whole else _arn(name, key)}


def _bucket(name: str) -> FakeBucket | None:
    return s3_backends[settings.current().account]["aws"].buckets.get(name)


def _default(bucket: FakeBucket | None) -> dict[str, Any]:
    if bucket is None or not bucket.encryption:
        return {}
    return bucket.encryption["Rule"].get("ApplyServerSideEncryptionByDefault") or {}


def _arn(bucket: str, key: str = "") -> str:
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"


def _unescaped(text: str) -> str:
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#13;", "\r"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text
