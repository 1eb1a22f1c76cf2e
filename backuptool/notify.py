"""Pings, as healthchecks.io and those like it take them: URL/start, URL, URL/fail; a watcher notices silence too.

Nothing here raises: whether somebody could be told never changes what became of a backup. https://healthchecks.io/docs/
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit, urlunsplit

from backuptool.secret import Secret

if TYPE_CHECKING:
    import requests

Event = Literal["start", "success", "fail"]
ATTEMPTS = (0, 1, 4)  # s to wait before each
CONNECT, ANSWER = 5, 10  # s
log = logging.getLogger(__name__)


class Ping:
    """The address that is pinged: who knows it can ping too, so it is a secret. `limit`: seconds for all of one ping.

    `proxy`: http://HOST:PORT, or empty for none.
    """

    def __init__(self, url: Secret, proxy: str = "", limit: float = 30) -> None:
        self.url, self._proxy, self._limit = url, proxy, limit

    def __str__(self) -> str:
        return urlsplit(self.url.text()).hostname or "the ping URL"

    def send(self, event: Event, text: str = "") -> None:
        """Say that a run has begun, went well or failed; `text` says more. What goes wrong is a warning in the log."""
        wrong: list[str] = ["no answer in time"]
        # A thread, because neither a name server nor an answer that trickles in keeps to the limits of requests.
        sender = threading.Thread(target=self._send, args=(event, text, wrong), daemon=True)
        sender.start()
        sender.join(self._limit)
        if wrong:
            log.warning("%s was not told of the %s: %s", self, event, wrong[-1])

    def _send(self, event: Event, text: str, wrong: list[str]) -> None:
        from backuptool.stores.webdav.transport import plain_session, trust  # noqa: PLC0415 - as in WebDavTable.open

        url, pause = _address(self.url.text(), event), threading.Event()
        with plain_session(trust(None), self._proxy) as session:
            for seconds in ATTEMPTS:
                pause.wait(seconds)
                if not (reason := _post(session, url, text)):
                    wrong.clear()
                    return
                wrong.append(reason)


def _address(url: str, event: Event) -> str:
    """`/start` and `/fail` go behind the path, before a query."""
    parts = urlsplit(url)
    suffix = "" if event == "success" else f"/{event}"
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + suffix)) if suffix else url


def _post(session: requests.Session, url: str, text: str) -> str:
    """Empty when it was taken, else why not: without the address, which an error of requests would show."""
    import requests  # noqa: PLC0415 - as in WebDavTable.open
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - comes through requests as it is for a host like a..b

    try:
        with session.post(
            url, data=text.encode("utf-8", "replace"), timeout=(CONNECT, ANSWER), stream=True, allow_redirects=False
        ) as answer:
            return "" if answer.status_code // 100 == 2 else f"it answers {answer.status_code}"
    except requests.Timeout:
        return "no answer in time"
    except (requests.RequestException, HTTPError) as failure:
        return f"no connection ({type(failure).__name__})"
