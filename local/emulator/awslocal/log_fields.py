"""The fields of a log event, of its JSON or of its columns, and the filter patterns about them."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from awslocal.log_conditions import Parser, PatternError, Test

Found = Mapping[str, Any]


class Document(Mapping[str, Any]):
    """A JSON log event's values by their paths, $.a.b[0]."""

    def __init__(self, root: Any) -> None:
        self.root = root

    def __getitem__(self, path: str) -> Any:
        values = _at(self.root, path)
        if not values:
            raise KeyError(path)
        return values[0]

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


def json_pattern(text: str) -> Callable[[str], Found | None]:
    """A pattern of the form { $.a = 1 && … }; a message that is not a JSON object or array never fits."""
    parser = Parser(text)
    parser.need("{")
    test = parser.either()
    parser.need("}")
    parser.end()

    def fits(message: str) -> Found | None:
        try:
            root = json.loads(message)
        except ValueError:
            return None
        return Document(root) if isinstance(root, dict | list) and test(lambda path: _at(root, path)) else None

    return fits


def column_pattern(text: str) -> Callable[[str], Found | None]:
    """A pattern of the form [name, name = value, …]; … stands for any number of columns."""
    if not text.endswith("]"):
        raise PatternError("Invalid filter pattern")
    columns = [part.strip() for part in text[1:-1].split(",")]
    parsed = [_column(part) for part in columns]
    gap = columns.index("...") if "..." in columns else None

    def fits(message: str) -> Found | None:
        values = [a or b or c for a, b, c in re.findall(r'"([^"]*)"|\[([^\]]*)\]|(\S+)', message)]
        if gap is not None and len(values) >= len(columns) - 1:
            after = len(columns) - gap - 1
            values = [*values[:gap], "", *(values[len(values) - after :] if after else [])]
        if len(values) != len(columns):
            return None
        named = {f"${name}": value for (name, _), value in zip(parsed, values, strict=True) if name}
        fit = all(test(lambda _, v=value: [v]) for (_, test), value in zip(parsed, values, strict=True))
        return named if fit else None

    return fits


def _column(part: str) -> tuple[str, Test]:
    name = re.match(r"[\w.]*", part).group()  # always matches, at times nothing
    if name == part or part == "...":
        return ("" if part == "..." else name), lambda _: True
    parser = Parser(re.sub(rf"\b{re.escape(name)}\b(?=\s*(!=|[=<>]))", f"$.{name}", part))
    test = parser.either()
    parser.end()
    return name, test


def _at(root: Any, path: str) -> list[Any]:
    """The values at a path such as $.a[0].b or $.a[*]; none when there is no such path."""
    values = [root]
    for key, index in re.findall(r"\.([\w@-]+)|\[([^\]]+)\]", path):
        step = key or index.strip("'\"")
        found = []
        for value in values:
            if isinstance(value, dict):
                found += [value[step]] if step in value else []
            elif isinstance(value, list) and index == "*":
                found += value
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                found.append(value[int(step)])
        values = found
    return values
