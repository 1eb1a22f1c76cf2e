"""What it means when no answer came at all."""

from __future__ import annotations

import requests
import urllib3

from backuptool.errors import StoreError
from backuptool.stores.webdav.address import Address
from backuptool.stores.webdav.status import LATER, Transient

_TIMEOUTS = (requests.Timeout, urllib3.exceptions.TimeoutError)

# Parts of OpenSSL's and the system's texts, what they mean, what to do, whether that may pass.
_KNOWN = (
    (
        "CERTIFICATE_VERIFY_FAILED",
        "its certificate cannot be verified",
        "name the CA's certificate in ca_file (curl: cacert), and check the host name",
        False,
    ),
    ("certificate verify failed", "its certificate cannot be verified", "check ca_file (curl: cacert)", False),
    ("WRONG_VERSION_NUMBER", "it does not speak TLS there", "check the port, and https in the url", False),
    ("Failed to resolve", "its name cannot be resolved", "check the host name in the url, and this host's DNS", True),
    ("Connection refused", "it refuses connections", "check the port in the url, and whether the server runs", True),
    ("Network is unreachable", "the network is unreachable", "check this host's network", True),
    ("No route to host", "there is no route to it", "check this host's network and firewalls", True),
    ("IncompleteRead", "its answer was cut", LATER, True),
)


def broken(failure: Exception, what: str, address: Address) -> StoreError:
    """The error for a failure of requests or urllib3; Transient unless a person must act."""
    text = str(failure)
    for part, reason, hint, passes in _KNOWN:
        if part in text:
            kind = Transient if passes else StoreError
            return kind(f"{what}: {address.host}: {reason}", hint=hint)
    if isinstance(failure, _TIMEOUTS) or "timed out" in text:
        return Transient(f"{what}: {address.host} does not answer in time", hint=LATER)
    if isinstance(
        failure, (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, urllib3.exceptions.HTTPError)
    ):
        return Transient(f"{what}: the connection to {address.host} broke", hint=LATER)
    return StoreError(
        f"{what}: {address.host}: the request cannot be sent ({type(failure).__name__})", hint="check the url"
    )
