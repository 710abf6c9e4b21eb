"""The command line, run as a process of its own. Does not prove that the machine's other ports are free."""

import os
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path
from unittest import mock

from awslocal import __main__ as command

HERE = Path(__file__).resolve().parents[1]


class Command(unittest.TestCase):
    def test_starts_writes_below_data_alone_and_ends_on_sigterm(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            elsewhere = Path(folder, "cwd")
            elsewhere.mkdir()
            before = self.written()
            with subprocess.Popen(
                [sys.executable, "-m", "awslocal", "--port", "0", "--data", "../data"],
                cwd=elsewhere,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": str(HERE)},
            ) as process:
                ready = process.stdout.readline()
                self.assertRegex(ready, r"^awslocal: ready at http://127\.0\.0\.1:\d+ ")
                urllib.request.urlopen(ready.split()[3] + "/moto-api/data.json").read()
                process.send_signal(signal.SIGTERM)
                rest, errors = process.communicate(timeout=10)
            self.assertEqual((process.returncode, rest, errors), (0, "", ""))
            self.assertEqual([p.name for p in Path(folder).iterdir() if p != elsewhere], ["data"])
            self.assertEqual((list(elsewhere.iterdir()), self.written() - before), ([], set()))

    def written(self) -> set[Path]:
        return set(HERE.rglob("*"))

    def test_other_versions_of_moto_are_refused(self) -> None:
        with mock.patch("importlib.metadata.version", return_value="5.2.2"):
            self.assertEqual(
                command.moto_problem(), "moto 5.2.2 is installed: this needs 5.2.1; install requirements.txt"
            )

    def test_missing_moto_is_said(self) -> None:
        with mock.patch("importlib.metadata.version", side_effect=command.importlib.metadata.PackageNotFoundError):
            self.assertIn("moto is not installed", command.moto_problem())
