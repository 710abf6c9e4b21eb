"""Two things that moto finds out anew for each request, a quarter of what an answer costs, though they never change.

It lists its own folder to tell whether a host is the name of a service, and goes through all members of a class to tell
whether the class has a method.
"""

import functools
import inspect
from typing import Any

from moto.core import responses
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from awslocal import patch

HOSTS = 1024  # each bucket may have one


class Methods:
    """The names of the methods of a class; asked only whether one is among them."""

    def __init__(self, owner: type) -> None:
        self._owner = owner

    def __contains__(self, name: str) -> bool:
        return inspect.isfunction(getattr(self._owner, name, None))


@patch.replace(responses)
def method_names_from_class(clazz: type) -> Methods:
    return Methods(clazz)


@functools.lru_cache(HOSTS)
def _backend(original: Any, dispatcher: DomainDispatcherApplication, host: str) -> Any:
    return original(dispatcher, host)


@patch.around(DomainDispatcherApplication, "get_backend_for_host")
def _get_backend_for_host(original: Any, self: DomainDispatcherApplication, host: str | None) -> Any:
    return _backend(original, self, host) if host else original(self, host)
