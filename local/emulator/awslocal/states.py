"""States that a thing goes through in AWS's time (pace.py), where moto has it ready at once.

begin() names the states to come, each with its duration's name in pace.TABLE; show() makes an attribute of a moto class
tell the state in progress, and what moto has set it to once all are over.
"""

import time
from typing import Any

from awslocal import pace

_STEPS = "states_to_come"


def begin(thing: Any, key: str, *steps: tuple[str, str]) -> None:
    """Let thing, which key names, go through (state, name of the duration), one after the other; earlier ones are over."""
    ends, at = [], time.monotonic()
    for state, duration in steps:
        at += pace.seconds(duration, key)
        ends.append((state, at))
    thing.__dict__[_STEPS] = ends


def in_progress(thing: Any) -> str:
    """The state that thing is in now; empty once all are over."""
    now = time.monotonic()
    return next((state for state, end in thing.__dict__.get(_STEPS, ()) if now < end), "")


def show(owner: type, attribute: str) -> None:
    """Make this attribute of owner's objects tell the state in progress, if there is one."""

    def told(self: Any) -> Any:
        return in_progress(self) or self.__dict__.get(attribute)

    def keep(self: Any, value: Any) -> None:
        self.__dict__[attribute] = value

    setattr(owner, attribute, property(told, keep))
