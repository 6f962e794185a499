"""One connection: send what is unsent, receive what is answered, and judge how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from standout.client.journal import Journal
from standout.client.outbox import Outbox
from standout.client.problems import error_of
from standout.errors import MalformedMessage, StandoutError
from standout.schemas.frames import DetailedAnswer, ProblemFrame, encode

_SERVER_ERROR = 500
_NORMAL = 1000
# RFC 6455, section 7.4: going away, and (1005, 1006) a connection that ended without a word;
# internal error, service restart, try again later, bad gateway.
_PASSING = frozenset({_NORMAL, 1001, 1005, 1006, 1011, 1012, 1013, 1014})

_answers = msgspec.json.Decoder(DetailedAnswer)
_problems = msgspec.json.Decoder(ProblemFrame)


class ConnectionLost(Exception):  # noqa: N818 - not an error: the next connection goes on
    """A connection ended in a way that the next one may not."""


async def exchange(
    socket: ClientConnection, outbox: Outbox, journal: Journal | None
) -> AsyncGenerator[DetailedAnswer]:
    """Send all that has no answer, and give the answers in order.

    Parameters
    ----------
    socket
        An open connection; whoever opened it closes it.
    outbox
        What to send; ends when it is done.
    journal
        Keeps what was sent and received.

    Raises
    ------
    ConnectionLost
        It ended before all was answered; another connection may go on.
    StandoutError
        It ended for good: the server said why, or does not keep to the protocol.
    """
    outbox.rewind()
    sender = asyncio.create_task(_send(socket, outbox, journal))
    problem: ProblemFrame | None = None
    try:
        while not outbox.done:
            message = await socket.recv(decode=False)
            if journal:
                journal.record("received", message)
            reply = read_answer(message)
            if isinstance(reply, ProblemFrame):
                problem = reply
                continue
            outbox.settle(reply)
            yield reply
    except ConnectionClosed as closed:
        _raise_failure(sender)
        if not outbox.done:
            raise ending(closed, problem) from None
    finally:
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)


async def _send(socket: ClientConnection, outbox: Outbox, journal: Journal | None) -> None:
    try:
        while (observation := await outbox.take()) is not None:
            message = encode(observation)
            if journal:
                journal.record("sent", message)  # before its answer can be recorded
            await socket.send(message, text=True)
        if outbox.done:
            await socket.close()  # wakes the receiver, for which there is nothing left
    except ConnectionClosed:
        return  # the receiver sees it too, and knows more
    except Exception:
        await socket.close()
        raise


def _raise_failure(sender: asyncio.Task[None]) -> None:
    if sender.done() and not sender.cancelled():
        sender.result()


def read_answer(message: bytes) -> DetailedAnswer | ProblemFrame:
    """Read what the server sent; raises `MalformedMessage` where it is neither."""
    try:
        return _answers.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return _problems.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError):
        shown = message[:200].decode(errors="replace")
        wanted = "an answer or a problem was wanted; is a Standout server there?"
        raise MalformedMessage(f"The server sent {shown!r}; {wanted}") from None


def ending(closed: ConnectionClosed, problem: ProblemFrame | None) -> Exception:
    """Return what the end of a connection means: `ConnectionLost`, or an error that is final.

    Parameters
    ----------
    closed
        How it ended.
    problem
        What the server said before, if it did.
    """
    code = closed.rcvd.code if closed.rcvd else None
    if problem and (code is None or code == _NORMAL):
        passing = problem.status >= _SERVER_ERROR
    else:
        passing = code is None or code in _PASSING
    if passing:
        return ConnectionLost(problem.detail if problem else f"the connection was lost ({closed})")
    if problem:
        return error_of(problem)
    return StandoutError(f"The server closed the connection without a problem: {closed}.")
