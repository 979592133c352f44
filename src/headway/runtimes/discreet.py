"""Keeps what a model says about private values to itself.

Invariant: no error that leaves here holds a value of a private feature, in its message, in its hint or
in the error that caused it.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from headway.errors import InvalidInputError, PredictionError

if TYPE_CHECKING:
    from headway.core.batch import FeatureBatch
    from headway.core.dtypes import Method
    from headway.core.prediction import Prediction
    from headway.runtimes.port import Runtime


_REFUSED = "the model does not take the value"


class DiscreetRuntime:
    """Executes a release that has private features.

    Args:
        runtime: Executes it.
        private: Names of the private features.
    """

    def __init__(self, runtime: Runtime, private: frozenset[str]) -> None:
        self.form = runtime.form
        self.flavor = runtime.flavor
        self._runtime = runtime
        self._private = private

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        try:
            return self._runtime.predict(batch, method)
        except InvalidInputError as error:
            violations = [
                # an encoder names the categories and the bounds that it was fitted on
                dataclasses.replace(v, message=_REFUSED, hint=None)
                if v.field in self._private
                else v
                for v in error.violations
            ]
            raise InvalidInputError(violations, total=error.total) from None
        except PredictionError as error:
            # a library names the value that it could not use, and a log would show it
            raise type(error)(error.message, hint=error.hint) from None
