"""SNS: who is really told of a message (B20).

B20 moto posts to every https subscription there is, so a pager's address in a test is an attempt to reach it, and a
    publisher gets a server error when that fails.

A subscription on loopback is delivered to, so that a test can stand for the pager; no other host is contacted, and a
subscriber that does not answer is not the publisher's fault.
"""

import contextlib
import ipaddress
import threading
from typing import Any
from urllib.parse import urlsplit

import requests
from moto.sns.models import Subscription

from awslocal import patch


@patch.around(Subscription, "publish")
def _publish(original: Any, self: Subscription, *args: Any, **kwargs: Any) -> None:
    if self.protocol not in ("http", "https"):
        original(self, *args, **kwargs)
    elif _is_loopback(urlsplit(self.endpoint).hostname or ""):
        # On a thread of its own, because the subscriber may call this emulator before it answers.
        threading.Thread(target=_deliver, args=(original, self, *args), kwargs=kwargs, daemon=True).start()


def _deliver(original: Any, subscription: Subscription, *args: Any, **kwargs: Any) -> None:
    with contextlib.suppress(requests.RequestException):
        original(subscription, *args, **kwargs)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
