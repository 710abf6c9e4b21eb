"""CloudWatch metric math: what an expression makes of other queries' series."""

from awslocal.metric_math_functions import call
from awslocal.metric_math_syntax import Array, Call, MathError, Name, Node, Number, Operation, Text, parse
from awslocal.metric_math_values import Line, Metrics, Value, combine


def evaluate(expression: str, given: Metrics) -> Value:
    """The value of an expression; MathError when CloudWatch would refuse it."""
    return _value(parse(expression), given)


def names(expression: str) -> set[str]:
    """The query ids an expression uses; METRICS() uses those of all metrics, which are not among them."""
    return _names(parse(expression))


def _names(node: Node) -> set[str]:
    if isinstance(node, Name):
        return {node.value} if node.value[0].islower() else set()
    if isinstance(node, Operation):
        return _names(node.left) | _names(node.right)
    parts = node.items if isinstance(node, Array) else node.arguments if isinstance(node, Call) else ()
    return set().union(*map(_names, parts))


def _value(node: Node, given: Metrics) -> Value:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        if node.value not in given.lines:
            raise MathError(f"Unknown identifier: {node.value}")
        return given.lines[node.value]
    if isinstance(node, Array):
        return [line for item in node.items for line in _lines(_value(item, given))]
    if isinstance(node, Operation):
        return combine(node.sign, _value(node.left, given), _value(node.right, given))
    if isinstance(node, Text):
        raise MathError(f'Unexpected text "{node.value}"')
    # Words such as REPEAT, and texts, are a function's to read.
    arguments = [a if isinstance(a, Text) or _is_word(a) else _value(a, given) for a in node.arguments]
    return call(node.function, arguments, given)


def _is_word(node: Node) -> bool:
    return isinstance(node, Name) and node.value.isupper()


def _lines(value: Value) -> list[Line]:
    if isinstance(value, float):
        raise MathError("An array can hold only time series")
    return value if isinstance(value, list) else [value]
