from __future__ import annotations

import pytest

from conformance.random_pipelines import TIMEOUT_S, check_pipelines


@pytest.mark.timeout(TIMEOUT_S)
def test_random_pipelines_of_classes():
    check_pipelines("three", "labels", n_examples=60)
