"""The public API as people type it: checked by mypy, never run.

A line that must be refused says so by the comment that silences it; mypy complains where it is not needed.
"""

from __future__ import annotations

from typing import Any, assert_type

import numpy as np
import pandas as pd

import headway
from headway.client import Reply
from headway.errors import InvalidInputError, Violation


def train(model: Any, X: pd.DataFrame, y: pd.Series[Any]) -> None:  # noqa: N803 - scikit-learn's name
    release = headway.register(
        model,
        X,
        y,
        name="credit",
        constraints={
            "age": headway.Range(18, 120),
            "purpose": (headway.OneOf(), headway.NotNull()),
        },
    )
    assert_type(release, headway.Release)
    assert_type(release.version, str)
    headway.register(model, X, y)  # type: ignore[call-arg]
    headway.register(model, X, y, name="credit", constraints={"age": 5})  # type: ignore[dict-item]


def serve() -> None:
    with headway.serve("credit", background=True) as server:
        assert_type(server, headway.Server)
        assert_type(server.url, str)
    headway.serve("credit", "churn:3", host="127.0.0.1", port=8000, workers="auto", on_ready=print)
    headway.serve("credit", workers="all")  # type: ignore[call-overload]
    headway.serve("credit", port="8000")  # type: ignore[call-overload]


def ask(frame: pd.DataFrame) -> None:
    with headway.Client("http://127.0.0.1:8000", api_key="key", timeout_s=5) as client:
        assert_type(client, headway.Client)
        reply = client.predict("credit", frame, method="predict_proba", version=3, timeout_s=1)
        assert_type(reply, Reply)
        assert_type(reply.version, str)
        assert_type(reply.prediction_id, str)
        assert_type(reply.classes, tuple[Any, ...])
        client.predict({"age": 41})
        client.predict("credit", [{"age": 41}])
        client.predict("credit", np.zeros((2, 3)))
        assert_type(client.health(), bool)
        assert_type(client.models(), list[dict[str, Any]])
        assert_type(client.contract("credit", timeout_s=1), dict[str, Any])
        reply.version = "4"  # type: ignore[misc]
        client.predict("credit", frame, method=1)  # type: ignore[arg-type]
        client.predict("credit", frame, "predict_proba")  # type: ignore[call-arg]
        client.predict("credit", frame, metod="predict")  # type: ignore[call-arg]


async def ask_asynchronously(frame: pd.DataFrame) -> None:
    async with headway.AsyncClient(timeout_s=5) as client:
        assert_type(client, headway.AsyncClient)
        assert_type(await client.predict("credit", frame), Reply)
        assert_type(await client.ready(), bool)
        assert_type(await client.models(), list[dict[str, Any]])
        client.predict("credit", frame)  # type: ignore[unused-coroutine]
        _ = client.predict("credit", frame).prediction  # type: ignore[attr-defined]
    with headway.AsyncClient() as client:  # type: ignore[attr-defined]
        pass


def load(frame: pd.DataFrame) -> None:
    predictor = headway.load("credit")
    assert_type(predictor, headway.Predictor)
    predictor.predict(frame)


def refused(client: headway.Client) -> tuple[Violation, ...]:
    try:
        client.predict("credit", {"age": 5})
    except InvalidInputError as error:
        assert_type(error.request_id, str | None)
        assert_type(error.status, int | None)
        return error.violations
    except headway.HeadwayError as error:
        assert_type(error.hint, str | None)
    return ()
