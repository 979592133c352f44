from __future__ import annotations

import pytest

from headway.releases.distributions import (
    distributions_by_module,
    modules_headway_needs,
    version_of,
)


@pytest.mark.parametrize(
    "module",
    ["headway", "numpy", "sklearn", "mlflow", "pandas", "scipy", "yaml", "starlette", "pyarrow"],
)
def test_what_headway_needs_is_known_down_to_the_last_library(module: str) -> None:
    assert module in modules_headway_needs()


@pytest.mark.parametrize("module", ["pytest", "hypothesis", "credit_steps", "mypy"])
def test_what_it_does_not_need_is_free(module: str) -> None:
    assert module not in modules_headway_needs()


def test_a_module_is_brought_by_a_distribution() -> None:
    assert list(distributions_by_module()["sklearn"]) == ["scikit-learn"]


def test_a_version_is_that_which_is_installed() -> None:
    import numpy as np  # noqa: PLC0415 - of this test only

    assert version_of("numpy") == np.__version__
    assert version_of("no-such-distribution") is None
