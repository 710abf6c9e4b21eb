"""The grammar of CloudWatch metric math: text to tree.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html. Nothing of an expression is
ever handed to Python to run.
"""

import re
from dataclasses import dataclass

LONGEST = 2048  # characters of an expression in GetMetricData
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r"""|(?P<text>"[^"]*"|'[^']*')"""
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>()\[\],]))"
)
# Weakest first. AND and OR are AWS's own words for && and ||.
_LEVELS = (("||",), ("&&",), ("==", "!=", "<=", ">=", "<", ">"), ("+", "-"), ("*", "/"))
_WORDS = {"AND": "&&", "OR": "||"}


class MathError(ValueError):
    """An expression that CloudWatch refuses; the text says why."""


@dataclass(frozen=True)
class Number:
    """A constant."""

    value: float


@dataclass(frozen=True)
class Text:
    """A quoted text, which only functions take."""

    value: str


@dataclass(frozen=True)
class Name:
    """A query's id, or one of the words that functions take, such as REPEAT."""

    value: str


@dataclass(frozen=True)
class Array:
    """Several series: [m1, m2]."""

    items: "tuple[Node, ...]"


@dataclass(frozen=True)
class Call:
    """A function with its arguments."""

    function: str
    arguments: "tuple[Node, ...]"


@dataclass(frozen=True)
class Operation:
    """Two values and what is done with them."""

    sign: str
    left: "Node"
    right: "Node"


Node = Number | Text | Name | Array | Call | Operation


def parse(expression: str) -> Node:
    """The tree of an expression; MathError when it is none."""
    if not expression.strip() or len(expression) > LONGEST:
        raise MathError(f"The expression must have 1 to {LONGEST} characters")
    parser = _Parser(_tokens(expression))
    try:
        node = parser.level(0)
    except RecursionError as error:
        raise MathError("The expression is nested too deeply") from error
    parser.expect("")
    return node


def _tokens(expression: str) -> list[tuple[str, str]]:
    tokens, at, text = [], 0, expression.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise MathError(f"Syntax error at '{text[at:].strip()[:20]}'")
        at, kind = found.end(), str(found.lastgroup)
        value = found.group(kind)
        tokens.append(("sign", _WORDS[value]) if value in _WORDS else (kind, value))
    return [*tokens, ("end", "")]


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def level(self, depth: int) -> Node:
        """Everything that binds at least as strongly as the signs of this level."""
        if depth == len(_LEVELS):
            return self._signed()
        left = self.level(depth + 1)
        while (sign := self._peek("sign")) in _LEVELS[depth]:
            self._at += 1
            left = Operation(sign, left, self.level(depth + 1))
        return left

    def expect(self, value: str) -> None:
        """Take this token, or say what stands there instead."""
        found = self._tokens[self._at][1]
        if found != value:
            wanted = f"'{value}' was expected" if value else "nothing was expected"
            raise MathError(f"Syntax error at '{found or 'the end'}': {wanted}")
        self._at += 1

    def _signed(self) -> Node:
        if self._peek("sign") in ("-", "+"):
            sign = self._take()
            value = self._signed()
            return Operation("-", Number(0.0), value) if sign == "-" else value
        base = self._single()
        if self._peek("sign") == "^":
            self._at += 1
            return Operation("^", base, self._signed())
        return base

    def _single(self) -> Node:
        kind, value = self._tokens[self._at]
        if kind == "end" or (kind == "sign" and value not in ("(", "[")):
            raise MathError(f"Syntax error at '{value or 'the end'}'")
        self._at += 1
        if kind == "number":
            return Number(float(value))
        if kind == "text":
            return Text(value[1:-1])
        if value == "(":
            inner = self.level(0)
            self.expect(")")
            return inner
        if value == "[":
            return Array(self._list("]"))
        if self._peek("sign") == "(":
            self._at += 1
            return Call(value, self._list(")"))
        return Name(value)

    def _list(self, closing: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while self._peek("sign") != closing or items:
            items.append(self.level(0))
            if self._peek("sign") != ",":
                break
            self._at += 1
        self.expect(closing)
        return tuple(items)

    def _peek(self, kind: str) -> str:
        found, value = self._tokens[self._at]
        return value if found == kind else ""

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1][1]
