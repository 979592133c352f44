from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import fastapi
import msgspec
import pydantic
import pytest
from fastapi.testclient import TestClient

from headway.contract.model import Output
from headway.contract.output import Answer, declare_output
from headway.contract.pydantic.models import reply_model, request_model, row_model
from headway.core.dtypes import DType, Method, Task
from unit.contract.strategies import contract_of, feature

AGE = msgspec.structs.replace(feature("age", DType.INTEGER, ge=18), example=41)
PURPOSE = feature("purpose", DType.STRING, nullable=True, one_of=("car", "tv"))
CONTRACT = contract_of(AGE, PURPOSE)
ROW = {"age": 41, "purpose": None}


@pytest.mark.parametrize("age", [41, 41.0])
def test_a_row_is_read_with_its_values(age: float) -> None:
    row = row_model(CONTRACT, "credit").model_validate({"age": age, "purpose": "car"})
    assert type(row).__name__ == "CreditRow"
    assert row.model_dump() == {"age": 41, "purpose": "car"}


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"age": "41"}, "age"),
        ({"age": True}, "age"),
        ({"age": 17}, "age"),
        ({"age": None}, "age"),
        ({"age": 2**63}, "age"),
        ({"purpose": "boat"}, "purpose"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_bad_row_is_refused_at_its_field(changed: dict[str, Any], where: str) -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        row_model(CONTRACT, "credit").model_validate(ROW | changed)
    assert [error["loc"] for error in caught.value.errors()] == [(where,)]


@pytest.mark.parametrize(
    "name", ["my col", "class", "model_dump", "model_x", "_private", "json", "copy", "a-b", "", "1"]
)
def test_a_name_that_python_cannot_use_gets_an_attribute(name: str) -> None:
    model = row_model(contract_of(feature(name, DType.INTEGER)), "credit")
    row = model.model_validate({name: 5})
    assert row.field_0 == 5  # type: ignore[attr-defined]
    assert row.model_dump(by_alias=True) == {name: 5}
    with pytest.raises(pydantic.ValidationError):
        model.model_validate({"field_0": 5})


def test_attributes_never_collide() -> None:
    names = ("class", "field_0", "field_0_", "field_3", "def")
    contract = contract_of(*(feature(name, DType.INTEGER) for name in names))
    row = row_model(contract, "credit").model_validate({name: i for i, name in enumerate(names)})
    assert list(row.model_dump(by_alias=True).items()) == [(n, i) for i, n in enumerate(names)]


@pytest.mark.parametrize(
    ("name", "class_name"),
    [("credit", "CreditRow"), ("credit-risk_v2", "CreditRiskV2Row"), ("ÄÖ", "ModelRow")],
)
def test_a_class_is_named_after_the_model(name: str, class_name: str) -> None:
    assert row_model(CONTRACT, name).__name__ == class_name


FORMS = [
    ROW,
    {"features": ROW},
    {"features": [41, None]},
    {"rows": [ROW, [41, "car"]]},
    {"columns": {"age": [41, 18], "purpose": [None, "tv"]}},
]


@pytest.mark.parametrize("body", FORMS)
def test_a_request_takes_every_form(body: Any) -> None:
    model = request_model(CONTRACT, "credit")
    model.model_validate(body)
    model.model_validate_json(json.dumps(body))


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"features": {}},
        {"features": [41]},
        {"features": ROW, "extra": 1},
        {"rows": []},
        {"rows": [ROW, {"age": 1}]},
        {"columns": {"age": [41]}},
        {"columns": {"age": [17], "purpose": ["car"]}},
        ROW | {"rows": [ROW]},
    ],
)
def test_a_request_refuses_other_forms(body: Any) -> None:
    with pytest.raises(pydantic.ValidationError):
        request_model(CONTRACT, "credit").model_validate(body)


def test_a_reserved_name_takes_wrapped_rows_only() -> None:
    model = request_model(contract_of(feature("rows", DType.INTEGER)), "credit")
    model.model_validate({"rows": [{"rows": 1}]})
    with pytest.raises(pydantic.ValidationError):
        model.model_validate({"rows": 1})


ORIGIN = {"model": "credit", "version": "3", "variant": "champion", "request_id": "r"}


