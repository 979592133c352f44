"""Models fitted on dates, decimals and lists of polars and pyarrow: the same answers in process and over HTTP."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import headway
from unit.contract.arrow.tables import file, stream

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

MIMES = {stream: "application/vnd.apache.arrow.stream", file: "application/vnd.apache.arrow.file"}
N_ROWS = 60
FRAME = pl.DataFrame(
    {
        "born": [dt.date(1990, 1, 1) + dt.timedelta(days=90 * i) for i in range(N_ROWS)],
        "opened": pl.Series(
            [dt.datetime(2026, 1, 1) + dt.timedelta(hours=7 * i) for i in range(N_ROWS)]
        ).dt.replace_time_zone("Europe/Berlin"),
        "price": pl.Series(
            [Decimal(1990 + i) / 100 for i in range(N_ROWS)], dtype=pl.Decimal(9, 2)
        ),
        "vector": pl.Series(
            np.random.default_rng(0).normal(size=(N_ROWS, 3)).tolist(),
            dtype=pl.Array(pl.Float32, 3),
        ),
    }
)


def from_polars(frame: pl.DataFrame) -> Any:
    """Return numbers as only a frame of these very types gives them."""
    columns = (
        frame["born"].dt.year(),
        frame["opened"].dt.hour(),
        frame["price"].cast(pl.Float64),
        *(frame["vector"].arr.get(i) for i in range(3)),
    )
    return np.column_stack(columns)


def from_pyarrow(table: pa.Table) -> Any:
    """Return numbers as only a table of these very types gives them."""
    vectors = table["vector"].combine_chunks()
    vectors = vectors.chunk(0) if hasattr(vectors, "chunk") else vectors
    return np.column_stack(
        [
            table["born"].cast("int32").to_numpy(),
            [instant.hour for instant in table["opened"].to_pylist()],
            table["price"].cast("float64").to_numpy(),
            vectors.flatten().to_numpy().reshape(-1, vectors.type.list_size),
        ]
    )


# a notebook's functions: they are pickled by value, as no other process has this module
from_polars.__module__ = from_pyarrow.__module__ = "__main__"


@pytest.mark.parametrize(
    ("frame", "numbers"), [(FRAME, from_polars), (FRAME.to_arrow(), from_pyarrow)]
)
def test_every_way_in_gives_the_answers_of_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frame: Any, numbers: Any
) -> None:
    monkeypatch.setenv("HEADWAY_HOME", str(tmp_path))
    target = np.random.default_rng(1).normal(size=N_ROWS)
    model = make_pipeline(FunctionTransformer(numbers), LinearRegression()).fit(frame, target)
    expected = model.predict(frame)
    assert headway.register(model, frame, name="typed").form == "partial"
    predictor = headway.load("typed")
    for way_in in (FRAME, FRAME.to_arrow(), FRAME.to_dicts()):
        np.testing.assert_allclose(predictor.predict(way_in), expected, rtol=1e-9)
    client = TestClient(headway.app("typed", trust=True))
    for write, mime in MIMES.items():
        body = write(FRAME.to_arrow(), compression="zstd")
        answer = client.post("/predict", content=body, headers={"Content-Type": mime})
        assert answer.status_code == 200, answer.text
        np.testing.assert_allclose(answer.json()["prediction"], expected, rtol=1e-9)


def test_every_violation_of_a_table_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWAY_HOME", str(tmp_path))
    target = np.arange(N_ROWS, dtype=float)
    model = make_pipeline(FunctionTransformer(from_polars), LinearRegression()).fit(FRAME, target)
    headway.register(model, FRAME, name="typed")
    table = pa.table(
        {
            "born": pa.array([0, 1], pa.timestamp("ns")),
            "opened": pa.array([1, None], pa.timestamp("ns", "Mars/Olympus")),
            "price": [Decimal("1.50"), Decimal("1.505")],
            "vector": [[1.0, 2.0, 3.0], [1.0]],
        }
    )
    client = TestClient(headway.app("typed", trust=True))
    mime = {"Content-Type": MIMES[stream]}
    answer = client.post("/predict", content=stream(table), headers=mime)
    assert answer.status_code == 422
    found = [(v["row"], v["field"], v["rule"]) for v in answer.json()["violations"]]
    words = {v["field"]: v["message"] for v in answer.json()["violations"]}
    assert "at most 9 digits, 2 of them after the point" in words["price"]
    assert found == [
        (0, "opened", "type"),
        (1, "born", "type"),
        (1, "opened", "null"),
        (1, "price", "type"),
        (1, "vector", "type"),
    ]
