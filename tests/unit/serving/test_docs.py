from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from asgi_client import call
from headway.contract.answers import Shaper
from headway.contract.model import Output
from headway.contract.output import Answer, declare_output
from headway.core.dtypes import Task
from headway.core.prediction import Prediction
from headway.serving.docs import _number_within, build_docs
from headway.serving.page_files import OWN_FILES, SWAGGER_FILES

if TYPE_CHECKING:
    from fastapi import FastAPI

    from headway.serving.app import ServingApp

PATHS = ["/predict", "/models/credit/predict", "/models/credit/versions/3/predict"]


@pytest.fixture(scope="module")
def docs(app: ServingApp) -> FastAPI:
    return build_docs(app.releases.service, asks_for_key=True)


@pytest.fixture(scope="module")
def document(docs: FastAPI) -> Any:
    return call(docs, "GET", "/openapi.json").json()


def resolved(document: Any, schema: Any) -> Any:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


@pytest.mark.parametrize("path", PATHS)
def test_each_way_to_the_model_is_described(document: Any, path: str) -> None:
    operation = document["paths"][path]["post"]
    assert set(operation["responses"]) >= {"200", "400", "401", "404", "413", "415", "422", "503"}
    (method,) = operation["parameters"]
    assert method["schema"]["enum"] == ["predict", "predict_proba", "decision_function"]


def test_the_fields_are_those_of_the_model_with_ranges_categories_and_an_example(
    document: Any,
) -> None:
    row = document["components"]["schemas"]["CreditRow"]
    assert list(row["properties"]) == ["age", "amount", "purpose", "fault", "spin"]
    assert row["properties"]["age"]["minimum"] == 18
    assert row["properties"]["age"]["maximum"] == 120
    assert row["properties"]["purpose"]["enum"] == ["car", "tv", "education"]
    assert "null" in row["properties"]["amount"]["type"]
    assert row["additionalProperties"] is False


def test_the_examples_of_a_body_are_accepted_by_the_model(app: ServingApp, document: Any) -> None:
    content = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert len(content["examples"]) == 4
    release = app.releases.service.release("credit")
    for example in content["examples"].values():
        release.reader.read(msgspec.json.encode(example["value"]))


def test_problems_are_described_under_their_own_content_type(document: Any) -> None:
    responses = document["paths"]["/predict"]["post"]["responses"]
    for status, response in responses.items():
        if int(status) >= 400:
            (content_type,) = response["content"]
            assert content_type == "application/problem+json"
            assert response["content"][content_type]["example"]["status"] == int(status)
    schema = responses["422"]["content"]["application/problem+json"]["schema"]
    assert "violations" in resolved(document, schema)["properties"]


def test_a_key_is_asked_for_where_the_server_asks_for_one(app: ServingApp, document: Any) -> None:
    assert document["components"]["securitySchemes"].keys() == {"key", "bearer"}
    assert document["paths"]["/predict"]["post"]["security"]
    assert "security" not in document["paths"]["/healthz"]["get"]
    free = call(build_docs(app.releases.service, asks_for_key=False), "GET", "/openapi.json").json()
    assert "securitySchemes" not in free["components"]
    assert "401" not in free["paths"]["/predict"]["post"]["responses"]


def test_the_page_gets_a_document_that_it_can_show(docs: FastAPI) -> None:
    shown = call(docs, "GET", "/docs/openapi.json").json()
    assert shown["openapi"].startswith("3.0.")
    assert shown["paths"].keys() == call(docs, "GET", "/openapi.json").json()["paths"].keys()


def test_the_page_needs_no_network_and_runs_under_a_strict_policy(docs: FastAPI) -> None:
    page = call(docs, "GET", "/docs")
    text = page.body.decode()
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http:" not in text
    assert "https:" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bon\w+=|\bstyle=", text)
    linked = set(re.findall(r'(?:src|href)="docs/([^"]+)"', text))
    assert linked == {*OWN_FILES, *SWAGGER_FILES}


@pytest.mark.parametrize("name", [*OWN_FILES, *SWAGGER_FILES])
def test_every_file_of_the_page_is_there(docs: FastAPI, name: str) -> None:
    file = call(docs, "GET", f"/docs/{name}")
    assert file.status == 200
    assert file.body
    assert file.headers["content-type"].startswith((OWN_FILES | SWAGGER_FILES)[name])
    assert file.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "limits", [{}, {"ge": 5}, {"le": -5}, {"gt": 5}, {"lt": -5}, {"gt": 5, "lt": 5.5}]
)
def test_the_example_of_a_reply_keeps_the_limits(limits: dict[str, float]) -> None:
    output = declare_output(Output(Task.REGRESSION), Answer(**limits))
    example = Prediction(np.array([_number_within(output)]))
    Shaper(output).shaped(example)
