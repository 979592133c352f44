from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from headway.errors import ConfigError
from headway.testing.load import bodies as module
from headway.testing.load.bodies import Rows, json_rows, make_bodies
from headway.testing.load.target import target_at

ROWS = [{"a": i} for i in range(3)]


@pytest.mark.parametrize(
    "rows", [ROWS, {"a": [0, 1, 2]}, pd.DataFrame(ROWS)], ids=["rows", "columns", "frame"]
)
def test_rows_of_any_kind_become_rows_of_json(rows):
    assert json_rows(rows) == ROWS


def test_one_row_and_rows_without_names_are_rows():
    assert json_rows({"a": 1, "b": None}) == [{"a": 1, "b": None}]
    assert json_rows(np.array([[1, 2], [3, 4]])) == [[1, 2], [3, 4]]


def test_no_row_is_refused():
    with pytest.raises(ConfigError, match="no row"):
        json_rows([])


def test_a_body_of_several_rows_goes_on_from_the_first_after_the_last():
    made = make_bodies(Rows(ROWS, ""), {1: 0.5, 2: 0.5})
    documents = [json.loads(content) for content in made.contents]
    assert documents[:3] == [{"features": row} for row in ROWS]
    assert [[row["a"] for row in one["rows"]] for one in documents[3:]] == [[0, 1], [2, 0], [1, 2]]
    assert made.n_rows == (1, 1, 1, 2, 2, 2)


def test_the_rows_of_a_size_are_sent_in_turn():
    made = make_bodies(Rows(ROWS, ""), {1: 0.5, 2: 0.5})
    order = list(made.order({1: 0.5, 2: 0.5}, 100, 1))
    for first in (0, 3):
        of_size = [position - first for position in order if first <= position < first + 3]
        assert of_size == [i % 3 for i in range(len(of_size))]


def test_bodies_stay_below_a_limit_of_bytes(monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 100)
    made = make_bodies(Rows([{"text": "x" * 60}] * 50, ""), {1: 1.0})
    assert len(made.contents) == 2


def test_a_request_is_the_body_with_its_length_behind_the_head():
    target = target_at("http://127.0.0.1:80", "/p", "x")
    made = make_bodies(Rows(ROWS, ""), {1: 1.0})
    head, _, body = made.requests(target)[1].partition(b"\r\n\r\n")
    assert head.endswith(b"Content-Length: %d" % len(body))
    assert json.loads(body) == {"features": ROWS[1]}
