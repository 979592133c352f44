"""Ray Serve, without its access log; `BENCH_BATCH=1` uses `@serve.batch` with 64 requests and 2 ms."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import ray
from ray import serve
from starlette.requests import Request

BATCH = os.environ.get("BENCH_BATCH") == "1"
QUIET = {"enable_access_log": False}
OPTIONS: dict[str, Any] = {
    "num_replicas": int(os.environ.get("BENCH_WORKERS", "1")),
    "max_ongoing_requests": 100,
    "ray_actor_options": {"num_cpus": 0.5},
    "logging_config": QUIET,
}


@serve.deployment(**OPTIONS)
class Plain:
    """Answers each request alone."""

    def __init__(self, folder: str) -> None:
        self.model = joblib.load(Path(folder) / "model.joblib")

    async def __call__(self, request: Request) -> dict[str, Any]:
        rows = (await request.json())["rows"]
        return {"prediction": self.model.predict_proba(pd.DataFrame(rows)).tolist()}


@serve.deployment(**OPTIONS)
class Batched:
    """Answers requests together."""

    def __init__(self, folder: str) -> None:
        self.model = joblib.load(Path(folder) / "model.joblib")

    @serve.batch(max_batch_size=64, batch_wait_timeout_s=0.002)
    async def score(self, requests: list[list[Any]]) -> list[Any]:
        answers = self.model.predict_proba(pd.DataFrame([row for rows in requests for row in rows]))
        parts, start = [], 0
        for rows in requests:
            parts.append(answers[start : start + len(rows)].tolist())
            start += len(rows)
        return parts

    async def __call__(self, request: Request) -> dict[str, Any]:
        return {"prediction": await self.score((await request.json())["rows"])}


def end(*_: Any) -> None:
    """End Ray with this process."""
    ray.shutdown()
    sys.exit(0)


if __name__ == "__main__":
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        object_store_memory=200 * 2**20,
        logging_level="warning",
        log_to_driver=False,
        _temp_dir=os.environ["BENCH_RAY_TMP"],
    )
    http = {"host": "127.0.0.1", "port": int(sys.argv[1])}
    serve.start(http_options=http, logging_config=QUIET)
    served = Batched if BATCH else Plain
    serve.run(served.bind(os.environ["BENCH_MODEL"]), route_prefix="/")
    signal.signal(signal.SIGTERM, end)
    while True:
        time.sleep(3600)
