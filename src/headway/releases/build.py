"""Makes a bundle of a native model and rows like those that it was fitted on."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headway.bundle import layout
from headway.bundle.bundle import Bundle, BundleDescription, write_bundle
from headway.bundle.manifest import Execution
from headway.contract.text import listed
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method
from headway.errors import (
    InvalidInputError,
    OutputContractError,
    PredictionError,
    TrainingDataError,
)
from headway.registry.flavor import NETS
from headway.releases.alone import check_alone, needs_own_modules
from headway.releases.answers import plain_answers
from headway.releases.calibration import CalibrationRows, calibration_rows
from headway.releases.card import CardFacts, write_card
from headway.releases.carried import CarriedRows
from headway.releases.code import modules_of
from headway.releases.evaluation import Evaluation, measure
from headway.releases.fitted_with import noting_versions
from headway.releases.golden import choose_rows, golden_rows, record
from headway.releases.model_check import ask
from headway.releases.private import disguised, private_names
from headway.releases.rows import accepted, array_names
from headway.runtimes.answering import answering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headway.bundle.golden import GoldenRows
    from headway.bundle.manifest import Form
    from headway.contract.model import Contract
    from headway.core.clock import Clock
    from headway.registry.port import PlainModel
    from headway.releases.libraries import ModelLibraries
    from headway.releases.release import (
        Evaluator,
        FormFinder,
        FoundForm,
        NativeLoader,
        Progress,
        RowsPolicy,
    )
    from headway.releases.rows import LabelledRows
    from headway.runtimes.port import Runtime

# Most training rows that the parity gate is given; it adds rows of its own
_PARITY_ROWS = 50_000
# Another processor adds the products of a net in another order, in float32
_NET_TOLERANCE = 1e-5
_NO_SUCH_PART = "this version of Headway makes none"
_NOT_RECORDED = {"profile": _NO_SUCH_PART, "lock": _NO_SUCH_PART}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ingredients:
    """What a bundle is made of.

    Attributes:
        name: Name of the model.
        label: The user's own name of the version, or empty.
        model: The fitted model.
        folder: Folder that holds the native model, and becomes the bundle.
        description: What lies in `folder`.
        contract: Contract of the release.
        validator: The contract's own code as a file; `None` for none.
        rows: Training rows, or rows like them.
        evaluation: Rows that the model was not fitted on, `None` for none.
        policy: `none` keeps no row.
        libraries: What the model was made with.
        notes: What its owner should know.
        absent: What is not recorded, beside what is found out here.
        tags: Lineage, for the card.
    """

    name: str
    label: str
    model: Any
    folder: Path
    description: PlainModel
    contract: Contract
    validator: bytes | None
    rows: LabelledRows
    evaluation: LabelledRows | None
    policy: RowsPolicy
    libraries: ModelLibraries
    notes: tuple[str, ...]
    absent: dict[str, str]
    tags: dict[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class BuiltRelease:
    """A bundle, and what goes beside it.

    Attributes:
        bundle: Written and verified.
        evaluation: What was measured; `None` where there were no rows for it.
        notes: What its owner should know.
        calibration: Training rows to keep beside it; `None` for none.
    """

    bundle: Bundle
    evaluation: Evaluation | None
    notes: tuple[str, ...]
    calibration: CalibrationRows | None = None


class ReleaseBuilder:
    """Makes bundles.

    Args:
        load_native: Loads a native model from the folder that it was written to.
        find_form: Lowers a model and proves that it is the same.
        evaluate: Measures a model.
        clock: Tells when.
    """

    def __init__(
        self,
        load_native: NativeLoader,
        find_form: FormFinder,
        evaluate: Evaluator,
        clock: Clock,
    ) -> None:
        self._load_native = load_native
        self._find_form = find_form
        self._evaluate = evaluate
        self._clock = clock

    def build(self, given: Ingredients, on_progress: Progress) -> BuiltRelease:
        """Load the native model back, record golden rows, lower it, measure it, write the bundle.

        Raises:
            RuntimeLoadError: The native model does not load back.
            PredictionError: The model raises, or does not answer twice the same.
            TrainingDataError: The evaluation rows are of no use.
            CodeError: It is native, and loads in this process only.
        """
        on_progress("loading the native model back")
        with noting_versions() as versions:
            native = self._load_native(given.folder, given.description, given.contract)
        on_progress("recording golden rows")
        golden = _record_golden(given, native)
        on_progress("lowering the model and checking that it is the same")
        form = self._form(given, native)
        golden = _within(golden, form)
        evaluation = None
        if given.evaluation is not None:
            on_progress("measuring it on the evaluation rows")
            served = answering(form.runtime or native, given.contract.output)
            evaluation = measure(given.contract, given.evaluation, served, self._evaluate)
        on_progress("writing the bundle")
        notes = (
            *given.notes,
            *versions,
            *_notes(evaluation, given, form),
            *_refused_answers(given, golden, native),
        )
        kept = CarriedRows(golden, evaluation, _calibration(given), given.policy)
        bundle = self._write(given, kept, form, notes)
        needs_check = given.libraries.own_modules or needs_own_modules(bundle)
        if needs_check and (_form(form) != "lowered" or given.validator is not None):
            on_progress("loading it in a process of its own")
            check_alone(bundle)
        return BuiltRelease(bundle, evaluation, notes, kept.calibration)

    def _form(self, given: Ingredients, native: Runtime) -> FoundForm:
        batch = given.rows.batch(array_names(given.contract))
        positions = choose_rows(batch.columns(), batch.n_rows, given.rows.classes(), _PARITY_ROWS)
        _, rows = accepted(given.contract, batch.take(positions))
        if not rows.n_rows:
            raise TrainingDataError(
                "the contract refuses every training row that was tried: "
                + ("; ".join(given.notes) or "each has a value that no request may hold"),
                hint="look at the constraints: do they hold for the rows that it was fitted on?",
            )
        return self._find_form(given.model, native, given.contract, rows)

    def _write(
        self,
        given: Ingredients,
        kept: CarriedRows,
        form: FoundForm,
        notes: tuple[str, ...],
    ) -> Bundle:
        golden, evaluation = kept.golden, kept.evaluation
        created_at = self._clock.now().isoformat(timespec="seconds")
        execution = Execution(
            form=_form(form),
            flavor=given.description.flavor,
            native_path=given.description.native_path,
            reason=form.reason,
            code_path=given.description.code_path or "",
            n_native_steps=form.n_native_steps,
            is_native_in_batch=form.is_native_in_batch,
        )
        absent = {**_NOT_RECORDED, **given.absent, **kept.absent()}
        card = CardFacts(
            name=given.name,
            label=given.label,
            created_at=created_at,
            model_class=class_name(given.model),
            contract=given.contract,
            execution=execution,
            parity=msgspec.to_builtins(form.report),
            metrics={} if evaluation is None else evaluation.metrics,
            notes=notes,
            absent=absent,
            libraries=given.libraries.versions,
            tags=given.tags,
            n_golden_rows=kept.n_golden_rows,
            n_evaluation_rows=kept.n_evaluation_rows,
            n_calibration_rows=kept.n_calibration_rows,
        )
        description = BundleDescription(
            name=given.name,
            label=given.label,
            created_at=created_at,
            execution=execution,
            libraries=given.libraries.versions,
            absent=absent,
        )
        files = _files(given.contract, golden, form)
        if given.validator is not None:
            files[layout.VALIDATOR] = given.validator
        files[layout.CARD] = write_card(card).encode()
        return write_bundle(given.folder, files, description)


def class_name(model: Any) -> str:
    """Return the class of a model as people know it; that of the last step for a pipeline.

    Examples:
        >>> class_name(3)
        'int'
    """
    steps = getattr(model, "steps", None)
    inner = f"({class_name(steps[-1][1])})" if steps and isinstance(steps, list) else ""
    return type(model).__name__ + inner


def _record_golden(given: Ingredients, native: Runtime) -> GoldenRows | None:
    names = array_names(given.contract)
    golden, positions = golden_rows(
        given.contract, given.rows.batch(names), given.rows.classes(), native
    )
    if given.description.flavor in NETS:
        golden = msgspec.structs.replace(golden, rtol=_NET_TOLERANCE, atol=_NET_TOLERANCE)
    if given.description.flavor == "sklearn" and len(positions):
        _check_contract_path(given, golden, positions)
    if given.policy == "none" or not golden.rows:
        return None
    return _disguised(given.contract, golden, native) if private_names(given.contract) else golden


def _within(golden: GoldenRows | None, form: FoundForm) -> GoldenRows | None:
    """Return golden rows that a lowered form is replayed on with the tolerance of its gate."""
    if golden is None or form.lowered is None:
        return golden
    tolerance = form.lowered.tolerance
    return msgspec.structs.replace(
        golden,
        rtol=max(golden.rtol, tolerance.rtol),
        atol=max(golden.atol, tolerance.atol),
    )


def _disguised(contract: Contract, golden: GoldenRows, native: Runtime) -> GoldenRows | None:
    """Return golden rows without real values of private features; `None` where the model takes no other."""
    rows = disguised(contract, golden.rows)
    if not rows:
        return None
    try:
        return record(contract, FeatureBatch.from_rows(contract.names, rows), native)
    except (InvalidInputError, PredictionError):
        return None


def _check_contract_path(
    given: Ingredients, golden: GoldenRows, positions: np.ndarray[Any, np.dtype[np.intp]]
) -> None:
    """Ask the model itself for the golden rows as the user gave them: is it the same answer?"""
    direct = ask(given.model, "predict", given.rows.take(positions).data)
    recorded = golden.outputs[Method.PREDICT]
    if direct.dtype.kind == "f":
        direct = np.where(np.isfinite(direct), direct, np.nan)
        known = np.array(recorded, dtype=np.float64)
        same = np.isclose(direct, known, rtol=golden.rtol, atol=golden.atol, equal_nan=True)
    else:
        same = np.array([a == b for a, b in zip(plain_answers(direct), recorded, strict=True)])
    n_other = int(np.count_nonzero(~np.reshape(same, (len(positions), -1)).all(axis=1)))
    if n_other:
        raise PredictionError(
            f"the model answers {n_other} of {len(positions)} rows otherwise when it is saved, "
            "loaded and asked through its contract",
            hint="does it use chance, the index of the frame, or state that is not pickled?",
        )


def _files(contract: Contract, golden: GoldenRows | None, form: FoundForm) -> dict[str, bytes]:
    files = {layout.CONTRACT: _json(contract)}
    if golden is not None:
        files[layout.GOLDEN] = _json(golden)
    if form.report is not None:
        files[layout.PARITY] = _json(form.report)
    if form.steps:
        files[layout.STEPS] = _json(form.steps)
    if form.lowered is not None:
        files |= form.lowered.files()
    if form.head_contract is not None:
        files[layout.HEAD] = _json(form.head_contract.names)
    return files


def _form(found: FoundForm) -> Form:
    if found.lowered is None:
        return "native"
    return "partial" if found.n_native_steps else "lowered"


def _json(document: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=1)


def _calibration(given: Ingredients) -> CalibrationRows | None:
    if given.policy == "none":
        return None
    return calibration_rows(given.contract, given.rows.batch(array_names(given.contract)))


def _notes(evaluation: Evaluation | None, given: Ingredients, form: FoundForm) -> list[str]:
    notes = []
    if evaluation is not None and evaluation.n_refused_rows:
        notes.append(
            f"the contract refuses {evaluation.n_refused_rows} of the evaluation rows: "
            "they were left out of the metrics"
        )
    return [*notes, *_code_notes(given, is_lowered=_form(form) == "lowered")]


def _code_notes(given: Ingredients, *, is_lowered: bool) -> Iterator[str]:
    """Yield what the owner should know about the modules that the native model needs."""
    shipped = sorted(modules_of(given.folder, given.description).names)
    if shipped:
        yield f"it ships its own modules {listed(shipped)}: " + (
            "served lowered, the model needs none of them"
            if is_lowered
            else "serving it runs them, which a registry other than Headway's own must be trusted for"
        )
    if given.libraries.own_modules:
        modules = listed(given.libraries.own_modules)
        yield f"the native model needs modules that no package brings: {modules}; " + (
            "served lowered, it needs none of them"
            if is_lowered
            else "a fresh process here has them, and whoever serves it elsewhere must have them too: ship "
            "them with `code=` (`--code`)"
        )


def _refused_answers(given: Ingredients, golden: GoldenRows | None, native: Runtime) -> list[str]:
    """Say where what is declared of the answers refuses what the model answers for golden rows."""
    if golden is None:
        return []
    batch = FeatureBatch.from_rows(golden.names, golden.rows)
    try:
        answering(native, given.contract.output).predict(batch, Method.PREDICT)
    except OutputContractError as error:
        return [
            f"the output contract refuses what the model answers for golden rows: {error.message}"
        ]
    return []
