"""Models of dates, decimals and vectors, from a fitted pipeline to the answer of a server."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import headway
from headway.cli.main import main
from headway.contract.text import json_form

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration


def calendar(frame: Any) -> Any:
    """Return numbers that another zone, unit, missing value or type of object would change."""
    return np.column_stack(
        [
            frame["at"].dt.hour,
            frame["local"].dt.year.fillna(1900),
            frame["local"].dt.microsecond.fillna(-1),
            frame["day"].map(lambda day: day.toordinal()),
            frame["clock"].map(lambda time: time.hour * 60 + time.minute),
            frame["price"].map(lambda price: -1.0 if price is None else float(price % 7)),
        ]
    ).astype(float)


def vectors(frame: Any) -> Any:
    return np.vstack([cell.mean(axis=0) for cell in frame["vector"]]).astype(float)


# a notebook's functions: they are pickled by value, as no other process has this module
calendar.__module__ = vectors.__module__ = "__main__"


def training_frame(n_rows: int = 400) -> pd.DataFrame:
    random = np.random.default_rng(5)
    days = pd.to_datetime("2024-01-01") + pd.to_timedelta(random.integers(0, 700, n_rows), "D")
    minutes = pd.to_timedelta(random.integers(0, 1440, n_rows), "min")
    frame = pd.DataFrame(
        {
            "at": pd.Series(days + minutes).dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin"),
            "local": pd.Series(days + minutes).dt.as_unit("ns"),
            "day": pd.Series(days).dt.date,
            "clock": (pd.Series(days) + minutes).dt.time,
            "price": [Decimal(int(cents)) / 100 for cents in random.integers(0, 90_000, n_rows)],
            "vector": list(random.normal(size=(n_rows, 2, 3)).astype(np.float32)),
            "amount": random.normal(size=n_rows),
        }
    )
    frame.loc[::9, "local"] = pd.NaT
    frame.loc[::11, "price"] = None
    return frame


FRAME = training_frame()


class Trained(NamedTuple):
    model: Any
    client: TestClient
    home: Path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("home")
    steps = ColumnTransformer(
        [
            ("calendar", FunctionTransformer(calendar), ["at", "local", "day", "clock", "price"]),
            ("vectors", FunctionTransformer(vectors), ["vector"]),
            ("amount", "passthrough", ["amount"]),
        ]
    )
    labels = np.random.default_rng(6).normal(size=len(FRAME))
    model = make_pipeline(steps, LinearRegression()).fit(FRAME, labels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADWAY_HOME", str(home))
        release = headway.register(
            model,
            FRAME,
            labels,
            name="types",
            holdout_ratio=0.25,
            constraints={
                "day": headway.Range(dt.date(2024, 1, 1), "2026-12-31"),
                "price": headway.Range(0, Decimal("900.5")),
                "at": {"ge": "2023-12-31T00:00:00+01:00"},
                "vector": headway.Range(-8, 8),
            },
        )
        assert release.form == "partial"
        assert "feature `at` is a datetime" in release.reason
        yield Trained(model, TestClient(headway.app("types", trust=True)), home)


def as_json(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as a client would write them."""
    return [
        {name: cell_as_json(value) for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def cell_as_json(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return None if pd.isna(value) else json_form(value)


def test_a_server_answers_as_the_model(trained: Trained) -> None:
    expected = trained.model.predict(FRAME)
    rows = as_json(FRAME)
    reply = trained.client.post("/predict", json={"rows": rows})
    assert reply.status_code == 200, reply.text
    assert reply.json()["prediction"] == pytest.approx(expected.tolist(), rel=1e-9)
    columns = {name: [row[name] for row in rows] for name in FRAME}
    by_column = trained.client.post("/predict", json={"columns": columns})
    assert by_column.json()["prediction"] == pytest.approx(expected.tolist(), rel=1e-9)


def test_a_program_answers_as_the_model(trained: Trained, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_HOME", str(trained.home))
    predictor = headway.load("types", trust=True)
    answers = trained.model.predict(FRAME).tolist()
    expected = pytest.approx(answers, rel=1e-9)
    assert predictor.predict(FRAME).tolist() == expected
    assert predictor.predict(FRAME.to_dict("records")).tolist() == expected
    assert predictor.predict({name: FRAME[name] for name in FRAME}).tolist() == expected
    stacked = {
        **{name: FRAME[name] for name in FRAME},
        "vector": np.stack(FRAME["vector"].tolist()),
    }
    assert predictor.predict(stacked).tolist() == expected
    (first,) = as_json(FRAME.head(1))
    assert predictor.predict(first).tolist() == pytest.approx(answers[:1], rel=1e-9)


def test_another_zone_is_the_same_instant(trained: Trained) -> None:
    (row,) = as_json(FRAME.iloc[1:2])
    in_utc = dt.datetime.fromisoformat(row["at"]).astimezone(dt.UTC)
    answers = [
        trained.client.post("/predict", json={**row, "at": at}).json()["prediction"]
        for at in (row["at"], json_form(in_utc), str(in_utc).lower())
    ]
    assert answers == [answers[0]] * 3


def test_every_violation_is_named(trained: Trained) -> None:
    (row,) = as_json(FRAME.iloc[1:2])
    wrong = {
        "at": "2024-06-01T10:00:00",
        "local": "2024-06-01T10:00:00Z",
        "day": "2030-01-01",
        "clock": "25:00",
        "price": "1e3",
        "vector": [[1, 2, 3], [4, 9, 6]],
    }
    reply = trained.client.post("/predict", json={**row, **wrong})
    assert reply.status_code == 422
    found = {v["field"]: (v["rule"], v["message"]) for v in reply.json()["violations"]}
    rules = {field: rule for field, (rule, _) in found.items()}
    expected = ["type", "type", "le", "type", "le", "le"]
    assert rules == dict(zip(wrong, expected, strict=True))
    assert "with an offset" in found["at"][1]
    assert "without an offset" in found["local"][1]
    assert found["vector"][1] == "at `[1][1]`: `9` is not at most `8`"


def test_the_api_page_describes_what_is_sent(trained: Trained) -> None:
    document = trained.client.get("/openapi.json").json()
    properties = document["components"]["schemas"]["TypesRow"]["properties"]
    assert properties["at"]["format"] == "date-time"
    assert "format" not in properties["local"]
    assert properties["price"]["type"] == ["number", "string", "null"]
    assert properties["vector"]["items"]["minItems"] == 3
    (example,) = document["components"]["schemas"]["TypesRow"]["examples"]
    assert trained.client.post("/predict", json=example).status_code == 200
    assert re.fullmatch(properties["at"]["pattern"], example["at"])
    assert trained.client.get("/docs/openapi.json").status_code == 200


def test_the_command_line_reads_them_from_csv(
    trained: Trained,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("HEADWAY_HOME", str(trained.home))
    rows = as_json(FRAME.head(12))
    cells = [
        {
            name: msgspec.json.encode(v).decode() if isinstance(v, list) else v
            for name, v in row.items()
        }
        for row in rows
    ]
    file = tmp_path / "rows.csv"
    pd.DataFrame(cells).to_csv(file, index=False)
    assert main(["--json", "predict", "types", str(file), "--trust"]) == 0
    answers = msgspec.json.decode(capsys.readouterr().out)["prediction"]
    assert answers == pytest.approx(trained.model.predict(FRAME.head(12)).tolist(), rel=1e-12)
