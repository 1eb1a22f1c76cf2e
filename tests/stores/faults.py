"""What can become of one request: taken and lost, done and not said, altered, cut, never answered."""

from __future__ import annotations

from collections.abc import Callable

from tests.stores.faulty_proxy import Answer, Exchange, Fault


def status(code: int, *headers: tuple[str, str], body: bytes = b"") -> Fault:
    """Take the whole request, do nothing, answer `code`."""

    def fault(exchange: Exchange) -> None:
        exchange.receive()
        exchange.answer(Answer(code, list(headers), body))

    return fault


def done_but(code: int) -> Fault:
    """Let the server act, but answer `code`."""

    def fault(exchange: Exchange) -> None:
        exchange.forward(exchange.receive())
        exchange.answer(Answer(code))

    return fault


def swallowed(exchange: Exchange) -> None:
    """Let the server act, and lose the answer."""
    exchange.forward(exchange.receive())
    exchange.reset()


def lost(exchange: Exchange) -> None:
    """Lose the request."""
    exchange.receive()
    exchange.reset()


def stalled(exchange: Exchange) -> None:
    """Take the request and never answer."""
    exchange.receive()
    exchange.wait_for_the_end()


def cut_after(size: int) -> Fault:
    """Reset after `size` bytes of the body; the server keeps what it got, and says 201 to nobody."""

    def fault(exchange: Exchange) -> None:
        exchange.forward(exchange.receive(size))
        exchange.reset()

    return fault


def shortened(size: int) -> Fault:
    """Store only the first `size` bytes, and pass on the server's 201."""

    def fault(exchange: Exchange) -> None:
        exchange.answer(exchange.forward(exchange.receive()[:size]))

    return fault


def flipped(exchange: Exchange) -> None:
    """Flip a bit in the middle of the body."""
    body = bytearray(exchange.receive())
    body[len(body) // 2] ^= 1
    exchange.answer(exchange.forward(bytes(body)))


def answer_cut_after(size: int) -> Fault:
    """Cut the server's answer after `size` bytes of its body."""

    def fault(exchange: Exchange) -> None:
        exchange.answer(exchange.forward(exchange.receive()), cut=size)

    return fault


def without_range(exchange: Exchange) -> None:
    """Send everything, as servers that know no ranges do."""
    exchange.answer(exchange.forward(exchange.receive(), without=("range",)))


def without_header(name: str) -> Fault:
    """Drop a header of the request, as a proxy may that does not know it."""

    def fault(exchange: Exchange) -> None:
        exchange.answer(exchange.forward(exchange.receive(), without=(name,)))

    return fault


def rewritten(change: Callable[[Answer], Answer]) -> Fault:
    """Change the server's answer."""

    def fault(exchange: Exchange) -> None:
        exchange.answer(change(exchange.forward(exchange.receive())))

    return fault
