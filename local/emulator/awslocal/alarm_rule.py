"""The rule of a composite alarm: ALARM("a") AND NOT (OK(b) OR INSUFFICIENT_DATA(c)).

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
_TOKEN = re.compile(r'\s*(?:(?P<sign>[()])|"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<word>[^\s()"]+))')

# Given what state each alarm is in, whether the rule is true.
Test = Callable[[Callable[[str], str]], bool]


class RuleError(ValueError):
    """A rule that CloudWatch refuses; the text says why."""


@dataclass(frozen=True)
class Rule:
    """A rule with the names or ARNs of the alarms it speaks of, in its order."""

    test: Test
    alarms: tuple[str, ...]


def parse(text: str) -> Rule:
    """The rule in text; RuleError when it is none."""
    parser = _Parser(text)
    return Rule(parser.whole(), tuple(dict.fromkeys(parser.alarms)))


def name_of(alarm: str) -> str:
    """The name of an alarm that a rule gives by name or by ARN."""
    return alarm.split(":", 6)[6] if alarm.startswith("arn:") and alarm.count(":") >= 6 else alarm


class _Parser:
    def __init__(self, text: str) -> None:
        self.alarms: list[str] = []
        self._tokens: list[tuple[str, str]] = []
        at, text = 0, text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if not found:
                raise RuleError(f"unexpected text at '{text[at:][:20]}'")
            kind = str(found.lastgroup)
            value = found.group(kind)
            self._tokens.append((kind, re.sub(r"\\(.)", r"\1", value) if kind == "quoted" else value))
            at = found.end()
        self._at = 0

    def whole(self) -> Test:
        test = self._either()
        if self._at < len(self._tokens):
            raise RuleError(f"unexpected '{self._tokens[self._at][1]}'")
        return test

    def _either(self) -> Test:
        tests = [self._both()]
        while self._taken("word", "OR"):
            tests.append(self._both())
        return lambda state: any(test(state) for test in tests)

    def _both(self) -> Test:
        tests = [self._single()]
        while self._taken("word", "AND"):
            tests.append(self._single())
        return lambda state: all(test(state) for test in tests)

    def _single(self) -> Test:
        if self._taken("word", "NOT"):
            inner = self._single()
            return lambda state: not inner(state)
        if self._taken("sign", "("):
            inner = self._either()
            self._need(")")
            return inner
        _, word = self._next()
        if word in ("TRUE", "FALSE"):
            return lambda _: word == "TRUE"
        if word == "AT_LEAST":
            raise NotImplementedError("AT_LEAST in an alarm rule")
        if word not in STATES:
            raise RuleError(f"unexpected '{word}'")
        self._need("(")
        kind, alarm = self._next()
        if kind == "sign":
            raise RuleError(f"the name of an alarm is missing in {word}()")
        self._need(")")
        self.alarms.append(alarm)
        return lambda state: state(alarm) == word

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise RuleError("the rule ends too early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _taken(self, kind: str, value: str) -> bool:
        fits = self._tokens[self._at : self._at + 1] == [(kind, value)]
        self._at += fits
        return fits

    def _need(self, sign: str) -> None:
        if not self._taken("sign", sign):
            raise RuleError(f"'{sign}' is missing")
