"""What an answer costs here, and why it costs that."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING

import msgspec

from headway.core.dtypes import Method
from headway.diagnosis.finding import Finding
from headway.errors import HeadwayError, TrustRefusedError
from headway.serving.warmup import warm_up_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headway.bundle.golden import GoldenRows
    from headway.serving.release import LoadedRelease

    Load = Callable[[], tuple[LoadedRelease, GoldenRows | None]]

MANY_ROWS = 100

_TARGET_S = 0.05
_MAX_CALLS = 200
# above it a hundred rows would take minutes
_SLOW_S = 1.0


def check_speed(
    address: str, load: Load, cpu_s: Callable[[], float] = time.process_time
) -> Iterator[Finding]:
    """Load a release, replay its golden rows, and measure one row and a hundred through the request path.

    Args:
        address: Of the release.
        load: Loads it and replays its golden rows; raises where it cannot be served.
        cpu_s: CPU seconds of this process, all of its threads.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the check of the libraries says it better
        started_s = cpu_s()
        try:
            release, golden = load()
        except TrustRefusedError as error:
            yield Finding(f"{address} load", "warning", error.message, error.hint)
            return
        shown = f"loaded in {cpu_s() - started_s:.2f} s of CPU, "
        replayed = 0 if golden is None else len(golden.rows)
        shown += f"{replayed} golden rows answered as recorded" if replayed else "no golden rows"
        yield Finding(f"{address} load", "ok", shown)
        yield _cost(address, release, golden, cpu_s)


def _cost(
    address: str,
    release: LoadedRelease,
    golden: GoldenRows | None,
    cpu_s: Callable[[], float],
) -> Finding:
    check = f"{address} speed"
    row = next(
        (row for row in warm_up_rows(release.contract, golden) if _is_answered(release, row)), None
    )
    if row is None:
        return Finding(
            check, "warning", "no known row is answered: the settings may refuse them all"
        )
    one_s = _least_s(release, [row], cpu_s)
    shown = f"{one_s * 1e6:,.0f} us of CPU for one row"
    n_rows = min(MANY_ROWS, release.limits.max_rows)
    if one_s < _SLOW_S and n_rows > 1:
        many_s = _least_s(release, [row] * n_rows, cpu_s)
        shown += f", {many_s / n_rows * 1e6:,.1f} us a row for {n_rows}"
    if release.form != "lowered":
        shown += f"; {release.reason}"
    limit_ms = release.limits.timeout_ms
    if limit_ms and one_s * 1000 > limit_ms:
        hint = f"a request is given up after {limit_ms:g} ms: raise `timeout_ms`"
        return Finding(check, "failed", shown, hint)
    return Finding(check, "ok", shown)


def _is_answered(release: LoadedRelease, row: object) -> bool:
    try:
        release.answer(msgspec.json.encode({"rows": [row]}), Method.PREDICT, "")
    except HeadwayError:
        return False
    return True


def _least_s(release: LoadedRelease, rows: list[object], cpu_s: Callable[[], float]) -> float:
    """Return the CPU seconds of one request with these rows, the least of three runs."""
    body = msgspec.json.encode({"rows": rows})

    def spent_s(n_calls: int) -> float:
        started_s = cpu_s()
        for _ in range(n_calls):
            release.answer(body, Method.PREDICT, "")
        return (cpu_s() - started_s) / n_calls

    first_s = spent_s(1)
    if first_s > _TARGET_S:
        return first_s
    n_calls = max(1, min(_MAX_CALLS, int(_TARGET_S / max(first_s, 1e-6))))
    return min(spent_s(n_calls) for _ in range(3))
