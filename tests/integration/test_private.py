"""A value of a private feature is in no file of a release and in no word of a server."""

from __future__ import annotations

import struct
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import headway
from headway import api
from headway.config.load import load_settings
from headway.contract.schema import describe, row_schema
from headway.errors import ContractError
from headway.releases.evaluation import EvaluationRows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CANARY = "CANARY-7731"
SALARY = 77317731.25
TRACES = (CANARY.encode(), b"77317731", struct.pack("<d", SALARY))
N_ROWS = 120


class Served(msgspec.Struct, frozen=True):
    """A release with private features, and a server of it."""

    release: Any
    home: Any
    server: Any

    def ask(self, path: str, body: Any = None) -> tuple[int, bytes]:
        data = None if body is None else msgspec.json.encode(body)
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(self.server.url + path, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


def rows(n_rows: int) -> pd.DataFrame:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "age": random.integers(18, 80, n_rows),
            "ssn": [f"{CANARY}-{i}" for i in range(n_rows)],
            "salary": random.uniform(1_000, 9_000, n_rows),
        }
    )
    frame.loc[3, "salary"] = SALARY
    return frame


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("home")
    settings = load_settings({"home": str(home)})
    data = rows(N_ROWS)
    labels = np.where(data["age"] > 40, "bad", "good")
    model = make_pipeline(
        make_column_transformer((StandardScaler(), ["age", "salary"])), LogisticRegression()
    ).fit(data, labels)
    release = headway.register(
        model,
        data,
        labels,
        name="credit",
        evaluation=(rows(60), labels[:60]),
        constraints={
            "ssn": [headway.Text(max_length=20), headway.Private()],
            "salary": [headway.Range(0, 1e9), headway.Policy("clip"), headway.Private()],
        },
        rules=[headway.Rule("salary > age or len(ssn) < 3", name="earning")],
        settings=settings,
    )
    with headway.serve("credit", background=True, settings=settings) as server:
        yield Served(release, home, server)


def test_a_category_column_is_refused_before_anything_is_stored(tmp_path: Path) -> None:
    data = rows(60).astype({"ssn": "category"})
    labels = np.where(data["age"] > 40, "bad", "good")
    model = make_pipeline(
        make_column_transformer((StandardScaler(), ["age"])), LogisticRegression()
    ).fit(data, labels)
    with pytest.raises(ContractError, match="`ssn`: it is private") as caught:
        headway.register(
            model,
            data,
            labels,
            name="credit",
            constraints={"ssn": headway.Private()},
            settings=load_settings({"home": str(tmp_path)}),
        )
    assert_discreet(f"{caught.value} {caught.value.hint}".encode())
    assert not [path for path in tmp_path.rglob("*") if path.name == "contract.json"]


def row(**changed: Any) -> dict[str, Any]:
    return {"age": 41, "ssn": CANARY, "salary": SALARY, **changed}


def assert_discreet(said: bytes) -> None:
    assert not [trace for trace in TRACES if trace in said]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (row(), 200),
        (row(salary=-SALARY), 422),
        (row(salary=SALARY * 1e6), 200),
        (row(ssn=CANARY * 9), 422),
        (row(ssn=SALARY), 422),
        (row(salary=CANARY), 422),
        (row(salary=None), 422),
        (row(age=CANARY.replace(CANARY, "x")), 422),
        ({"features": [41, CANARY]}, 422),
        ({"rows": [CANARY, [41, [CANARY], {"a": CANARY}]]}, 422),
        ({"columns": {"age": [1], "ssn": CANARY, "salary": SALARY}}, 422),
    ],
)
def test_no_reply_holds_a_private_value(served: Served, body: Any, status: int) -> None:
    code, reply = served.ask("/models/credit/predict", body)
    assert code == status, reply
    assert_discreet(reply)


def test_what_was_clipped_is_told_without_its_value(served: Served) -> None:
    _, reply = served.ask("/models/credit/predict", row(salary=SALARY * 1e6))
    assert msgspec.json.decode(reply)["warnings"] == [
        {
            "row": 0,
            "field": "salary",
            "rule": "le",
            "message": "the value is not at most `1000000000`; it is taken as `1000000000`",
        }
    ]
    _, metrics = served.ask("/metrics")
    assert b'headway_contract_warnings_total{feature="salary"' in metrics


@pytest.mark.parametrize(
    "path", ["/docs", "/openapi.json", "/docs/openapi.json", "/models/credit", "/metrics"]
)
def test_no_page_holds_a_private_value(served: Served, path: str) -> None:
    status, page = served.ask(path)
    assert status == 200
    assert_discreet(page)


def test_no_file_holds_a_private_value(served: Served) -> None:
    served.ask("/models/credit/predict", row(ssn=CANARY * 9))
    files = [path for path in served.home.rglob("*") if path.is_file()]
    names = {path.name for path in files}
    assert {"contract.json", "golden.json", "mlflow.db", "credit.log"} <= names | {"mlflow.db"}
    leaks = {(path.name, trace) for path in files for trace in TRACES if trace in path.read_bytes()}
    assert leaks == set()


def test_golden_and_evaluation_rows_are_there_without_them(served: Served) -> None:
    golden = next(served.home.rglob("golden.json"))
    document = msgspec.json.decode(golden.read_bytes())
    assert document["names"] == ["age", "ssn", "salary"]
    assert len(document["rows"]) == N_ROWS
    assert all(len(ssn) <= 20 and 0 <= salary <= 1e9 for _, ssn, salary in document["rows"])
    (evaluation,) = served.home.rglob("evaluation/*.json")
    kept = msgspec.json.decode(evaluation.read_bytes(), type=EvaluationRows)
    assert kept.names == ("age",)
    assert len(kept.labels) == 60


def test_the_contract_shows_no_private_value(served: Served) -> None:
    contract = api.contract("credit", settings=load_settings({"home": str(served.home)}))
    shown = msgspec.json.encode([describe(contract), row_schema(contract, "credit")])
    assert_discreet(shown)
    assert_discreet(" ".join(served.release.notes).encode())
    assert any(note.startswith("private: `ssn`, `salary`") for note in served.release.notes)
