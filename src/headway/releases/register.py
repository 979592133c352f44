"""The use case `register`: from a fitted model to a release in the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.errors import TrainingDataError
from headway.registry.address import check_alias, check_name
from headway.registry.port import SaveOptions
from headway.releases.build import Ingredients, class_name
from headway.releases.code import collect_code
from headway.releases.contract import Declarations, declared_contract
from headway.releases.libraries import libraries_of
from headway.releases.lineage import lineage_tags
from headway.releases.model_check import as_taken, check_model, output_of
from headway.releases.nets import opened
from headway.releases.private import private_names
from headway.releases.publish import Publication
from headway.releases.rows import labelled_rows
from headway.releases.tensor_rows import plain_data

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from headway.contract.model import Output
    from headway.registry.port import ModelFormat
    from headway.releases.build import ReleaseBuilder
    from headway.releases.publish import Publisher
    from headway.releases.release import Progress, RegisterRequest, Release
    from headway.releases.rows import LabelledRows

EXAMPLE_ROWS = 5
MODEL_CLASS_TAG = "headway.model_class"


def ignore_progress(_step: str, /) -> None:
    """Tell nobody."""


class Registrar:
    """Registers fitted models.

    Args:
        model_format: Writes the native model.
        describe_output: Says what a fitted scikit-learn model answers.
        builder: Makes the bundle.
        publisher: Puts it into the registry.
        work_tree: Folder whose git revision is recorded.
    """

    def __init__(
        self,
        model_format: ModelFormat,
        describe_output: Callable[[Any], Output],
        builder: ReleaseBuilder,
        publisher: Publisher,
        work_tree: Path,
    ) -> None:
        self._model_format = model_format
        self._describe_output = describe_output
        self._builder = builder
        self._publisher = publisher
        self._work_tree = work_tree

    def register(
        self, request: RegisterRequest, on_progress: Progress = ignore_progress
    ) -> Release:
        """Make a release of a fitted model. All of it is in the registry afterwards, or nothing.

        Raises:
            AddressError: The name or the alias is not allowed.
            CodeError: The modules cannot ship, or are not all that the model needs.
            MethodNotSupportedError: The model has no `predict`.
            TrainingDataError: X, y or the evaluation rows are of no use, or not the model's.
            ContractError: The constraints or the output do not fit the model.
            PredictionError: The model is not fitted, or it raises on its own rows.
            RegistryError: The model cannot be saved, or the registry refused.
        """
        check_name(request.name)
        if request.alias is not None:
            check_alias(request.alias)
        code = collect_code(request.code)
        on_progress("checking the model")
        model = opened(request.model)
        rows, evaluation = _rows_of(request, model)
        check_model(model, rows)
        on_progress("learning the contract")
        declared = declared_contract(
            rows,
            output_of(model, rows, self._describe_output),
            Declarations(request.constraints, request.contract, request.rules, request.output),
            request.feature_names,
        )
        contract = declared.contract
        libraries = libraries_of(model, code)
        tags = {
            **lineage_tags(self._work_tree),
            MODEL_CLASS_TAG: class_name(model),
            **request.tags,
        }
        with self._publisher.scratch() as scratch:
            on_progress("saving the model")
            folder = scratch / "bundle"
            keep = request.rows == "keep" and not private_names(contract)
            description = self._model_format.save(
                model,
                folder,
                contract,
                rows.part(0, EXAMPLE_ROWS).data,
                SaveOptions(requirements=libraries.requirements, keep_example=keep),
            )
            if code.files:
                description = self._model_format.ship(folder, code.files)
            built = self._builder.build(
                Ingredients(
                    name=request.name,
                    label=request.label,
                    model=model,
                    folder=folder,
                    description=description,
                    contract=contract,
                    validator=declared.validator,
                    rows=rows,
                    evaluation=evaluation,
                    policy=request.rows,
                    libraries=libraries,
                    notes=declared.notes,
                    absent={},
                    tags=tags,
                ),
                on_progress,
            )
            said = Publication(
                alias=request.alias, params=request.params, tags=tags, policy=request.rows
            )
            return self._publisher.publish(built, said, on_progress)


def _rows_of(request: RegisterRequest, model: Any) -> tuple[LabelledRows, LabelledRows | None]:
    """Return the rows that the model was fitted on, and those that it was not."""
    rows, evaluation = labelled_rows(plain_data(model, request.X), request.y), None
    if request.evaluation is not None:
        data, labels = request.evaluation
        evaluation = labelled_rows(plain_data(model, data), labels, what="evaluation ")
    if request.holdout_ratio is not None:
        if evaluation is not None:
            raise TrainingDataError(
                "`evaluation` and `holdout_ratio` both name rows that the model was not fitted on",
                hint="give one of them",
            )
        rows, evaluation = _split(rows, request.holdout_ratio)
    return as_taken(model, rows), evaluation and as_taken(model, evaluation)


def _split(rows: LabelledRows, holdout_ratio: float) -> tuple[LabelledRows, LabelledRows]:
    if not 0 < holdout_ratio < 1:
        raise TrainingDataError(f"`holdout_ratio` is {holdout_ratio}; it must be between 0 and 1")
    if rows.labels is None:
        raise TrainingDataError("`holdout_ratio` needs y", hint="pass the labels of X")
    n_fitted = rows.n_rows - max(1, round(rows.n_rows * holdout_ratio))
    return rows.part(0, n_fitted), rows.part(n_fitted, None)
