"""Both clients x every kind of rows x every method, against a real server: one answer a row, as they came."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pydantic
import pytest

from crafted import ROW, crafted_plan
from headway.client import AsyncClient, Client
from headway.errors import (
    InputTooLargeError,
    InvalidInputError,
    MethodNotSupportedError,
    ModelNotFoundError,
    PredictionError,
)
from headway.serving.plan import Limits
from running import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headway.client import Reply

N_ROWS = 3
ROWS = [
    ROW,
    ROW | {"age": 20, "amount": None, "purpose": "tv"},
    ROW | {"age": 75, "amount": 18000, "purpose": "education"},
]
COLUMNS = {name: [row[name] for row in ROWS] for name in ROW}
FRAME = pd.DataFrame(COLUMNS, index=pd.Index(["x", "y", "z"], name="id"))
TABLE = pa.table(COLUMNS)
FIELDS = [("age", "i4"), ("amount", "f8"), ("purpose", "U9"), ("fault", "i1"), ("spin", "i8")]


@dataclasses.dataclass
class Data:
    age: int
    amount: float | None
    purpose: str
    fault: int
    spin: int


class Named(NamedTuple):
    age: int
    amount: float | None
    purpose: str
    fault: int
    spin: int


class Model(pydantic.BaseModel):
    years: int = pydantic.Field(alias="age")
    amount: float | None
    purpose: str
    fault: int
    spin: int


ONE: dict[str, Any] = {
    "dict": ROW,
    "list": list(ROW.values()),
    "tuple": tuple(ROW.values()),
    "named tuple": Named(**ROW),
    "dataclass": Data(**ROW),
    "pydantic model": Model(**ROW),
    "pandas Series": FRAME.iloc[0],
    "record of an array": np.array([tuple(ROW.values())], dtype=FIELDS)[0],
    "array": np.array(list(ROW.values()), dtype=object),
}
SEVERAL: dict[str, tuple[Any, type, type]] = {
    "list of dicts": (ROWS, list, list),
    "list of lists": ([list(row.values()) for row in ROWS], list, list),
    "list of named tuples": ([Named(**row) for row in ROWS], list, list),
    "list of dataclasses": ([Data(**row) for row in ROWS], list, list),
    "list of pydantic models": ([Model(**row) for row in ROWS], list, list),
    "list of Series": ([row for _, row in FRAME.iterrows()], list, list),
    "dict of columns": (COLUMNS, list, list),
    "dict of Series": ({name: FRAME[name] for name in FRAME}, list, list),
    "pandas DataFrame": (FRAME, pd.Series, pd.DataFrame),
    "nullable DataFrame": (FRAME.convert_dtypes(), pd.Series, pd.DataFrame),
    "categorical DataFrame": (FRAME.astype({"purpose": "category"}), pd.Series, pd.DataFrame),
    "polars DataFrame": (pl.DataFrame(COLUMNS), pl.Series, pl.DataFrame),
    "Arrow Table": (TABLE, pa.ChunkedArray, pa.Table),
    "Arrow RecordBatch": (TABLE.to_batches()[0], pa.Array, pa.RecordBatch),
    "array": (np.array([list(row.values()) for row in ROWS], dtype=object), np.ndarray, np.ndarray),
    "structured array": (
        np.array([tuple(row.values()) for row in ROWS], dtype=FIELDS),
        np.ndarray,
        np.ndarray,
    ),
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    with running(folder, crafted_plan(folder, limits=Limits(max_rows=1000))) as server:
        yield server.server.url


def ask_sync(url: str, *arguments: Any, **options: Any) -> Reply:
    with Client(url) as client:
        return client.predict(*arguments, **options)


def ask_async(url: str, *arguments: Any, **options: Any) -> Reply:
    async def ask() -> Reply:
        async with AsyncClient(url) as client:
            return await client.predict(*arguments, **options)

    return asyncio.run(ask())


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest, url: str) -> Callable[..., Reply]:
    def ask(*arguments: Any, **options: Any) -> Reply:
        reply: Reply = request.param(url, *arguments, **options)
        return reply

    return ask


@pytest.fixture(scope="module")
def expected(url: str) -> dict[str, Any]:
    """Ask row by row, by name."""
    with Client(url) as client:
        shares = [client.predict("credit", row, method="predict_proba") for row in ROWS]
        scores = [client.predict("credit", row, method="decision_function") for row in ROWS]
    answers = {
        "prediction": [reply.prediction for reply in shares],
        "probabilities": [reply.probabilities for reply in shares],
        "scores": [reply.scores for reply in scores],
    }
    assert len(set(answers["prediction"])) == 2
    return answers


def listed(answers: Any) -> list[Any]:
    """Return answers of any type as lists."""
    if isinstance(answers, pl.DataFrame):
        return [list(row) for row in answers.rows()]
    if isinstance(answers, pd.DataFrame):
        return answers.to_numpy().tolist()
    if isinstance(answers, pa.Table | pa.RecordBatch):
        return [list(row.values()) for row in answers.to_pylist()]
    for method in ("tolist", "to_list", "to_pylist"):
        if hasattr(answers, method):
            return list(getattr(answers, method)())
    return list(answers)


@pytest.mark.parametrize("kind", ONE)
def test_one_row_has_single_answers(
    ask: Callable[..., Reply], expected: dict[str, Any], kind: str
) -> None:
    reply = ask("credit", ONE[kind], method="predict_proba")
    assert reply.prediction == expected["prediction"][0]
    assert reply.probabilities == expected["probabilities"][0]
    assert reply.classes == ("bad", "good")
    assert reply.prediction_ids == [reply.prediction_id]
    assert ask("credit", ONE[kind], method="decision_function").scores == expected["scores"][0]


@pytest.mark.parametrize("kind", SEVERAL)
def test_several_rows_have_their_answers_as_they_came(
    ask: Callable[..., Reply], expected: dict[str, Any], kind: str
) -> None:
    rows, column, table = SEVERAL[kind]
    reply = ask("credit", rows, method="predict_proba")
    assert isinstance(reply.prediction, column)
    assert listed(reply.prediction) == expected["prediction"]
    assert isinstance(reply.probabilities, table)
    assert listed(reply.probabilities) == expected["probabilities"]
    assert isinstance(reply.prediction_ids, column)
    assert len(set(listed(reply.prediction_ids))) == N_ROWS
    scores = ask("credit", rows, method="decision_function").scores
    assert isinstance(scores, column)
    assert listed(scores) == expected["scores"]


def test_the_index_is_kept_in_every_answer(ask: Callable[..., Reply]) -> None:
    shuffled = FRAME.loc[["z", "x", "y"]]
    reply = ask("credit", shuffled, method="predict_proba")
    for answers in (reply.prediction, reply.probabilities, reply.prediction_ids):
        assert answers.index.equals(shuffled.index)
    assert list(reply.probabilities.columns) == ["bad", "good"]
    assert reply.prediction["z"] == ask("credit", FRAME.loc["z"]).prediction
    joined = shuffled.assign(label=reply.prediction).sort_index()
    assert joined["label"].tolist() == ask("credit", FRAME).prediction.tolist()


def test_classes_name_the_columns_of_other_tables_too(ask: Callable[..., Reply]) -> None:
    shares = ask("credit", pl.DataFrame(COLUMNS), method="predict_proba").probabilities
    assert shares.columns == ["bad", "good"]
    shares = ask("credit", TABLE, method="predict_proba").probabilities
    assert shares.schema.names == ["bad", "good"]


def test_a_name_and_a_version_are_not_needed_but_heard(ask: Callable[..., Reply]) -> None:
    assert ask(ROW).model == "credit"
    assert ask("credit", ROW, version=3).version == "3"
    with pytest.raises(ModelNotFoundError, match="4") as caught:
        ask("credit", ROW, version="4")
    assert (caught.value.status, caught.value.code) == (404, "registry.model_not_found")


@pytest.mark.parametrize("kind", SEVERAL)
def test_violations_come_back_with_row_and_feature(ask: Callable[..., Reply], kind: str) -> None:
    wrong = [row | {"age": 5} if i else row for i, row in enumerate(ROWS)]
    columns = {name: [row[name] for row in wrong] for name in ROW}
    rows = {
        "pandas DataFrame": pd.DataFrame(columns),
        "polars DataFrame": pl.DataFrame(columns),
        "Arrow Table": pa.table(columns),
        "dict of columns": columns,
    }.get(kind, wrong)
    with pytest.raises(InvalidInputError) as caught:
        ask("credit", rows)
    error = caught.value
    assert [(v.row, v.field, v.rule) for v in error.violations] == [
        (1, "age", "ge"),
        (2, "age", "ge"),
    ]
    assert (error.total, error.status, error.code) == (2, 422, "contract.violated")
    assert error.request_id


def test_a_refusal_names_what_the_server_logged(url: str) -> None:
    with Client(url) as client:
        reply = client.predict("credit", ROW)
        assert len(reply.request_id) == 24
        with pytest.raises(PredictionError) as caught:
            client.predict("credit", ROW | {"fault": 1})
        assert (caught.value.status, len(caught.value.request_id or "")) == (500, 24)
        with pytest.raises(InputTooLargeError, match="1000"):
            client.predict("credit", [ROW] * 1001)
        with pytest.raises(MethodNotSupportedError):
            client.predict("credit", ROW, method="transform")


@pytest.mark.parametrize(
    "value", [Decimal("1.5"), dt.date(2026, 2, 3), [1, 2], dt.datetime(2026, 2, 3, tzinfo=dt.UTC)]
)
def test_the_server_says_what_it_does_not_take(ask: Callable[..., Reply], value: Any) -> None:
    """What JSON can hold is sent: the contract decides, and names row and feature."""
    with pytest.raises(InvalidInputError) as caught:
        ask("credit", [ROW, ROW | {"age": value}])
    assert [(v.row, v.field, v.rule) for v in caught.value.violations] == [(1, "age", "type")]
    assert caught.value.status == 422


def test_models_and_contracts_are_read(url: str) -> None:
    with Client(url) as client:
        assert client.health()
        assert client.ready()
        assert [model["name"] for model in client.models()] == ["credit"]
        assert [f["name"] for f in client.contract("credit")["features"]] == list(ROW)


def test_connections_are_kept_for_many_calls(url: str) -> None:
    with Client(url) as client:
        for _ in range(50):
            client.predict("credit", ROW)
        (pool,) = client._transport._pools.values()
        assert len(pool.connections) == 1
