"""Rounds: the constant, Headway and one peer in turns, so that what slows the machine slows all of them.

The unit is CPU of the whole tree of a server for each request that it has answered.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from benchmarks.load_client import run_load
from benchmarks.process_tree import cpu_seconds, load_average
from benchmarks.serving.data import MANY_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.serving.running import Server

CLIENTS = (1, 16, 64)
_MANY_CLIENTS = 2
_WARM_UP_S = 0.3
# of a server that needs a second for a thousand rows, too few would be counted
_MANY_LEAST_S = 2.0


@dataclasses.dataclass(frozen=True)
class Sample:
    """What one turn of one contestant measured.

    Attributes:
        contestant: Its name.
        model: What it served.
        what: `1`, `16` or `64` clients, `many` rows of JSON, or `arrow`.
        round: Turns of the same number ran one after the other.
        cpu_us: A request, or a row where there are many in one.
        rate: Requests or rows a second.
        p50_ms: Of a reply.
        p99_ms: Of a reply.
        load: Average of the machine in the last minute.
    """

    contestant: str
    model: str
    what: str
    round: str
    cpu_us: float
    rate: float
    p50_ms: float
    p99_ms: float
    load: float


class FailedError(Exception):
    """A contestant refused requests."""


def take_turns(servers: Sequence[Server], name: str, duration_s: float) -> list[Sample]:
    """Measure these servers in turns, with one row a request and with many.

    Args:
        servers: All serve the same model.
        name: Of the round.
        duration_s: Of one turn.
    """
    samples = []
    for n_clients in CLIENTS:
        samples += [measure_single(server, name, n_clients, duration_s) for server in servers]
    for server in servers:
        if server.format is not None:
            question = server.format.many(server.data.many).as_http()
            samples.append(measure_many(server, name, "many", question, duration_s))
    return samples


def measure_single(server: Server, name: str, n_clients: int, duration_s: float) -> Sample:
    """Measure one row a request."""
    requests = [question.as_http() for question in server.single()]
    return _measure(server, (name, str(n_clients)), requests, n_clients, duration_s)


def measure_many(
    server: Server, name: str, what: str, question: bytes, duration_s: float
) -> Sample:
    """Measure a request of many rows."""
    longer_s = max(duration_s, _MANY_LEAST_S)
    sample = _measure(server, (name, what), [question], _MANY_CLIENTS, longer_s)
    return dataclasses.replace(
        sample, cpu_us=sample.cpu_us / MANY_ROWS, rate=sample.rate * MANY_ROWS
    )


def _measure(
    server: Server,
    names: tuple[str, str],
    requests: Sequence[bytes],
    n_clients: int,
    duration_s: float,
) -> Sample:
    run_load(server.port, requests, n_clients=n_clients, duration_s=_WARM_UP_S)
    before_s = cpu_seconds(server.pid)
    result = run_load(server.port, requests, n_clients=n_clients, duration_s=duration_s)
    cpu_s = cpu_seconds(server.pid) - before_s
    label = server.contestant.name
    if result.n_errors or not result.n_requests:
        raise FailedError(f"refused {result.n_errors} of {result.n_requests + result.n_errors}")
    return Sample(
        label,
        server.data.model,
        names[1],
        names[0],
        cpu_us=cpu_s / result.n_requests * 1e6,
        rate=result.n_requests / result.duration_s,
        p50_ms=result.quantile_s(0.5) * 1e3,
        p99_ms=result.quantile_s(0.99) * 1e3,
        load=load_average(),
    )
