"""A call whose answer was lost: what the SDK sends again must not be done again."""

import json
import unittest
from typing import Any

from awslocal.retries import Retries, attempt_of
from tests.support import Case, client, data, name


class Counting:
    """An application that counts its calls and answers with the number."""

    def __init__(self, status: str = "200 OK") -> None:
        self.calls, self.status = 0, status

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.calls += 1
        start_response(self.status, [("X-Call", str(self.calls))])
        return [str(self.calls).encode()]


def ask(application: Any, call: str, attempt: int) -> bytes:
    environ = {"HTTP_AMZ_SDK_INVOCATION_ID": call, "HTTP_AMZ_SDK_REQUEST": f"attempt={attempt}; max=25"}
    return b"".join(application(environ, lambda *_: None))


class RetriesTest(unittest.TestCase):
    def test_repeats_the_answer_of_an_attempt_that_succeeded(self) -> None:
        behind = Counting()
        retries = Retries(behind)
        self.assertEqual([ask(retries, "a", 1), ask(retries, "a", 2), ask(retries, "b", 1)], [b"1", b"1", b"2"])
        self.assertEqual(behind.calls, 2)

    def test_asks_again_after_a_refusal(self) -> None:
        behind = Counting("503 Service Unavailable")
        retries = Retries(behind)
        self.assertEqual([ask(retries, "a", 1), ask(retries, "a", 2)], [b"1", b"2"])

    def test_a_first_attempt_is_never_taken_for_a_second(self) -> None:
        retries = Retries(Counting())
        self.assertEqual([ask(retries, "a", 1), ask(retries, "a", 1)], [b"1", b"2"])

    def test_reads_the_attempt(self) -> None:
        for header, attempt in {"attempt=3; max=25": 3, "ttl=20250101T000000Z; attempt=2; max=3": 2, "": 1}.items():
            with self.subTest(header):
                self.assertEqual(attempt_of({"HTTP_AMZ_SDK_REQUEST": header}), attempt)


class Running(Case):
    def test_a_creation_sent_twice_is_made_once(self) -> None:
        """With the SDK's own headers: the second attempt of the very call gets the first one's answer."""
        ecr, repository, sent = client("ecr"), name("repo"), []

        def capture(request: Any, **_: Any) -> None:
            attempt = 2 if sent else 1
            if sent:
                request.headers["amz-sdk-invocation-id"] = sent[0]
            else:
                sent.append(request.headers["amz-sdk-invocation-id"])
            request.headers["amz-sdk-request"] = f"attempt={attempt}"

        ecr.meta.events.register("before-send.ecr.CreateRepository", capture)
        try:
            made = [ecr.create_repository(repositoryName=repository)["repository"]["repositoryUri"] for _ in range(2)]
        finally:
            ecr.meta.events.unregister("before-send.ecr.CreateRepository", capture)
        self.assertEqual(made[0], made[1])
        lines = [json.loads(line) for line in (data() / "calls.jsonl").read_text().splitlines()]
        again = [line for line in lines if line["call"] == "ecr:CreateRepository"][-1]
        self.assertEqual((again["attempt"], again["repeated"]), (2, True))
