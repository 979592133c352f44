"""BentoML as its documentation shows it; `BENCH_BATCH=1` turns its adaptive batching on.

The batch is a list of rows: batching of a DataFrame fails in BentoML 1.4 (its dispatcher adds a tuple to an integer).
"""

from __future__ import annotations

import os
from pathlib import Path

import bentoml
import joblib
import numpy as np
import pandas as pd

BATCH = os.environ.get("BENCH_BATCH") == "1"
WORKERS = int(os.environ.get("BENCH_WORKERS", "1"))
FOLDER = Path(os.environ["BENCH_MODEL"])


@bentoml.service(name="bench", workers=WORKERS, traffic={"timeout": 60}, metrics={"enabled": True})
class Bench:
    """Answers probabilities."""

    def __init__(self) -> None:
        self.model = joblib.load(FOLDER / "model.joblib")

    if BATCH:

        @bentoml.api(batchable=True, max_batch_size=1_000, max_latency_ms=10_000)
        def predict(self, df: list[dict]) -> list[list[float]]:
            return self.model.predict_proba(pd.DataFrame(df)).tolist()
    else:

        @bentoml.api
        def predict(self, df: pd.DataFrame) -> np.ndarray:
            return self.model.predict_proba(df)
