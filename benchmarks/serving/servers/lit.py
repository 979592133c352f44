"""LitServe as its documentation shows it; `BENCH_BATCH=1`: 64 requests, 2 ms, and its fast queue."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import joblib
import litserve
import pandas as pd

BATCH = os.environ.get("BENCH_BATCH") == "1"
WORKERS = int(os.environ.get("BENCH_WORKERS", "1"))


class Api(litserve.LitAPI):
    """Answers probabilities; a request may hold several rows."""

    def setup(self, device: str) -> None:  # noqa: ARG002
        self.model = joblib.load(Path(os.environ["BENCH_MODEL"]) / "model.joblib")

    def decode_request(self, request):
        # no annotation: LitServe would read it
        return request["rows"]

    def batch(self, inputs: list[list[Any]]) -> list[Any]:
        self.sizes = [len(rows) for rows in inputs]
        return [row for rows in inputs for row in rows]

    def predict(self, rows: list[Any]) -> Any:
        return self.model.predict_proba(pd.DataFrame(rows))

    def unbatch(self, output: Any) -> list[Any]:
        parts, start = [], 0
        for size in self.sizes:
            parts.append(output[start : start + size])
            start += size
        return parts

    def encode_response(self, output: Any) -> dict[str, Any]:
        return {"prediction": output.tolist()}


if __name__ == "__main__":
    api = Api(max_batch_size=64, batch_timeout=0.002) if BATCH else Api()
    server = litserve.LitServer(
        api, accelerator="cpu", workers_per_device=WORKERS, timeout=60, fast_queue=BATCH
    )
    server.run(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        num_api_servers=1,
        generate_client_file=False,
        log_level="warning",
    )
