"""The rules for changing moto's classes. Does not prove that a change is a good one."""

import unittest

from awslocal import patch


class Owner:
    def there(self) -> str:
        return "moto"

    def not_yet(self) -> str:
        raise NotImplementedError()

    @staticmethod
    def static(value: int) -> int:
        return value


class Patch(unittest.TestCase):
    def setUp(self) -> None:
        self.owner = type("Fresh", (), dict(Owner.__dict__))

    def test_add_refuses_what_is_there(self) -> None:
        def there(self: object) -> str:
            return "ours"

        with self.assertRaisesRegex(TypeError, "moto has it already"):
            patch.add(self.owner)(there)

    def test_add_takes_a_place_that_is_only_named(self) -> None:
        def not_yet(self: object) -> str:
            return "ours"

        patch.add(self.owner)(not_yet)
        self.assertEqual(self.owner().not_yet(), "ours")

    def test_replace_and_around_refuse_what_is_not_there(self) -> None:
        def missing(self: object) -> None: ...

        for change in (patch.replace(self.owner), patch.around(self.owner, "missing")):
            with self.assertRaisesRegex(TypeError, "does not have it"):
                change(missing)

    def test_around_gets_the_original(self) -> None:
        patch.around(self.owner, "there")(lambda original, self: original(self) + " and ours")
        self.assertEqual(self.owner().there(), "moto and ours")

    def test_static_stays_static(self) -> None:
        def static(value: int) -> int:
            return value + 1

        patch.around(self.owner, "static")(lambda original, value: original(value) * 2)
        self.assertEqual(self.owner.static(2), 4)
        patch.replace(self.owner)(static)
        self.assertEqual(self.owner().static(2), 3)
