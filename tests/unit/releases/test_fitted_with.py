from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
import sklearn
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from headway.releases.fitted_with import noting_versions

ROWS = np.arange(8.0).reshape(4, 2)
PICKLED = pickle.dumps(make_pipeline(StandardScaler(), Ridge()).fit(ROWS, ROWS[:, 0]))


def test_another_version_is_named_once_with_the_installed_one_and_what_to_do() -> None:
    with noting_versions() as notes:
        pickle.loads(PICKLED.replace(sklearn.__version__.encode(), b"1.2.3"))
    (note,) = notes
    for words in ("fitted with scikit-learn 1.2.3", f"{sklearn.__version__} is installed", "fit it again", "scikit-learn==1.2.3"):  # fmt: skip
        assert words in note


def test_of_the_same_version_nothing_is_said() -> None:
    with noting_versions() as notes:
        pickle.loads(PICKLED)
    assert notes == []


def test_any_other_warning_is_still_a_warning() -> None:
    with pytest.warns(RuntimeWarning, match="odd"), noting_versions() as notes:
        warnings.warn("odd", RuntimeWarning, stacklevel=1)
    assert notes == []
