"""CloudWatch Logs filter patterns: which log events one finds, and what it reads out of them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html. Three kinds: terms (ERROR,
"exact phrase", ?this ?that, -not, %regular expression%), JSON ({ $.level = "error" }) and columns ([ip, status = 5*]).
"""

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

from awslocal import log_fields
from awslocal.log_conditions import PatternError
from awslocal.log_fields import Found

# The fields of a message that fits, by the name a metric filter gives them ($.a.b or $column); None when it does not.
Pattern = Callable[[str], Found | None]
_TERM = re.compile(r"""\s*(?P<mark>[?-]?)(?:"(?P<phrase>(?:\\.|[^"\\])*)"|%(?P<regex>[^%]+)%|(?P<word>[^\s"%]+))""")


class _Nothing(Mapping[str, Any]):
    """The fields of a message that has none."""

    def __getitem__(self, name: str) -> Any:
        raise KeyError(name)

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


@functools.lru_cache(maxsize=256)
def compile(pattern: str) -> Pattern:
    """The pattern as a function; PatternError when CloudWatch Logs would refuse it."""
    text = pattern.strip()
    if text.startswith("{"):
        return log_fields.json_pattern(text)
    if text.startswith("["):
        return log_fields.column_pattern(text)
    return _terms(text)


def _terms(text: str) -> Pattern:
    """All words, none of those marked -, and one of those marked ?; AWS ignores ? beside terms without it."""
    marked: dict[str, list[Callable[[str], bool]]] = {"": [], "?": [], "-": []}
    at = 0
    while at < len(text):
        found = _TERM.match(text, at)
        if not found or found.end() == at:
            raise PatternError("Invalid filter pattern")
        at = found.end()
        marked[found.group("mark")].append(_term(found))
    needed, some, none = marked[""], marked["?"], marked["-"]
    if needed or none:
        some = []

    def fits(message: str) -> Found | None:
        good = (
            all(term(message) for term in needed)
            and (not some or any(term(message) for term in some))
            and not any(term(message) for term in none)
        )
        return _Nothing() if good else None

    return fits


def _term(found: re.Match[str]) -> Callable[[str], bool]:
    if found.group("regex"):
        return _regex(found.group("regex"))
    phrase = found.group("phrase")
    text = found.group("word") if phrase is None else re.sub(r"\\(.)", r"\1", phrase)
    return lambda message: text in message


def _regex(text: str) -> Callable[[str], bool]:
    try:
        expression = re.compile(text)
    except re.error as error:
        raise PatternError(f"Invalid filter pattern: {error}") from error
    return lambda message: expression.search(message) is not None
