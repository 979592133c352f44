from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from headway.core.frames import frame
from headway.errors import ServerError
from headway.security.keys import ApiKey
from headway.serving.control import FromController, SetKeys
from headway.serving.plan import ServingPlan
from headway.serving.settings import WorkerSettings
from headway.supervisor.channel import ChildEnd, ParentEnd
from headway.supervisor.messages import Activate, Begin, Discard, Failed, Load, Loaded, Ready

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAN = ServingPlan(7, ())
Ends = tuple[ParentEnd[Any], ChildEnd]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    parent, child = ParentEnd[Any](ours), ChildEnd(theirs.detach())
    yield parent, child
    parent.close()
    child.close()


def test_reports_arrive_in_order(ends: Ends) -> None:
    parent, child = ends
    reports = [Ready("http://127.0.0.1:1"), Failed("bundle.corrupt", "größe\n", None), Loaded(3, 1)]
    for report in reports:
        child.send(report)
    assert parent.receive() == (reports, False)
    assert parent.receive() == ([], False)


def test_orders_arrive_in_order(ends: Ends) -> None:
    parent, child = ends
    orders = [Begin(WorkerSettings(), PLAN), Load(PLAN, 1), Activate(7, 1), Discard(8)]
    for order in orders:
        parent.send(order)
    assert child.wait_for_orders() == orders


def test_a_report_that_comes_in_pieces_is_put_together() -> None:
    ours, theirs = socket.socketpair()
    parent = ParentEnd[Any](ours)
    data = frame(msgspec.json.encode(Ready("u")))
    for piece in (data[:2], data[2:9], data[9:] + data[:3]):
        theirs.sendall(piece)
        reports, is_over = parent.receive()
    assert (reports, is_over) == ([Ready("u")], False)
    theirs.close()
    assert parent.receive() == ([], True)
    parent.close()


def test_a_child_that_does_not_read_never_holds_its_parent(ends: Ends) -> None:
    parent, child = ends
    keys = tuple(ApiKey(f"key {i}", "0" * 64) for i in range(20_000))
    big = Load(ServingPlan(8, (), keys=keys), 1)
    parent.send(big)
    parent.send(Activate(8, 1))
    assert parent.has_unsent
    received: list[Any] = []
    while len(received) < 2:
        received += child.receive()[0]
        parent.flush()
    assert received == [big, Activate(8, 1)]
    assert not parent.has_unsent


def test_the_parent_learns_that_its_child_is_gone(ends: Ends) -> None:
    parent, child = ends
    child.send(Ready("u"))
    child.close()
    assert parent.receive()[0] == [Ready("u")]
    assert parent.receive() == ([], True)
    parent.send(Activate(1, 1))
    assert not parent.has_unsent


@pytest.mark.parametrize("data", [b"\xff\xff\xff\xff", frame(b"{"), frame(b'{"type":"begin"}')])
def test_who_speaks_something_else_counts_as_gone(data: bytes) -> None:
    ours, theirs = socket.socketpair()
    parent = ParentEnd[Any](ours)
    theirs.sendall(data)
    assert parent.receive() == ([], True)
    ours.setblocking(True)
    ours.sendall(data)
    child = ChildEnd(theirs.detach())
    assert child.receive() == ([], True)
    parent.close()
    child.close()


def test_the_child_learns_that_its_parent_is_gone(ends: Ends) -> None:
    parent, child = ends
    assert not select.select([child], [], [], 0)[0]
    parent.close()
    assert select.select([child], [], [], 1)[0]
    assert child.receive() == ([], True)
    child.send(Ready("nobody reads this"))
    with pytest.raises(ServerError, match="has ended before it said what to serve"):
        child.wait_for_orders()


def test_a_process_without_a_parent_tells_people(capsys: pytest.CaptureFixture[str]) -> None:
    alone = ChildEnd(None)
    assert alone.fileno() is None
    assert alone.receive() == ([], True)
    alone.send(Ready("http://here"))
    alone.send(Failed("x", "it broke", "mend it"))
    assert capsys.readouterr().err == "ready at http://here\nerror: it broke\nhint: mend it\n"


def test_others_speak_of_other_things() -> None:
    ours, theirs = socket.socketpair()
    parent = ParentEnd[FromController](ours, FromController)
    keys = SetKeys((), asks_for_key=True)
    theirs.sendall(frame(msgspec.json.encode(keys)))
    assert parent.receive() == ([keys], False)
    theirs.close()
    parent.close()


def test_what_comes_before_something_else_counts() -> None:
    ours, theirs = socket.socketpair()
    parent = ParentEnd[Any](ours)
    bad = frame(b"{")
    theirs.sendall(frame(msgspec.json.encode(Ready("u"))) + bad)
    assert parent.receive() == ([Ready("u")], True)
    ours.setblocking(True)
    ours.sendall(frame(msgspec.json.encode(Activate(7))) + bad)
    child = ChildEnd(theirs.detach())
    assert child.receive() == ([Activate(7)], True)
    parent.close()
    child.close()
