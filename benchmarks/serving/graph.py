"""Prints the CPU microseconds a row of the credit graph alone: rows encoded, 1,000 in one call, on one thread."""

from __future__ import annotations

import statistics
import time
from typing import Any

from benchmarks.credit import NAME, credit_settings, read_credit

import headway
from headway.releases.rows import LabelledRows, array_names

_REPEATS = 300


def main() -> None:
    """Measure and print."""
    predictor = headway.load(NAME, settings=credit_settings())
    runtime: Any = predictor._runtime  # noqa: SLF001 - there is no way to ask the graph alone
    features, _ = read_credit()
    batch = LabelledRows(features, None).batch(array_names(predictor.contract))
    feeds = {"features": runtime.encoder.encode(batch)}
    times = []
    for _ in range(_REPEATS):
        started_s = time.process_time()
        runtime._run(["label", "probabilities"], feeds)  # noqa: SLF001 - as above
        times.append(time.process_time() - started_s)
    print(statistics.median(times) / batch.n_rows * 1e6)


if __name__ == "__main__":
    main()
