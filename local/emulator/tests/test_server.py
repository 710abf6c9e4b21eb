"""That the additions are where moto looks for them. Does not prove what each of them does."""

import re
import threading
import unittest
from pathlib import Path

from moto.backends import list_of_moto_modules

from awslocal import server

PACKAGE = Path(server.__file__).parent


class Additions(unittest.TestCase):
    def test_are_for_services_moto_has(self) -> None:
        self.assertEqual(set(server.ADDITIONS) - set(list_of_moto_modules()), set())

    def test_are_all_used(self) -> None:
        patching = {path.stem for path in PACKAGE.glob("*.py") if "\n@patch." in path.read_text()}
        listed = {name for names in (server.SHARED, *server.ADDITIONS.values()) for name in names}
        imported = {name for used in listed for name in re.findall(r"\b\w+\b", self.imports(used))}
        self.assertEqual(patching - listed - imported, set())

    def imports(self, module: str) -> str:
        """The modules of ours that a module imports."""
        return " ".join(re.findall(r"^from awslocal import (.*)$", (PACKAGE / f"{module}.py").read_text(), re.M))


class OneAtATime(unittest.TestCase):
    def test_calls_do_not_overlap(self) -> None:
        inside, together = threading.Semaphore(1), []

        def application(*_: object) -> object:
            together.append(not inside.acquire(blocking=False))
            yield b"half"
            inside.release()
            yield b"whole"

        layer = server.OneAtATime(application)
        threads = [threading.Thread(target=layer, args=({}, None)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(together, [False] * 20)
