"""ECR's additions (B16). Does not prove that a Docker daemon can push: the registry is another process."""

import datetime
import hashlib
import json

from tests.support import REGISTRY, Case, client, name


def manifest(layer: int = 5) -> tuple[str, str]:
    """An image manifest and its digest."""
    text = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": {"size": 10, "digest": "sha256:" + "1" * 64},
            "layers": [{"size": layer, "digest": "sha256:" + "2" * 64}],
        },
        indent=3,
    )
    return text, "sha256:" + hashlib.sha256(text.encode()).hexdigest()


class Ecr(Case):
    def setUp(self) -> None:
        self.ecr = client("ecr")
        self.repository = name("repo")
        self.created = self.create()

    def create(self, mutability: str = "IMMUTABLE") -> dict:
        return self.ecr.create_repository(repositoryName=self.repository, imageTagMutability=mutability)["repository"]

    def put(self, text: str, **more: str) -> dict:
        return self.ecr.put_image(repositoryName=self.repository, imageManifest=text, **more)["image"]

    def test_repository_uri_is_the_registry(self) -> None:
        self.assertEqual(self.created["repositoryUri"], f"{REGISTRY}/{self.repository}")

    def test_authorization_points_to_the_registry_and_is_valid(self) -> None:
        token = self.ecr.get_authorization_token()["authorizationData"][0]
        self.assertEqual(token["proxyEndpoint"], f"http://{REGISTRY}")
        self.assertGreater(token["expiresAt"], datetime.datetime.now(datetime.UTC))

    def test_digest_is_that_of_the_manifest(self) -> None:
        text, digest = manifest()
        self.assertEqual(self.put(text, imageTag="v1")["imageId"], {"imageDigest": digest, "imageTag": "v1"})
        for image in ({"imageTag": "v1"}, {"imageDigest": digest}, {"imageDigest": digest, "imageTag": "v1"}):
            details = self.ecr.describe_images(repositoryName=self.repository, imageIds=[image])["imageDetails"]
            self.assertEqual(
                [(d["imageDigest"], d["imageTags"], d["imageSizeInBytes"]) for d in details], [(digest, ["v1"], 15)]
            )
            images = self.ecr.batch_get_image(repositoryName=self.repository, imageIds=[image])["images"]
            self.assertEqual([i["imageManifest"] for i in images], [text])

    def test_given_digest_must_be_that_of_the_manifest(self) -> None:
        text, digest = manifest()
        self.assertEqual(self.put(text, imageTag="v1", imageDigest=digest)["imageId"]["imageDigest"], digest)
        self.refused(
            "ImageDigestDoesNotMatchException", self.put, text=text, imageTag="v2", imageDigest="sha256:" + "0" * 64
        )

    def test_immutable_tag_stays(self) -> None:
        text, digest = manifest()
        self.put(text, imageTag="v1")
        self.refused("ImageAlreadyExistsException", self.put, text=text, imageTag="v1")
        self.refused("ImageTagAlreadyExistsException", self.put, text=manifest(6)[0], imageTag="v1")
        found = self.ecr.describe_images(repositoryName=self.repository, imageIds=[{"imageTag": "v1"}])
        self.assertEqual(found["imageDetails"][0]["imageDigest"], digest)

    def test_second_tag_of_an_image(self) -> None:
        text, digest = manifest()
        self.put(text, imageTag="v1")
        self.put(text, imageTag="v2")
        details = self.ecr.describe_images(repositoryName=self.repository)["imageDetails"]
        self.assertEqual([(d["imageDigest"], d["imageTags"]) for d in details], [(digest, ["v1", "v2"])])

    def test_moved_tag_leaves_the_image_untagged(self) -> None:
        self.repository = name("repo")
        self.create("MUTABLE")
        old, new = manifest(1), manifest(2)
        self.put(old[0], imageTag="v1")
        self.put(new[0], imageTag="v1")
        untagged = self.ecr.describe_images(repositoryName=self.repository, filter={"tagStatus": "UNTAGGED"})[
            "imageDetails"
        ]
        self.assertEqual([d["imageDigest"] for d in untagged], [old[1]])

    def test_missing_image_is_a_failure_not_an_image(self) -> None:
        text, digest = manifest()
        self.put(text, imageTag="v1")
        answer = self.ecr.batch_get_image(
            repositoryName=self.repository, imageIds=[{"imageTag": "v1", "imageDigest": "sha256:" + "0" * 64}]
        )
        self.assertEqual((answer["images"], answer["failures"][0]["failureCode"]), ([], "ImageNotFound"))

    def test_put_into_no_repository(self) -> None:
        self.repository = name("none")
        self.refused("RepositoryNotFoundException", self.put, text=manifest()[0], imageTag="v1")
