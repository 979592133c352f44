from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING

import pytest

from headway.errors import (
    BundleCorruptError,
    HeadwayError,
    MissingExtraError,
    ServerError,
    TrustRefusedError,
)
from headway.supervisor.channel import ChildEnd, Failed, ParentEnd, Ready, failed_report

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def ends() -> Iterator[tuple[ParentEnd, ChildEnd]]:
    ours, theirs = socket.socketpair()
    parent, child = ParentEnd(ours), ChildEnd(theirs.detach())
    yield parent, child
    parent.close()
    child.close()


def test_reports_arrive_in_order(ends: tuple[ParentEnd, ChildEnd]) -> None:
    parent, child = ends
    reports = [Ready("http://127.0.0.1:1"), Failed("bundle.corrupt", "größe\n", None)]
    for report in reports:
        child.send(report)
    assert parent.receive() == (reports, False)
    assert parent.receive() == ([], False)


def test_a_report_that_comes_in_pieces_is_put_together() -> None:
    ours, theirs = socket.socketpair()
    parent = ParentEnd(ours)
    for piece in (b'{"type":"rea', b'dy","url":"u"', b"}\n{"):
        theirs.sendall(piece)
        reports, is_over = parent.receive()
    assert (reports, is_over) == ([Ready("u")], False)
    theirs.close()
    assert parent.receive() == ([], True)
    parent.close()


def test_the_parent_learns_that_its_child_is_gone(ends: tuple[ParentEnd, ChildEnd]) -> None:
    parent, child = ends
    child.send(Ready("u"))
    child.close()
    assert parent.receive()[0] == [Ready("u")]
    assert parent.receive() == ([], True)


def test_the_child_learns_that_its_parent_is_gone(ends: tuple[ParentEnd, ChildEnd]) -> None:
    parent, child = ends
    assert not select.select([child], [], [], 0)[0]
    parent.close()
    assert select.select([child], [], [], 1)[0]
    child.send(Ready("nobody reads this"))


def test_a_process_without_a_parent_tells_people(capsys: pytest.CaptureFixture[str]) -> None:
    alone = ChildEnd(None)
    assert alone.fileno() is None
    alone.send(Ready("http://here"))
    alone.send(Failed("x", "it broke", "mend it"))
    assert capsys.readouterr().err == "ready at http://here\nerror: it broke\nhint: mend it\n"


@pytest.mark.parametrize(
    "error",
    [
        BundleCorruptError("`x` is missing", hint="fetch it"),
        TrustRefusedError("no"),
        MissingExtraError("native", "this model"),
        ServerError("port taken"),
    ],
)
def test_an_error_crosses_with_its_class_message_and_hint(error: HeadwayError) -> None:
    crossed = failed_report(error).error()
    assert type(crossed) is type(error)
    assert (crossed.message, crossed.hint, str(crossed)) == (error.message, error.hint, str(error))


def test_what_nobody_expected_becomes_an_error_of_the_server() -> None:
    crossed = failed_report(RuntimeError("boom")).error()
    assert type(crossed) is ServerError
    assert "RuntimeError: boom" in crossed.message
    assert type(Failed("made.up", "x", None).error()) is ServerError
