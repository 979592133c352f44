"""`lower`: from a fitted model to its lowered form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.core.names import are_fitted
from headway.errors import LoweringError
from headway.optimize.lowering.form import Landmarks, LoweredForm
from headway.optimize.lowering.parts import known_numbers, parts_of, traced_ensembles
from headway.optimize.lowering.registry import known_steps
from headway.optimize.lowering.state import Lowering

if TYPE_CHECKING:
    from headway.bundle.steps import Step
    from headway.contract.model import Contract


def lower(model: Any, contract: Contract, records: list[Step] | None = None) -> LoweredForm:
    """Write a fitted model as one float64 graph.

    Args:
        model: A fitted scikit-learn estimator or pipeline.
        contract: Of the release; its features are those that the model was fitted on, in order.
        records: Gets what became of each step, also where it raises.

    Raises:
        LoweringError: The model, or one step of it, has no lowered form. The message says which
            and why. Steps are covered by exact type and known parameters only.
    """
    _check_features(model, contract)
    steps = known_steps()
    lowering = Lowering(contract, steps)
    try:
        answers = lowering.answer("model", model, lowering.features)
    finally:
        if records is not None:
            records += lowering.records
    graph, encoder = lowering.finish(answers.outputs(contract))
    return LoweredForm(
        graph=graph,
        encoder=encoder,
        landmarks=Landmarks(
            ensembles=traced_ensembles(lowering),
            numbers=known_numbers(lowering),
            parts=parts_of(lowering, steps),
        ),
        tolerance=lowering.tolerance,
    )


def _check_features(model: Any, contract: Contract) -> None:
    # A pipeline that begins with a pass-through does not say: then its steps are held to the number
    n_fitted = getattr(model, "n_features_in_", None)
    if n_fitted is not None and n_fitted != len(contract.features):
        raise LoweringError(
            f"the model was fitted on {n_fitted} features and the contract has "
            f"{len(contract.features)}"
        )
    names = getattr(model, "feature_names_in_", None)
    if contract.layout == "frame" and names is not None and not are_fitted(contract.names, names):
        raise LoweringError("the model's features are not the contract's, in the same order")
