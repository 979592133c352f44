"""The integration tests of a production guide, word for word, against a model of five floats."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel, PydanticDeprecatedSince20, field_validator, validator
from sklearn.linear_model import LogisticRegression

import headway

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    home: Path = tmp_path_factory.mktemp("home")
    random = np.random.default_rng(0)
    features = random.normal(size=(200, 5))
    model = LogisticRegression().fit(features, features[:, 0] + features[:, 3] > 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADWAY_HOME", str(home))
        headway.register(model, features, name="guide")
        return TestClient(headway.app("guide"))


def test_prediction_endpoint(client: TestClient) -> None:
    response = client.post("/predict", json={"features": [1.0, 2.0, 3.0, 4.0, 5.0]})
    assert response.status_code == 200
    assert "prediction" in response.json()


def test_prediction_endpoint_takes_integers_and_names(client: TestClient) -> None:
    by_position = client.post("/predict", json={"features": [1, 2, 3, 4, 5]})
    named = {f"x{i}": i + 1 for i in range(5)}
    by_name = client.post("/predict", json={"features": named})
    assert by_position.status_code == by_name.status_code == 200
    assert by_position.json()["prediction"] == by_name.json()["prediction"] is True


def test_invalid_input(client: TestClient) -> None:
    response = client.post("/predict", json={"features": ["invalid"]})
    assert response.status_code == 422


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json()["status"] == "ready"


def test_openapi_has_the_fields_of_this_model(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    row = document["components"]["schemas"]["GuideRow"]
    assert list(row["properties"]) == row["required"] == ["x0", "x1", "x2", "x3", "x4"]


# The guide's validation, word for word, in the two spellings that pydantic has had for it
class LoanRequest(BaseModel):
    age: int
    income: float
    credit_score: int

    @field_validator("age", "income")
    @classmethod
    def must_be_positive(cls, v: float) -> float:
        if v <= 0:
            raise ValueError("must be positive")
        return v


with warnings.catch_warnings():
    warnings.simplefilter("ignore", PydanticDeprecatedSince20)

    class PredictionRequest(BaseModel):
        features: list[float]

        @validator("features")
        def validate_features(cls, v: list[float]) -> list[float]:  # noqa: N805
            if len(v) != 5:
                raise ValueError("Expected 5 features")
            if any(x < 0 for x in v):
                raise ValueError("must be positive")
            return v


@pytest.fixture
def validated(client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setenv("HEADWAY_HOME", str(tmp_path))
    random = np.random.default_rng(0)
    features = random.random(size=(200, 5))
    model = LogisticRegression().fit(features, features[:, 0] > 0.5)
    headway.register(model, features, name="guide", contract=PredictionRequest)
    rows = pd.DataFrame(
        {
            "age": random.integers(18, 80, 200),
            "income": random.normal(3_000, 500, 200),
            "credit_score": random.integers(300, 850, 200),
        }
    )
    model = LogisticRegression().fit(rows, rows["age"] > 40)
    headway.register(model, rows, name="loan", contract=LoanRequest)
    return TestClient(headway.app("guide", "loan"))


def test_validation(validated: TestClient) -> None:
    path = "/models/guide/predict"
    assert validated.post(path, json={"features": [1, 2, 3, 4, 5]}).status_code == 200
    refused = validated.post(path, json={"features": [1, 2, 3, 4, -5]})
    assert refused.status_code == 422
    assert refused.json()["violations"][0]["message"] == "must be positive"
    assert validated.post(path, json={"features": [1, 2]}).status_code == 422


def test_validation_of_named_fields(validated: TestClient) -> None:
    row = {"age": 41, "income": 2_500.5, "credit_score": 700}
    path = "/models/loan/predict"
    assert validated.post(path, json=row).status_code == 200
    refused = validated.post(path, json={**row, "age": -1, "income": 0})
    assert refused.status_code == 422
    found = {v["field"]: (v["rule"], v["message"]) for v in refused.json()["violations"]}
    assert found == dict.fromkeys(["age", "income"], ("validator", "must be positive"))
