"""The keys that were known last stay valid; nobody is let in because something is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from headway.controller.known_keys import KnownKeys
from headway.controller.settings import ControllerSettings
from headway.errors import AuthenticationError, OverloadedError, StoreError
from headway.security.keys import ApiKey, Scope, hash_key
from supervised import PLAN

if TYPE_CHECKING:
    from headway.security.issuing import KeyIssuer

ONE = ApiKey("one", hash_key("one"))
OWN = ApiKey("settings", hash_key("own"), tuple(Scope))


class Scripted:
    """A database that says what it is told to."""

    def __init__(self) -> None:
        self.known: tuple[ApiKey, ...] = ()
        self.count = (0, 0)
        self.is_silent = False
        self.n_read = 0

    def version(self) -> tuple[int, int]:
        if self.is_silent:
            raise StoreError("it does not answer", hint="start it")
        return self.count

    def keys(self) -> tuple[tuple[ApiKey, ...], bool]:
        self.n_read += 1
        return self.known, self.count[0] > 0


class Bench:
    def __init__(self, settings: ControllerSettings) -> None:
        self.database = Scripted()
        self.told: list[str] = []
        issuer: KeyIssuer = self.database  # type: ignore[assignment]
        self.keys = KnownKeys(settings, issuer, self.told.append)


@pytest.fixture
def bench() -> Bench:
    return Bench(ControllerSettings(store_url=""))


def test_keys_are_read_where_they_have_changed(bench: Bench) -> None:
    first = bench.keys.look()
    assert first is not None
    assert (first.keys, first.asks_for_key) == ((), False)
    assert bench.keys.is_open
    assert bench.keys.look() is None
    bench.database.known, bench.database.count = (ONE,), (1, 0)
    second = bench.keys.look()
    assert second is not None
    assert (second.keys, second.asks_for_key) == ((ONE,), True)
    assert bench.database.n_read == 2
    assert bench.keys.verify(b"one", Scope.READ) == ONE
    with pytest.raises(AuthenticationError):
        bench.keys.verify(None, Scope.READ)


def test_a_silence_is_told_once_and_changes_nothing(bench: Bench) -> None:
    bench.database.known, bench.database.count = (ONE,), (1, 0)
    bench.keys.look()
    bench.database.is_silent = True
    assert [bench.keys.look() for _ in range(3)] == [None] * 3
    assert bench.keys.is_silent
    assert bench.keys.verify(b"one", Scope.READ) == ONE
    bench.database.is_silent = False
    assert bench.keys.look() is None
    assert bench.told == [
        "it does not answer (start it); the keys that were known last stay valid",
        "the database answers again",
    ]


def test_a_database_that_was_made_anew_opens_nothing(bench: Bench) -> None:
    bench.database.known, bench.database.count = (ONE,), (1, 0)
    bench.keys.look()
    bench.database.known, bench.database.count = (), (0, 0)
    again = bench.keys.look()
    assert again is not None
    assert (again.keys, again.asks_for_key) == ((), True)
    assert not bench.keys.is_open


def test_until_the_database_answers_the_keys_of_the_plan_count(bench: Bench) -> None:
    bench.database.is_silent = True
    bench.keys.look()
    with pytest.raises(OverloadedError):
        bench.keys.verify(b"one", Scope.READ)
    bench.keys.take(msgspec.structs.replace(PLAN, keys=(ONE,), asks_for_key=True))
    assert bench.keys.verify(b"one", Scope.READ) == ONE
    bench.database.is_silent = False
    bench.keys.look()
    bench.keys.take(msgspec.structs.replace(PLAN, keys=(ONE,), asks_for_key=True))
    with pytest.raises(AuthenticationError):
        bench.keys.verify(b"one", Scope.READ)


def test_the_key_of_the_settings_is_known_beside_them() -> None:
    bench = Bench(ControllerSettings(store_url="", keys=(OWN,)))
    told = bench.keys.look()
    assert told is not None
    assert told.keys == ()
    assert bench.keys.verify(b"own", Scope.ADMIN) == OWN
    assert not bench.keys.is_open


@pytest.mark.parametrize(
    ("host", "insecure", "is_let_in"),
    [("127.0.0.1", False, True), ("0.0.0.0", False, False), ("0.0.0.0", True, True)],
)
def test_from_a_network_nobody_is_let_in_without_a_key(
    host: str, insecure: bool, is_let_in: bool
) -> None:
    bench = Bench(ControllerSettings(store_url="", host=host, insecure=insecure))
    bench.keys.look()
    if is_let_in:
        assert bench.keys.verify(None, Scope.ADMIN) is None
    else:
        with pytest.raises(AuthenticationError, match="from a network"):
            bench.keys.verify(None, Scope.ADMIN)
