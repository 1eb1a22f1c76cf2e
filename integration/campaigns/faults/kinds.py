"""What can go wrong with one request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.stores.faults import done_but, status, swallowed
from tests.stores.faulty_proxy import Answer, Exchange, Fault

STATUSES = (401, 403, 404, 409, 412, 413, 423, 429, 500, 502, 503, 504, 507)
PASSING = {423, 429, 500, 502, 503, 504}  # may pass by themselves; the others stay until a person acts
CHALLENGE = ("WWW-Authenticate", 'Digest realm="/", nonce="x", qop="auth"')
DELAY = 0.25  # s
LIMIT = 1  # s for which what is never answered is waited


@dataclass(frozen=True)
class Kind:
    """`passes`: a single one must be overcome, not told. `make`: the fault, given where a redirect leads. `waits`:
    until a limit passes."""

    name: str
    make: Callable[[str], Fault]
    passes: bool = False
    waits: bool = False


def _always(fault: Fault) -> Callable[[str], Fault]:
    return lambda _elsewhere: fault


def _half_sent(exchange: Exchange, *, all_read: bool) -> None:
    """The server gets half of the body and the end of the connection, as it does when the way there breaks."""
    half = exchange.length // 2
    body = exchange.receive(None if all_read else half)
    if exchange.length:
        exchange.forward(body[:half], missing=exchange.length - half)


def cut_by_rst(exchange: Exchange) -> None:
    """Reset in the middle of the request."""
    _half_sent(exchange, all_read=False)
    exchange.reset()


def cut_by_fin(exchange: Exchange) -> None:
    """Close in the middle of the request; all of it is read, for unread bytes make a reset of a close."""
    _half_sent(exchange, all_read=True)
    exchange.hang_up()


def answer_cut(exchange: Exchange, *, reset: bool) -> None:
    """Half of the answer's body comes."""
    answer = exchange.forward(exchange.receive())
    exchange.answer(answer, cut=len(answer.body) // 2)
    if reset:
        exchange.reset()


def delayed(exchange: Exchange) -> None:
    """The server acts late, but within the limits."""
    body = exchange.receive()
    exchange.pause(DELAY)
    exchange.answer(exchange.forward(body))


def stalled(exchange: Exchange) -> None:
    """Nothing is answered within the limits; the server never hears of it."""
    exchange.receive()
    exchange.pause(2 * LIMIT)
    exchange.reset()


def flipped(exchange: Exchange) -> None:
    """A bit of the stored body is another."""
    exchange.answer(exchange.forward(_with_a_bit_flipped(exchange.receive())))


def truncated(exchange: Exchange) -> None:
    """The server stores half, and answers as if it were all."""
    exchange.answer(exchange.forward(exchange.receive()[: exchange.length // 2]))


def answer_flipped(exchange: Exchange) -> None:
    """A bit of the answer's body is another."""
    answer = exchange.forward(exchange.receive())
    exchange.answer(Answer(answer.status, answer.headers, _with_a_bit_flipped(answer.body)))


def answer_truncated(exchange: Exchange) -> None:
    """The answer is half as long and complete in itself."""
    answer = exchange.forward(exchange.receive())
    exchange.answer(Answer(answer.status, answer.headers, answer.body[: len(answer.body) // 2]))


def _with_a_bit_flipped(body: bytes) -> bytes:
    altered = bytearray(body)
    if altered:
        altered[len(altered) // 2] ^= 1
    return bytes(altered)


def _redirected(elsewhere: str) -> Fault:
    return status(302, ("Location", elsewhere))


def _not_done(code: int) -> Kind:
    headers = (CHALLENGE,) if code == 401 else ()
    return Kind(f"{code}-not-done", _always(status(code, *headers)), code in PASSING)


def _done(code: int) -> Kind:
    return Kind(f"{code}-done", _always(done_but(code)), code in PASSING)


ANY = (
    Kind("cut-by-rst", _always(cut_by_rst), passes=True),
    Kind("cut-by-fin", _always(cut_by_fin), passes=True),
    Kind("swallowed", _always(swallowed), passes=True),
    Kind("delayed", _always(delayed), passes=True),
    Kind("stalled", _always(stalled), passes=True, waits=True),
    Kind("302-elsewhere", _redirected),
    *map(_not_done, STATUSES),
)
DONE = tuple(map(_done, STATUSES))
BODY = (Kind("flipped", _always(flipped)), Kind("truncated", _always(truncated), passes=True))
ANSWER = (
    Kind("answer-cut-by-rst", _always(partial(answer_cut, reset=True)), passes=True),
    Kind("answer-cut-by-fin", _always(partial(answer_cut, reset=False)), passes=True),
    Kind("answer-flipped", _always(answer_flipped)),
    Kind("answer-truncated", _always(answer_truncated)),
)
