"""Puts what was declared about the answers around a runtime: what comes out is what a reply may hold.

It stands where releases are loaded and measured; golden rows and the parity gate see raw answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.contract.answers import Shaper
from headway.contract.model import OutputRules
from headway.core.dtypes import Method
from headway.core.prediction import Prediction

if TYPE_CHECKING:
    from headway.contract.model import Output
    from headway.core.batch import FeatureBatch
    from headway.runtimes.port import Runtime


def answering(runtime: Runtime, output: Output) -> Runtime:
    """Return a runtime that answers as `output` declares; the same one where nothing is declared."""
    return runtime if output.rules == OutputRules() else AnsweringRuntime(runtime, output)


class AnsweringRuntime:
    """A runtime whose answers are shaped.

    Args:
        runtime: Gives the raw answers.
        output: Declares how they are shaped.
    """

    def __init__(self, runtime: Runtime, output: Output) -> None:
        self.form = runtime.form
        self.flavor = runtime.flavor
        self._raw = runtime.predict
        self._shaper = Shaper(output)

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        if not self._shaper.needs_probabilities or method is Method.PREDICT_PROBA:
            return self._shaper.shaped(self._raw(batch, method))
        scores = self._raw(batch, method).scores if method is Method.DECISION_FUNCTION else None
        labelled = self._shaper.shaped(self._raw(batch, Method.PREDICT_PROBA))
        return Prediction(labelled.values, scores=scores)
