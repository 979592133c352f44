"""Whether a contestant answers what the model itself answers, for one row, for many, and for many at once."""

from __future__ import annotations

import concurrent.futures
from http import HTTPStatus
from typing import TYPE_CHECKING

from benchmarks.serving.data import MANY_ROWS
from benchmarks.serving.venvs import UnavailableError

if TYPE_CHECKING:
    from benchmarks.serving.formats import Question
    from benchmarks.serving.running import Server

# a net answers in float32
TOLERANCE = {"credit": 1e-9, "digits": 1e-5}
_ALONE = 20
_TOGETHER = 160
_CLIENTS = 16


def validate(server: Server) -> float:
    """Return the largest difference that was found.

    Raises:
        UnavailableError: An answer is not the model's.
    """
    if server.format is None:
        return 0.0
    data = server.data

    def one(i: int) -> float:
        assert server.format is not None
        return difference(server, server.format.one(data.rows[i]), data.expected[i : i + 1])

    found = [one(i) for i in range(_ALONE)]
    many = server.format.many(data.many)
    found.append(difference(server, many, data.expected[:MANY_ROWS]))
    # a server that batches does so now, and must give each its own answer
    with concurrent.futures.ThreadPoolExecutor(_CLIENTS) as threads:
        found += threads.map(one, range(_TOGETHER))
    return max(found)


def difference(server: Server, question: Question, expected: list[list[float]]) -> float:
    """Ask, and return the largest difference from what was expected."""
    status, reply = server.ask(question)
    if status != HTTPStatus.OK:
        raise UnavailableError(f"answers {status}: {reply[:200]!r}")
    answered = server.read(reply)
    if [len(row) for row in answered] != [len(row) for row in expected]:
        raise UnavailableError("answers another number of probabilities")
    pairs = zip(answered, expected, strict=True)
    most = max(abs(a - b) for mine, theirs in pairs for a, b in zip(mine, theirs, strict=True))
    if not most <= TOLERANCE[server.data.model]:
        raise UnavailableError(f"answers other probabilities, by {most:.1e}")
    return most
