"""The integration tests of a production guide, word for word, against a model of five floats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from fastapi.testclient import TestClient
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
