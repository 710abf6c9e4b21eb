"""A container's output, read as it is written."""

import datetime
import threading
from typing import Any


class Follower:
    """Reads one container's output until it ends, on a thread of its own."""

    def __init__(self, client: Any, container: str) -> None:
        self._lines: list[tuple[int, str]] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, args=(client, container), daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether all there will ever be has been read."""
        return not self._thread.is_alive()

    def take(self) -> list[tuple[int, str]]:
        """The lines since the last time, each with its time in ms."""
        with self._lock:
            lines, self._lines = self._lines, []
        return lines

    def _read(self, client: Any, container: str) -> None:
        rest = b""
        try:
            for chunk in client.api.logs(container, stream=True, follow=True, timestamps=True):
                *lines, rest = (rest + chunk).split(b"\n")
                self._keep(lines)
        except Exception as error:  # noqa: BLE001 - the container, or the daemon, is gone: so is its output
            self._keep([f"{_now()} awslocal: the rest of this log could not be read: {error}".encode()])
        self._keep([rest])

    def _keep(self, lines: list[bytes]) -> None:
        """Empty lines are not kept: PutLogEvents refuses them."""
        read = [_line(line) for line in lines if line]
        with self._lock:
            self._lines += [line for line in read if line[1]]


def _line(line: bytes) -> tuple[int, str]:
    stamp, _, text = line.decode("utf-8", "replace").partition(" ")
    return milliseconds(stamp), text.rstrip("\r")


def milliseconds(stamp: str) -> int:
    """Docker's time of a line, RFC 3339 with nanoseconds, in ms."""
    head, _, fraction = stamp.rstrip("Z").partition(".")
    at = datetime.datetime.fromisoformat(head).replace(tzinfo=datetime.UTC)
    return int(at.timestamp()) * 1000 + int((fraction + "000")[:3])


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat().replace("+00:00", "Z")
