"""ECR: repository addresses a Docker daemon can reach, and images under their real digests (B16).

moto has no OCI registry behind its repositories. The registry itself is another process, which tells ECR of each
manifest by PutImage; here repositoryUri and the authorization point to it, and PutImage keeps what AWS keeps:

- the digest is that of the manifest's bytes (moto hashes the layers' digests, and has one constant for none);
- a tag of an immutable repository stays where it is: another digest under it is ImageTagAlreadyExistsException,
  the same one again is ImageAlreadyExistsException (moto says the latter for both);
- moving a tag leaves the earlier image there, untagged (moto deletes it);
- sizes are those of the layers, and the authorization has not expired (moto: 2015).
"""

import fnmatch
import hashlib
import json
import time
from base64 import b64encode
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import ImageAlreadyExistsException, InvalidParameterException
from moto.ecr.models import ECRBackend, Image, Repository
from moto.ecr.responses import ECRResponse

from awslocal import patch, settings
from awslocal.errors import Refused

AUTHORIZATION_SECONDS = 12 * 60 * 60


@patch.around(Repository, "__init__")
def _create(original: Any, repository: Repository, *args: Any, **kwargs: Any) -> None:
    original(repository, *args, **kwargs)
    repository.uri = f"{settings.current().registry}/{repository.name}"


@patch.replace(ECRResponse)
def get_authorization_token(self: ECRResponse) -> ActionResult:
    """A user and password any registry on loopback may accept, for the registry this emulator points to."""
    token = b64encode(f"AWS:{self.current_account}-auth-token".encode()).decode()
    return ActionResult(
        {
            "authorizationData": [
                {
                    "authorizationToken": token,
                    "expiresAt": time.time() + AUTHORIZATION_SECONDS,
                    "proxyEndpoint": f"http://{settings.current().registry}",
                }
            ]
        }
    )


@patch.replace(ECRBackend)
def put_image(
    self: ECRBackend,
    repository_name: str,
    image_manifest: str,
    image_tag: str | None,
    image_manifest_mediatype: str | None = None,
    digest: str | None = None,
) -> Image:
    """Record a manifest, and its tag if it has one, under the digest of its bytes."""
    repository = self._get_repository(repository_name)
    media_type = image_manifest_mediatype or _parsed(image_manifest).get("mediaType")
    if not media_type:
        raise InvalidParameterException("image manifest mediatype not provided in manifest or parameter")
    actual = "sha256:" + hashlib.sha256(image_manifest.encode()).hexdigest()
    if digest and digest != actual:
        raise Refused(
            "ImageDigestDoesNotMatchException", f"Provided digest '{digest}' is not that of the manifest, '{actual}'"
        )
    image = next((i for i in repository.images if i.image_digest == actual), None)
    if image and (image_tag is None or image_tag in image.image_tags):
        raise ImageAlreadyExistsException(repository.name, repository.registry_id, actual, image_tag)
    _free_tag(repository, image_tag)
    if image:
        image.update_tag(image_tag)
    else:
        image = Image(self.account_id, image_tag, image_manifest, repository_name, media_type, actual)
        repository.images.append(image)
    return image


def _parsed(manifest: str) -> dict[str, Any]:
    try:
        return json.loads(manifest)
    except json.JSONDecodeError:
        raise InvalidParameterException(
            "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"
        ) from None


def _free_tag(repository: Repository, tag: str | None) -> None:
    """Take the tag from the image that has it, or refuse where tags are immutable."""
    holder = next((i for i in repository.images if tag and tag in i.image_tags), None)
    if holder is None:
        return
    excluded = any(
        fnmatch.fnmatchcase(tag, f["filter"]) for f in repository.image_tag_mutability_exclusion_filters or []
    )
    if repository.is_tag_immutable() != excluded:
        raise Refused(
            "ImageTagAlreadyExistsException",
            (
                f"The image tag '{tag}' already exists in the '{repository.name}' repository "
                "and cannot be overwritten because the repository is immutable."
            ),
        )
    holder.image_tags.remove(tag)
    holder.image_tag = holder.image_tags[-1] if holder.image_tags else None


@patch.around(ECRResponse, "describe_images")
def _describe_images(original: Any, self: ECRResponse) -> ActionResult:
    """moto ignores filter.tagStatus."""
    answer = original(self)
    status = (self._get_param("filter") or {}).get("tagStatus", "ANY")
    if status != "ANY":
        tagged = status == "TAGGED"
        details = answer.result["imageDetails"]
        answer.result["imageDetails"] = [d for d in details if bool(d.__dict__.get("image_tags")) == tagged]
    return answer


@patch.replace(ECRBackend)
def batch_get_image(
    self: ECRBackend,
    repository_name: str,
    registry_id: str | None = None,
    image_ids: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """Manifests by tag, by digest, or by both; moto takes "both" for "either"."""
    repository = self._get_repository(repository_name, registry_id)
    images, failures = [], []
    for wanted in image_ids or []:
        image = next((i for i in repository.images if _is(i, wanted)), None)
        if image is None:
            failures.append(
                {"imageId": wanted, "failureCode": "ImageNotFound", "failureReason": "Requested image not found"}
            )
            continue
        images.append(
            {
                "registryId": repository.registry_id,
                "repositoryName": repository.name,
                "imageId": {"imageDigest": image.image_digest, "imageTag": wanted.get("imageTag", image.image_tag)},
                "imageManifest": image.image_manifest,
                "imageManifestMediaType": image.image_manifest_media_type,
            }
        )
    return {"images": images, "failures": failures}


def _is(image: Image, wanted: dict[str, str]) -> bool:
    by_digest = wanted.get("imageDigest") in (None, image.image_digest)
    return by_digest and ("imageTag" not in wanted or wanted["imageTag"] in image.image_tags)


@patch.replace(Image)
def get_image_size_in_bytes(self: Image) -> int:
    """What a pull transfers: the layers and the configuration."""
    manifest = json.loads(self.image_manifest)
    parts = [*manifest.get("layers", []), manifest.get("config", {})]
    return sum(part.get("size", 0) for part in parts)
