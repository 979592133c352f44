"""A reply has the shape of the rows that were sent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from headway.client.reply import read_reply
from headway.client.rows import encode_rows
from headway.errors import ServerError

ONE = {
    "prediction": "good",
    "model": "credit",
    "version": "3",
    "variant": "champion",
    "prediction_id": "a",
    "request_id": "r",
}
MANY = {
    **{key: value for key, value in ONE.items() if key != "prediction_id"},
    "prediction": ["good", "bad"],
    "prediction_ids": ["a", "b"],
}
CLASSES = ["bad", "good"]


def test_one_row_has_single_answers() -> None:
    document = {**ONE, "probabilities": {"classes": CLASSES, "values": [0.25, 0.75]}}
    reply = read_reply(document, encode_rows({"age": 1}))
    assert (reply.prediction, reply.probabilities) == ("good", [0.25, 0.75])
    assert reply.classes == ("bad", "good")
    assert (reply.prediction_id, reply.prediction_ids) == ("a", ["a"])
    assert (reply.model, reply.version, reply.variant, reply.request_id) == (
        "credit",
        "3",
        "champion",
        "r",
    )


def test_without_probabilities_there_are_none() -> None:
    reply = read_reply(ONE, encode_rows([1]))
    assert reply.probabilities is None
    assert reply.scores is None
    assert reply.classes == ()


def test_a_frame_gets_frames_with_its_index() -> None:
    frame = pd.DataFrame({"age": [1, 2]}, index=[10, 20])
    document = {
        **MANY,
        "probabilities": {"classes": CLASSES, "values": [[0.25, 0.75], [0.5, 0.5]]},
    }
    reply = read_reply(document, encode_rows(frame))
    assert reply.prediction.to_dict() == {10: "good", 20: "bad"}
    assert reply.probabilities.loc[10].to_dict() == {"bad": 0.25, "good": 0.75}
    assert reply.prediction_ids.to_dict() == {10: "a", 20: "b"}
    with pytest.raises(ValueError, match="unpack"):
        _ = reply.prediction_id


@pytest.mark.parametrize("scores", [[0.5, -0.5], [[0.1, 0.2], [0.3, 0.4]]])
def test_an_array_gets_arrays(scores: list[Any]) -> None:
    reply = read_reply({**MANY, "scores": scores}, encode_rows(np.zeros((2, 1))))
    assert isinstance(reply.prediction, np.ndarray)
    assert reply.scores.tolist() == scores


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "text",
        {},
        {**ONE, "probabilities": {"classes": CLASSES}},
        {key: value for key, value in ONE.items() if key != "version"},
        {key: value for key, value in ONE.items() if key != "prediction_id"},
    ],
)
def test_the_document_of_another_program_is_refused(document: Any) -> None:
    with pytest.raises(ServerError, match="not one of a Headway server"):
        read_reply(document, encode_rows({"age": 1}))


@pytest.mark.parametrize(
    "rows",
    [
        pd.DataFrame({"age": [1, 2, 3]}),
        pl.DataFrame({"age": [1, 2, 3]}),
        pa.table({"age": [1, 2, 3]}),
        np.zeros((3, 1)),
        [{"age": 1}] * 3,
        {"age": [1, 2, 3]},
    ],
)
def test_answers_for_another_number_of_rows_are_refused(rows: Any) -> None:
    with pytest.raises(ServerError):
        read_reply(MANY, encode_rows(rows))
