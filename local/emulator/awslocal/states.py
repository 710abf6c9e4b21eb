"""States that a thing goes through in AWS's time (pace.py), where moto has it ready at once.

begin() names the states to come, each with its duration's name in pace.TABLE; show() makes an attribute of a moto class
tell the state in progress, and what moto has set it to once all are over. leave() is for what moto deletes at once.
"""

import threading
import time
from collections.abc import Callable, MutableMapping
from typing import Any

from awslocal import pace
from awslocal.locks import MOTO

_STEPS = "states_to_come"


def begin(thing: Any, key: str, *steps: tuple[str, str]) -> None:
    """Let thing, which key names, go through (state, name of the duration), one after the other; earlier ones are over."""
    ends, at = [], time.monotonic()
    for state, duration in steps:
        at += pace.seconds(duration, key)
        ends.append((state, at))
    thing.__dict__[_STEPS] = ends


def leave(kept: MutableMapping[str, Any], key: str, thing: Any, step: tuple[str, str]) -> None:
    """Keep thing, which moto has just removed from what it keeps, there in this (state, name of the duration), for as long."""
    begin(thing, key, step)
    if not in_progress(thing):
        return
    kept[key] = thing
    later(step[1], key, lambda: kept.pop(key) if kept.get(key) is thing else None)


def later(duration: str, key: str, do: Callable[[], Any]) -> None:
    """Do something to what moto keeps when the duration is over; now, at a pace that it takes no time at."""
    seconds = pace.seconds(duration, key)
    if not seconds:
        do()
        return

    def locked() -> None:
        with MOTO:
            do()

    timer = threading.Timer(seconds, locked)
    timer.daemon = True
    timer.start()


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
