"""What a guide to serving writes by hand: FastAPI, a pydantic model, the model itself, two metrics.

`/predict_many` is added, so that requests of many rows can be compared.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from pydantic import Field, create_model

FOLDER = Path(os.environ["BENCH_MODEL"])
META = json.loads((FOLDER / "meta.json").read_text())
if META["kind"] == "frame":
    model = joblib.load(FOLDER / "model.joblib")
    fields: dict[str, Any] = {
        name: (float if name in META["numbers"] else str, ...) for name in META["columns"]
    }
    Row = create_model("Row", **fields)

    def score(rows: list[Any]) -> Any:
        """Return the probabilities of rows."""
        return model.predict_proba(pd.DataFrame([row.model_dump() for row in rows]))
else:
    import torch

    model = torch.load(FOLDER / "model.pt", weights_only=False).eval()
    width = len(META["columns"])
    features = (list[float], Field(min_length=width, max_length=width))
    Row = create_model("Row", features=features)

    def score(rows: list[Any]) -> Any:
        """Return the probabilities of rows."""
        with torch.no_grad():
            logits = model(torch.tensor([row.features for row in rows]))
            return torch.softmax(logits, dim=1).numpy()


app = FastAPI()
COUNT = Counter("prediction_requests_total", "Total prediction requests")
LATENCY = Histogram("prediction_latency_seconds", "Prediction latency")


def predict(row: Row) -> dict[str, Any]:  # type: ignore[valid-type]
    """Predict for one row."""
    COUNT.inc()
    with LATENCY.time():
        return {"prediction": score([row]).tolist()}


def predict_many(rows: list[Row]) -> dict[str, Any]:  # type: ignore[valid-type]
    """Predict for several rows."""
    COUNT.inc(len(rows))
    with LATENCY.time():
        return {"prediction": score(rows).tolist()}


def metrics() -> Response:
    """Show the metrics."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


app.post("/predict")(predict)
app.post("/predict_many")(predict_many)
app.get("/metrics")(metrics)
