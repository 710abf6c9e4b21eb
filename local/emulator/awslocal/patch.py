"""The three ways this package changes moto, each of which fails when moto is not what it was written for.

moto offers no extension points, so what it lacks is set on its classes. Doing this only through here keeps
the reasons visible: `add` is for what moto does not have, `replace` and `around` for what it does differently
from AWS.
"""

import functools
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any


def add(owner: type) -> Callable[[Callable], Callable]:
    """Set the decorated function on owner; refuse when owner already answers to that name."""

    def decorate(function: Callable) -> Callable:
        if _implemented(owner, function.__name__):
            raise TypeError(f"{owner.__name__}.{function.__name__}: moto has it already; use replace or around")
        setattr(owner, function.__name__, function)
        return function

    return decorate


def replace(owner: type | ModuleType) -> Callable[[Callable], Callable]:
    """Set the decorated function on owner in place of moto's own; refuse when there is none."""

    def decorate(function: Callable) -> Callable:
        raw = inspect.getattr_static(_require(owner, function.__name__), function.__name__)
        setattr(owner, function.__name__, staticmethod(function) if isinstance(raw, staticmethod) else function)
        return function

    return decorate


def around(owner: type, name: str) -> Callable[[Callable], Callable]:
    """Wrap owner's method: the decorated function gets moto's own one as its first argument."""

    def decorate(function: Callable) -> Callable:
        raw = inspect.getattr_static(_require(owner, name), name)
        static = isinstance(raw, staticmethod)
        original = raw.__func__ if static else raw

        @functools.wraps(original)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return function(original, *args, **kwargs)

        setattr(owner, name, staticmethod(wrapped) if static else wrapped)
        return function

    return decorate


def _require(owner: type | ModuleType, name: str) -> type | ModuleType:
    if not hasattr(owner, name):
        raise TypeError(f"{owner.__name__}.{name}: moto does not have it; use add")
    return owner


def _implemented(owner: type, name: str) -> bool:
    """moto keeps methods for some actions whose only statement is `raise NotImplementedError`."""
    existing = getattr(owner, name, None)
    return existing is not None and "NotImplementedError" not in getattr(existing, "__code__", _NONE).co_names


class _NONE:
    co_names: tuple[str, ...] = ()
