"""Requests that a machine makes up from `/openapi.json`: each gets an answer that the document promises."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

import headway
from workshop import credit_frame, credit_model

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home = str(tmp_path_factory.mktemp("home"))
    rows, labels = credit_frame()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADWAY_HOME", home)
        headway.register(
            credit_model(),
            rows,
            labels,
            name="credit",
            constraints={"age": headway.Range(18, 120), "purpose": headway.OneOf()},
        )
        with headway.serve("credit", background=True) as server:
            yield schemathesis.openapi.from_url(f"{server.url}/openapi.json")


@pytest.mark.parametrize("mode", GenerationMode)
def test_every_answer_is_one_that_the_document_promises(document: Any, mode: Any) -> None:
    operations = [found.ok() for found in document.get_all_operations()]
    assert len(operations) >= 7
    statuses: Counter[int] = Counter()
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and operation.method == "get":
            continue  # nothing that could be wrong, but for the name of a model

        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            response = case.call()
            statuses[response.status_code] += 1
            # a schema has no words for columns of one length, so it says that unequal ones are fine
            case.validate_response(response, excluded_checks=[positive_data_acceptance])
            assert "Traceback" not in response.text
            assert ".py" not in response.text
            if response.status_code == 422 and mode is GenerationMode.POSITIVE:
                rules = {violation["rule"] for violation in response.json()["violations"]}
                assert rules == {"length"}

        ask()
    expected = {GenerationMode.POSITIVE: 200, GenerationMode.NEGATIVE: 422}[mode]
    assert statuses[expected] > 5, statuses
