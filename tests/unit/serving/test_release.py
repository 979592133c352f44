from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from crafted import ROW
from headway.contract.reader import BodyReader
from headway.core.dtypes import Method
from headway.errors import InvalidInputError, OutputContractError, PredictionError

if TYPE_CHECKING:
    from headway.serving.app import ServingApp
    from headway.serving.release import LoadedRelease


@pytest.fixture
def release(app: ServingApp) -> LoadedRelease:
    return app.releases.service.release("credit")


def body(document: object) -> bytes:
    return json.dumps(document).encode()


@pytest.mark.parametrize("form", [ROW, {"features": ROW}, {"features": list(ROW.values())}])
def test_a_single_row_has_a_single_answer(release: LoadedRelease, form: object) -> None:
    reply = release.predict(body(form), Method.PREDICT, "r")
    assert reply.prediction in {"good", "bad"}
    assert reply.prediction_id is not None
    assert reply.prediction_ids is None
    assert (reply.model, reply.version, reply.variant) == ("credit", "3", "champion")
    assert reply.request_id == "r"


@pytest.mark.parametrize("form", [{"rows": [ROW]}, {"columns": {k: [v] for k, v in ROW.items()}}])
def test_rows_and_columns_have_lists_even_of_one(release: LoadedRelease, form: object) -> None:
    reply = release.predict(body(form), Method.PREDICT_PROBA, "r")
    assert reply.prediction in (["good"], ["bad"])
    assert reply.prediction_id is None
    assert reply.prediction_ids is not None
    assert len(reply.prediction_ids) == 1
    assert reply.probabilities is not None
    assert sum(reply.probabilities.values[0]) == pytest.approx(1)


def test_every_row_has_an_id_of_its_own(release: LoadedRelease) -> None:
    reply = release.predict(body({"rows": [ROW] * 50}), Method.PREDICT, "r")
    assert reply.prediction_ids is not None
    assert len(set(reply.prediction_ids)) == 50


def test_an_answer_is_the_reply_in_json(release: LoadedRelease) -> None:
    single = release.answer(body(ROW), Method.DECISION_FUNCTION, "r")
    assert json.loads(single.payload)["prediction_id"] == single.prediction_id
    assert single.n_rows == 1
    assert "scores" in json.loads(single.payload)
    several = release.answer(body({"rows": [ROW] * 3}), Method.PREDICT, "r")
    assert several.n_rows == 3
    assert several.prediction_id is None


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"age": 7}, InvalidInputError),
        ({"fault": 1}, PredictionError),
    ],
)
def test_what_goes_wrong_is_raised(
    release: LoadedRelease, change: dict[str, int], error: type[Exception]
) -> None:
    with pytest.raises(error):
        release.answer(body(ROW | change), Method.PREDICT, "r")


def test_nan_is_no_answer(release: LoadedRelease) -> None:
    with pytest.raises(OutputContractError):
        release.answer(body(ROW | {"fault": 2}), Method.PREDICT_PROBA, "r")


def test_what_a_policy_lets_through_is_in_the_reply(release: LoadedRelease) -> None:
    age, *others = release.contract.features
    warned = msgspec.structs.replace(age, policy="warn")
    contract = msgspec.structs.replace(release.contract, features=(warned, *others))
    lenient = dataclasses.replace(release, contract=contract, reader=BodyReader(contract, 1_000))
    answer = lenient.answer(body({"rows": [ROW | {"age": 7}] * 150}), Method.PREDICT, "r")
    document = json.loads(answer.payload)
    assert document["warnings"][0] == {
        "row": 0,
        "field": "age",
        "rule": "ge",
        "message": "`7` is not at least `18`",
    }
    assert (len(document["warnings"]), document["warnings_total"]) == (100, 150)
    assert answer.noted == {("age", "ge"): 150}
    calm = lenient.answer(body(ROW), Method.PREDICT, "r")
    assert "warnings" not in json.loads(calm.payload)
    assert not calm.noted
