"""S3: what AWS gives every new bucket, and moto gives none.

Objects are encrypted with S3's key where nothing else is set
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html), and access lists are off
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html).
"""

from typing import Any

from moto.s3.models import FakeBucket, S3Backend

from awslocal import patch

ENCRYPTION = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}}


@patch.around(S3Backend, "get_bucket_encryption")
def _encryption(original: Any, backend: S3Backend, bucket_name: str) -> dict[str, Any]:
    return original(backend, bucket_name) or ENCRYPTION


@patch.around(FakeBucket, "__init__")
def _create(original: Any, bucket: FakeBucket, *args: Any, **kwargs: Any) -> None:
    original(bucket, *args, **kwargs)
    bucket.ownership_rule = "BucketOwnerEnforced"