@pytest.mark.parametrize(
    ("output", "prediction", "extra", "extra_of_many"),
    [
        (Output(task=Task.REGRESSION), 1.5, {}, {}),
        (Output(task=Task.REGRESSION, n_outputs=2), [1.5, 2.5], {}, {}),
        (Output(task=Task.OTHER), {"any": "thing"}, {}, {}),
        (
            Output(
                task=Task.CLASSIFICATION,
                methods=(Method.PREDICT, Method.PREDICT_PROBA, Method.DECISION_FUNCTION),
                classes=("bad", "good"),
            ),
            "bad",
            {"probabilities": {"classes": ["bad", "good"], "values": [0.7, 0.3]}, "scores": 1.5},
            {
                "probabilities": {"classes": ["bad", "good"], "values": [[0.7, 0.3]]},
                "scores": [1.5],
            },
        ),
        (
            Output(
                task=Task.CLASSIFICATION,
                methods=(Method.PREDICT, Method.DECISION_FUNCTION),
                classes=(0, 1, 2),
            ),
            2,
            {"scores": [0.1, 0.2, 0.3]},
            {"scores": [[0.1, 0.2, 0.3]]},
        ),
    ],
)
def test_a_reply_is_for_one_row_or_for_several(
    output: Output, prediction: Any, extra: dict[str, Any], extra_of_many: dict[str, Any]
) -> None:
    model = reply_model(msgspec.structs.replace(CONTRACT, output=output), "credit")
    one = ORIGIN | {"prediction": prediction, "prediction_id": "p"}
    many = ORIGIN | {"prediction": [prediction], "prediction_ids": ["p"]}
    for reply in (one, one | extra, many, many | extra_of_many):
        dumped = model.model_validate(reply).model_dump(exclude_unset=True)
        assert dumped == reply
    with pytest.raises(pydantic.ValidationError):
        model.model_validate(ORIGIN)


def test_fastapi_takes_the_models_as_they_are() -> None:
    app = fastapi.FastAPI()
    row, request = row_model(CONTRACT, "credit"), request_model(CONTRACT, "credit")
    reply = reply_model(CONTRACT, "credit")

    def echo(body: Any) -> Any:
        return body.model_dump(by_alias=True)

    def predict(body: Any) -> Any:
        return ORIGIN | {"prediction": 1.5, "prediction_id": "p"}

    echo.__annotations__ = {"body": row}
    predict.__annotations__ = {"body": request}
    app.post("/row")(echo)
    app.post("/predict", response_model=reply)(predict)
    client = TestClient(app)
    assert client.post("/row", json=ROW).json() == ROW
    assert client.post("/row", json=ROW | {"age": "41"}).status_code == 422
    for body in FORMS:
        assert client.post("/predict", json=body).status_code == 200
    schemas = app.openapi()["components"]["schemas"]
    assert schemas["CreditRow"]["properties"]["age"]["minimum"] == 18
    assert {"CreditFeaturesRequest", "CreditRowsRequest", "CreditColumnsRequest"} <= set(schemas)


def test_a_reply_holds_names_and_numbers_within_their_limits() -> None:
    binary = Output(Task.CLASSIFICATION, classes=(0, 1))
    named = declare_output(binary, Answer(class_names=["good", "bad"]))
    limited = declare_output(Output(Task.REGRESSION, n_outputs=2), Answer(ge=0, lt=5))
    for output, good, bad in ((named, "bad", 1), (limited, [0.0, 4.9], [0.0, 5.0])):
        model = reply_model(msgspec.structs.replace(CONTRACT, output=output), "credit")
        model.model_validate(ORIGIN | {"prediction": good, "prediction_id": "p"})
        model.model_validate(ORIGIN | {"prediction": [good], "prediction_ids": ["p"]})
        with pytest.raises(pydantic.ValidationError):
            model.model_validate(ORIGIN | {"prediction": bad, "prediction_id": "p"})


def test_values_of_other_types_are_python_objects() -> None:
    contract = contract_of(
        feature("price", DType.DECIMAL),
        feature("day", DType.DATE, nullable=True),
        feature("at", DType.DATETIME),
        feature("vector", DType.TENSOR),
    )
    model = row_model(contract, "any")
    row = model.model_validate_json(
        '{"price": 0.1234567890123456789, "day": null, "at": "2026-01-31T09:30:00", "vector": [1, 2]}'
    )
    assert row.model_dump() == {
        "price": Decimal("0.1234567890123456789"),
        "day": None,
        "at": dt.datetime(2026, 1, 31, 9, 30),
        "vector": [1.0, 2.0],
    }
    assert model.model_validate(row.model_dump()) == row
    assert model.model_validate_json(row.model_dump_json()) == row


@pytest.mark.parametrize("text", ["{", '{"a": 1, "a": 2}', '{"a": NaN}', b"\xff", "[" * 100_000])
def test_json_is_read_as_strictly_as_a_server_reads_it(text: Any) -> None:
    model = row_model(contract_of(feature("a", DType.FLOAT, nullable=True)), "any")
    with pytest.raises(pydantic.ValidationError, match="Invalid JSON"):
        model.model_validate_json(text)
