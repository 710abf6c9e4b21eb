"""What AWS refuses by meaning, whatever the models of its services allow: what is in use is not deleted, what is not ready
is not changed, what does not fit together is not made.

table.py is the one table. A predicate is given what was asked for, looks at what moto keeps, and returns AWS's words, or
nothing where it lets the call pass; so it does for what does not exist, which moto says itself.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.backends import get_backend

from awslocal import errors, settings
from awslocal.calls import region
from awslocal.validation import PARAMETERS

# What these services keep is of the whole partition, not of a region.
GLOBAL = frozenset({"iam", "route53", "s3"})


@dataclass(frozen=True)
class Asked:
    """One call: its parameters, by the names of the service's model, and the region that it is sent to."""

    parameters: dict[str, Any]
    region: str

    def __getitem__(self, name: str) -> Any:
        """A parameter; None where it is not given."""
        return self.parameters.get(name)

    def kept(self, service: str) -> Any:
        """What moto keeps of a service in the account."""
        return get_backend(service)[settings.current().account]["aws" if service in GLOBAL else self.region]


@dataclass(frozen=True)
class Rule:
    """One refusal: of which calls ("service:Action"), with which error, where AWS documents it, and when."""

    calls: tuple[str, ...]
    code: str
    source: str
    broken: Callable[[Asked], str]
    status: int = 400


class Rules:
    """A WSGI layer that refuses what the table does. It looks at moto's state, so it stands behind the lock."""

    def __init__(self, application: Any, table: tuple[Rule, ...]) -> None:
        self._application = application
        self._by_call: dict[str, list[Rule]] = defaultdict(list)
        for rule in table:
            for call in rule.calls:
                self._by_call[call].append(rule)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        call, parameters = environ.get("awslocal.call"), environ.get(PARAMETERS)
        rules = self._by_call.get(str(call)) if parameters is not None else None
        asked = Asked(parameters, region(environ)) if rules else None
        for rule in rules or ():
            if message := rule.broken(asked):
                status, headers, body = errors.encode(call, rule.status, rule.code, message)
                start_response(status, headers)
                return [body]
        return self._application(environ, start_response)
