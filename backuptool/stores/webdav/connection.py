"""What it means when no answer came at all."""

from __future__ import annotations

import re

import requests
import urllib3

from backuptool.errors import StoreError
from backuptool.stores.webdav.address import Address
from backuptool.stores.webdav.status import LATER, Transient

_TIMEOUTS = (requests.Timeout, urllib3.exceptions.TimeoutError)

# Parts of the system's texts when no connection was made, what they mean, what to do.
_AWAY = (
    (
        "Failed to resolve",
        "its name cannot be resolved",
        "check the url and this host's DNS; if only a proxy knows it: proxy = …",
    ),
    ("Connection refused", "it refuses connections", "check the port in the url, and whether the server runs"),
    ("Network is unreachable", "the network is unreachable", "check this host's network"),
    ("No route to host", "there is no route to it", "check this host's network and firewalls"),
)

_OLD_TLS = "it speaks no TLS that is safe, or no kind of it that is known here", "let it speak TLS 1.2 or 1.3"
# Parts of OpenSSL's texts that stay until a person acts.
_PERMANENT = (
    (
        "certificate has expired",
        "its certificate has expired, or that of its CA",
        "whoever runs the server must renew it; or this host's clock is wrong",
    ),
    (
        "certificate is not yet valid",
        "its certificate is not valid yet",
        "check this host's clock; else whoever runs the server must replace it",
    ),
    (
        "certificate is not valid for",
        "its certificate is for another name",
        "write the name that it is for in the url",
    ),
    (
        "CERTIFICATE_VERIFY_FAILED",
        "its certificate cannot be verified",
        "name the CA's certificate in ca_file (curl: cacert), and check the host name",
    ),
    *(
        (alert, "it does not accept the client certificate, or wants one", "check client_cert (curl: cert)")
        for alert in (
            "alert certificate required",
            "alert unknown ca",
            "alert bad certificate",
            "alert certificate unknown",
            "alert certificate expired",
            "alert certificate revoked",
            "alert unsupported certificate",
        )
    ),
    *(
        (alert, "it refuses the TLS handshake", "it may want a client certificate: client_cert")
        for alert in ("alert handshake failure", "alert access denied")
    ),
    *((alert, *_OLD_TLS) for alert in ("alert protocol version", "alert insufficient security")),
    ("unrecognized name", "it knows no host of that name", "check the host in the url"),
    ("certificate verify failed", "its certificate cannot be verified", "check ca_file (curl: cacert)"),
    ("WRONG_VERSION_NUMBER", "it does not speak TLS there", "check the port, and https in the url"),
)


def broken(failure: Exception, what: str, address: Address) -> StoreError:
    """The error for a failure of requests or urllib3; Transient unless a person must act."""
    text = str(failure)
    for part, reason, hint in _PERMANENT:
        if part in text:
            return StoreError(f"{what}: {address.host}: {reason}", hint=hint)
    if isinstance(failure, requests.exceptions.ProxyError):
        return _by_proxy(text, what, address)
    for part, reason, hint in _AWAY:
        if part in text:
            return Transient(f"{what}: {address.host}: {reason}", hint=hint, away=True)
    if isinstance(failure, _TIMEOUTS) or "timed out" in text:
        away = isinstance(failure, requests.ConnectTimeout)
        return Transient(f"{what}: {address.host} does not answer in time", hint=LATER, away=away)
    if isinstance(
        failure, (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, urllib3.exceptions.HTTPError)
    ):
        cut = "IncompleteRead" in text
        reason = f"{address.host}: its answer was cut" if cut else f"the connection to {address.host} broke"
        return Transient(f"{what}: {reason}", hint=LATER)
    return StoreError(
        f"{what}: {address.host}: the request cannot be sent ({type(failure).__name__})", hint="check the url"
    )


def _by_proxy(text: str, what: str, address: Address) -> StoreError:
    """urllib3: `Tunnel connection failed: STATUS REASON` is the proxy's own answer; else it was not reached."""
    answer = re.search(r"Tunnel connection failed: (\d{3})", text)
    if answer is None:
        hint = "check `proxy` in the configuration (or in the curl config), and whether it runs"
        return Transient(f"{what}: the proxy to {address.host} cannot be reached", hint=hint, away=True)
    refused = f"{what}: the proxy makes no connection to {address.host} ({answer[1]})"
    if answer[1].startswith("5"):
        return Transient(refused, hint=LATER, away=True)
    return StoreError(refused, hint="the proxy must allow CONNECT to this host, without a password")
