from __future__ import annotations

import pytest

from conformance.random_pipelines import TIMEOUT_S, check_pipelines


@pytest.mark.timeout(TIMEOUT_S)
def test_random_pipelines_of_numbers():
    check_pipelines("number", "numbers", "none", n_examples=70)
