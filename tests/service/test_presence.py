"""Which client of a stream may send."""

from __future__ import annotations

from standout.errors import ConnectionReplaced, StandoutError
from standout.service.presence import Leave, Presence


def leaving(told: list[str], name: str) -> Leave:
    def leave(why: StandoutError) -> None:
        assert isinstance(why, ConnectionReplaced)
        told.append(name)

    return leave


def test_the_newest_connection_wins() -> None:
    presence, told = Presence(), list[str]()
    first, second = leaving(told, "first"), leaving(told, "second")
    presence.enter("s", first)
    presence.enter("s", second)
    presence.exit("s", first)
    assert (told, presence.ids()) == (["first"], ["s"])
    presence.exit("s", second)
    assert (told, presence.count()) == (["first"], 0)


def test_one_that_came_first_and_is_ready_last_replaces_none() -> None:
    presence, told = Presence(), list[str]()
    older, newer = presence.arrive(), presence.arrive()
    first, second = leaving(told, "first"), leaving(told, "second")
    presence.enter("s", second, newer)
    presence.enter("s", first, older)
    presence.exit("s", first)
    assert (told, presence.active("s")) == (["first"], True)
