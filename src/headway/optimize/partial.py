"""Lowers the steps of a pipeline that follow those which have no lowered form.

The steps up to the last that is not covered run natively. What they make of real rows is read as a
frame of its own, with a contract of its own, and the rest is lowered over that. The gate runs twice:
over what the head makes, where it can reach every threshold of the rest, and over the model's own
features, from the rows of a request to the answers.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec
from sklearn.pipeline import Pipeline

from headway.contract.infer import infer_contract
from headway.core.dtypes import PLAIN_DTYPES, DType
from headway.errors import HeadwayError, LoweringError
from headway.optimize.lowering.form import Landmarks, LoweredForm
from headway.optimize.lowering.lower import lower
from headway.optimize.parity import Pair
from headway.optimize.probe_rows import REAL, Probe, probe_rows
from headway.runtimes.encoder import Encoder, EncoderColumn
from headway.runtimes.onnx import OnnxRuntime
from headway.runtimes.partial import NativeHead, PartialRuntime, batch_of
from headway.runtimes.sklearn import SklearnRuntime

if TYPE_CHECKING:
    from headway.bundle.steps import Step
    from headway.contract.model import Contract, Feature
    from headway.core.batch import FeatureBatch

# A wider array is text or the like, which no dense matrix is made of
_MAX_COLUMNS = 20_000
_NEVER_MISSING = ("int", "uint", "bool")


@dataclasses.dataclass(frozen=True, slots=True)
class PartialForm:
    """A pipeline whose first steps run natively.

    Attributes:
        native_steps: Their names, and the class of each.
        contract: Of the release.
        rows: Real rows.
        rest_contract: Of what these steps make.
        rest_rows: What they make of the real rows.
        lowered: The other steps, lowered.
        rest_pair: The other steps in both forms.
        runtime: Executes the whole.
        steps: What became of each of the other steps.
    """

    native_steps: tuple[str, ...]
    contract: Contract
    rows: FeatureBatch
    rest_contract: Contract
    rest_rows: FeatureBatch
    lowered: LoweredForm
    rest_pair: Pair
    runtime: PartialRuntime
    steps: tuple[Step, ...]

    def rest_probes(self) -> list[Probe]:
        """Return rows as the native steps make them, and rows on what the other steps compare with."""
        return probe_rows(self.rest_contract, self.lowered, self.rest_rows)

    def probes(self) -> list[Probe]:
        """Return rows as requests hold them."""
        if any(feature.dtype is DType.TENSOR for feature in self.contract.features):
            return [Probe(REAL, self.rows)]
        plain = LoweredForm(b"", plain_encoder(self.contract), Landmarks())
        return probe_rows(self.contract, plain, self.rows)


def lower_partly(model: Any, contract: Contract, rows: FeatureBatch) -> PartialForm:
    """Lower as many of a pipeline's last steps as can be.

    Args:
        model: A fitted pipeline, one step of which has no lowered form.
        contract: Of the release.
        rows: Real rows.

    Raises:
        LoweringError: It is no pipeline, or its last step has no lowered form.
    """
    if type(model) is not Pipeline:
        raise LoweringError("it is no pipeline, whose other steps could be lowered")
    refusal = LoweringError("it has one step only")
    for n_steps in range(1, len(model.steps)):
        try:
            return _lowered_after(model, n_steps, contract, rows)
        except HeadwayError as error:
            refusal = LoweringError(error.message, hint=error.hint)
    raise refusal


def _lowered_after(
    model: Pipeline, n_steps: int, contract: Contract, rows: FeatureBatch
) -> PartialForm:
    head = NativeHead(model, n_steps, contract)
    made = head.made(rows)
    if len(getattr(made, "shape", ())) > 1 and made.shape[1] > _MAX_COLUMNS:
        raise LoweringError(f"its first steps make {made.shape[1]:,} columns")
    inner = _nullable(infer_contract(made, contract.output).contract)
    rest = model[n_steps:]
    steps: list[Step] = []
    lowered = lower(rest, inner, steps)
    runtime = OnnxRuntime(lowered.graph, lowered.encoder, contract.output)
    return PartialForm(
        native_steps=tuple(
            f"`{name}` ({type(step).__name__})" for name, step in model.steps[:n_steps]
        ),
        contract=contract,
        rows=rows,
        rest_contract=inner,
        rest_rows=batch_of(made, inner.names),
        lowered=lowered,
        rest_pair=Pair(SklearnRuntime(rest, inner), runtime, contract.output),
        runtime=PartialRuntime(head, runtime, inner.names),
        steps=tuple(steps[1:]),
    )


def plain_encoder(contract: Contract) -> Encoder:
    """Return the encoder that tells the values that a frame held, and refuses none."""
    return Encoder([_plain_column(feature) for feature in contract.features])


def _plain_column(feature: Feature) -> EncoderColumn:
    if feature.storage_categories is not None:
        return EncoderColumn(
            feature.name, vocabulary=feature.storage_categories, unknown_is_missing=True
        )
    if feature.dtype is DType.STRING or feature.dtype not in PLAIN_DTYPES:
        return EncoderColumn(feature.name, vocabulary=feature.observed.categories or ())
    return EncoderColumn(feature.name)


def _nullable(contract: Contract) -> Contract:
    """Return the contract of columns in which a step may leave a value out, though it did not yet."""
    features = tuple(
        feature
        if feature.storage.startswith(_NEVER_MISSING)
        else msgspec.structs.replace(feature, nullable=True)
        for feature in contract.features
    )
    return msgspec.structs.replace(contract, features=features)
