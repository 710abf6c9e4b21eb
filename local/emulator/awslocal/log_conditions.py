"""Conditions on the fields of a log event: $.level = "error" && $.code >= 500."""

import fnmatch
import operator
import re
from collections.abc import Callable
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:(?P<sign>&&|\|\||!=|<=|>=|[()=<>{}])|"(?P<text>(?:\\.|[^"\\])*)"|%(?P<regex>[^%]+)%"""
    r"""|(?P<path>\$(?:\.[\w@-]+|\[(?:\d+|\*|'[^']+'|"[^"]+")\])+)|(?P<word>[^\s()=<>{}&|"]+))"""
)
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_IS = {"NULL": None, "TRUE": True, "FALSE": False}


class PatternError(ValueError):
    """A filter pattern that CloudWatch Logs refuses."""


# From a path, $.a.b, to the values there: none, one, or several for $.a[*].
Lookup = Callable[[str], list[Any]]
Test = Callable[[Lookup], bool]


class Parser:
    """Reads conditions; whoever uses it takes the brackets around them."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at, text = 0, text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if not found:
                raise PatternError("Invalid filter pattern")
            kind = str(found.lastgroup)
            self._tokens.append((kind, found.group(kind)))
            at = found.end()
        self._at = 0

    def either(self) -> Test:
        """The conditions from here on, as far as they go."""
        tests = [self._both()]
        while self._taken("||"):
            tests.append(self._both())
        return lambda lookup: any(test(lookup) for test in tests)

    def _both(self) -> Test:
        tests = [self._single()]
        while self._taken("&&"):
            tests.append(self._single())
        return lambda lookup: all(test(lookup) for test in tests)

    def _single(self) -> Test:
        if self._taken("("):
            inner = self.either()
            self.need(")")
            return inner
        kind, path = self._next()
        if kind != "path":
            raise PatternError("Invalid filter pattern")
        kind, sign = self._next()
        if kind == "word":
            return self._word(path, sign.upper())
        if sign not in ("=", "!=", *_ORDER):
            raise PatternError("Invalid filter pattern")
        test = _comparison(sign, *self._next())
        return lambda lookup: any(test(value) for value in lookup(path))

    def _word(self, path: str, word: str) -> Test:
        """$.a IS NULL, $.a NOT EXISTS and their like."""
        _, what = self._next()
        if word == "NOT" and what.upper() == "EXISTS":
            return lambda lookup: not lookup(path)
        if word == "IS" and what.upper() in _IS:
            wanted = _IS[what.upper()]
            return lambda lookup: any(value is wanted for value in lookup(path))
        raise PatternError("Invalid filter pattern")

    def need(self, sign: str) -> None:
        """Take this sign."""
        if not self._taken(sign):
            raise PatternError("Invalid filter pattern")

    def end(self) -> None:
        """Nothing may follow."""
        if self._at < len(self._tokens):
            raise PatternError("Invalid filter pattern")

    def _taken(self, sign: str) -> bool:
        fits = self._tokens[self._at : self._at + 1] == [("sign", sign)]
        self._at += fits
        return fits

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise PatternError("Invalid filter pattern")
        self._at += 1
        return self._tokens[self._at - 1]


def _comparison(sign: str, kind: str, wanted: str) -> Callable[[Any], bool]:
    number = _number(wanted) if kind == "word" else None
    if sign in _ORDER:
        if number is None:
            raise PatternError("Invalid filter pattern")
        return lambda value: (actual := _number(value)) is not None and _ORDER[sign](actual, number)
    if kind == "sign" or kind == "path":
        raise PatternError("Invalid filter pattern")
    equal = _equality(kind, wanted, number)
    return equal if sign == "=" else lambda value: not equal(value)


def _equality(kind: str, wanted: str, number: float | None) -> Callable[[Any], bool]:
    if kind == "regex":
        try:
            expression = re.compile(wanted)
        except re.error as error:
            raise PatternError(f"Invalid filter pattern: {error}") from error
        return lambda value: isinstance(value, str) and expression.search(value) is not None
    if number is not None:
        return lambda value: _number(value) == number
    text = re.sub(r"\\(.)", r"\1", wanted)
    glob = re.compile(fnmatch.translate(re.sub(r"([?\[])", r"[\1]", text)))  # only * has a meaning
    return lambda value: isinstance(value, str) and glob.fullmatch(value) is not None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None
