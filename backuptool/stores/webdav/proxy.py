"""The address of a proxy, as a person or a curl config writes it."""

from __future__ import annotations

from urllib.parse import urlsplit

from backuptool.errors import UsageError

_HINT = 'write proxy = "http://HOST:PORT"'


def proxy_address(text: str) -> str:
    """`http://HOST:PORT`, from that or, as curl allows, from `HOST:PORT`; empty for no proxy. Raises UsageError."""
    if not text:
        return ""
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if host is None or not port or any(blank in host for blank in " \t%"):
        raise UsageError("the proxy is no address with a host and a port", hint=_HINT)
    if "@" in parts.netloc:
        hint = "use a proxy that lets this host pass without one; a proxy's password would be sent in clear"
        raise UsageError(f"the address of the proxy {host} holds a user name or password", hint=hint)
    if parts.scheme != "http" or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise UsageError(f"the proxy {host} is not given as an http proxy", hint=_HINT)
    return f"http://{parts.netloc}"
