"""The generator against servers that are played byte by byte, in this process."""

from __future__ import annotations

import os
import time
from array import array

import msgspec
import numpy as np
import pytest

from headway.core.frames import FrameReader, frame
from headway.testing.load.generator import ParentGoneError, Pool, Run, serve_runs
from headway.testing.load.samples import Samples, samples_of
from headway.testing.load.wire import BROKEN, TIMED_OUT, Load
from raw_server import RawServer, answering, response

REQUEST = b"POST /x HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
STALL_S = 0.3


def load_for(server: RawServer, due_s: list[float], **fields) -> Load:
    given = {"n_connections": 2, "max_connections": 64, "timeout_s": 5.0}
    return Load(
        "127.0.0.1",
        int(server.url.rpartition(":")[2]),
        [REQUEST],
        array("I", [0] * len(due_s)).tobytes(),
        array("d", due_s).tobytes(),
        **given | fields,
    )


def run(load: Load) -> Samples:
    pool = Pool(load.host, load.port)
    try:
        outcome = Run(load, pool, lambda: None).run()
    finally:
        pool.close()
    return samples_of(load, outcome, np.array([1]), 1.0)


def stalling(n_before: int):
    """A server that answers at once, but for one request that it holds everything up for."""
    seen: list[int] = []

    def script(server: RawServer, connection) -> None:
        while connection.request():
            seen.append(1)
            if len(seen) == n_before:
                time.sleep(STALL_S)
            connection.send(response())

    return script


def test_every_request_is_answered_and_counted_in_its_order():
    with RawServer(answering(response(), keep=True)) as server:
        found = run(load_for(server, [i / 500 for i in range(200)]))
        assert found.n_answered == 200
        assert len(server.requests) == 200
        assert set(server.requests) == {REQUEST}
    assert found.error_ratio == 0
    assert found.lateness_ms().min() >= 0


def test_requests_behind_a_stall_are_late_by_the_rest_of_it():
    due_s = [i / 200 for i in range(100)]
    with RawServer(stalling(20)) as server:
        found = run(load_for(server, due_s, n_connections=1, max_connections=1))
    # some 60 requests were due in the stall; one at a time, a client would have seen one slow reply
    n_late = int((found.latency_ms() > STALL_S * 1e3 / 3).sum())
    assert n_late >= 20
    assert (found.done_s - found.taken_s).max() >= STALL_S * 0.9


def test_connections_are_added_while_all_are_busy_up_to_the_limit():
    def slow(server: RawServer, connection) -> None:
        while connection.request():
            time.sleep(0.03)
            connection.send(response())

    with RawServer(slow) as server:
        found = run(load_for(server, [i / 1000 for i in range(40)], max_connections=5))
    assert found.n_answered == 40
    assert 2 < found.n_connections <= 5


def test_a_refusal_is_shown_with_its_words():
    refusal = response(
        {"detail": "no room"}, status="503 Unavailable", headers="Connection: close\r\n"
    )
    with RawServer(answering(refusal)) as server:
        found = run(load_for(server, [0.0, 0.05, 0.1]))
    assert found.refused() == {503: 3}
    assert found.failure == '503: {"detail": "no room"}'


def test_what_is_not_answered_in_time_is_given_up():
    def silent(server: RawServer, connection) -> None:
        connection.request()
        server.ended.wait(10)

    with RawServer(silent) as server:
        found = run(load_for(server, [0.0, 0.01, 0.02], timeout_s=0.2, max_connections=2))
    assert found.count(TIMED_OUT) == 3
    assert found.latency_ms().min() >= 190
    assert "0.2 s" in found.failure


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 200 OK\r\n", b"SSH-2.0\r\n\r\n"])
def test_a_broken_reply_is_an_error_and_the_next_request_has_a_new_connection(reply):
    with RawServer(answering(reply), answering(reply), answering(response(), keep=True)) as server:
        found = run(load_for(server, [0.0, 0.02, 0.2, 0.25]))
    assert found.count(BROKEN) == 2
    assert found.n_answered == 2


def test_a_server_that_is_not_there_is_told():
    with RawServer(answering()) as server:
        load = load_for(server, [0.0, 0.01])
    found = run(load)
    assert found.count(BROKEN) == 2
    assert "refused" in found.failure


def test_the_end_of_the_warm_up_is_told_once_also_where_nothing_is_due_after_it():
    marks = []
    with RawServer(answering(response(), keep=True)) as server:
        load = load_for(server, [0.0, 0.01], mark_s=0.1)
        pool = Pool(load.host, load.port)
        Run(load, pool, lambda: marks.append(1)).run()
        pool.close()
    assert marks == [1]


def test_a_run_ends_with_who_asked_for_it():
    source, sink = os.pipe()
    with RawServer(answering(response(), keep=True)) as server:
        load = load_for(server, [i * 1.0 for i in range(60)])
        pool = Pool(load.host, load.port)
        os.close(sink)
        with pytest.raises(ParentGoneError):
            Run(load, pool, lambda: None, source).run()
        pool.close()
    os.close(source)


def test_runs_come_as_messages_and_end_with_their_stream():
    source, to_source = os.pipe()
    from_sink, sink = os.pipe()
    os.close(to_source)
    serve_runs(source, sink)  # nothing is asked
    os.close(sink)
    assert os.read(from_sink, 10) == b""
    assert FrameReader().feed(frame(msgspec.msgpack.encode(1)))
    os.close(source)
    os.close(from_sink)
