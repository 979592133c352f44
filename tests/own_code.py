"""Modules of a user's own: a step that no lowering knows, and the process that trained with it."""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import TYPE_CHECKING, Any

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from workshop import credit_frame

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The step adds a column; what it adds comes from a second module, imported when it is needed
STEPS = """
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

class Scaled(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        return self

    def transform(self, X):
        from {name}.rates import RATE
        amount = np.asarray(X["amount"], dtype=float)
        return np.column_stack([amount * RATE, np.sin(amount * RATE)])
"""


def write_package(folder: Path, rate: float = 0.001, name: str = "credit_steps") -> Path:
    """Write a package with the step `Scaled`, which multiplies by `rate`."""
    package = folder / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(STEPS.format(name=name))
    (package / "rates.py").write_text(f"RATE = {rate}\n")
    return package


@contextlib.contextmanager
def training_in(folder: Path) -> Iterator[None]:
    """Import from a folder within, as a script that lies in it does; forget it all afterwards."""
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__dict__", {}).get("__file__") or ""
            if file.startswith(str(folder)):
                del sys.modules[name]


def fitted(name: str = "credit_steps") -> Any:
    """A pipeline of the step and a classifier, fitted on the credit frame. Within `training_in`."""
    frame, labels = credit_frame()
    step = importlib.import_module(name).Scaled()
    return make_pipeline(step, LogisticRegression()).fit(frame[["amount"]], labels)
