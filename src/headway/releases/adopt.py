"""The use case `adopt`: a model that plain MLflow registered becomes a full release."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from headway.bundle.bundle import is_bundle
from headway.errors import AddressError, CodeError, RegistryError
from headway.registry.address import check_alias, check_name, parse_address
from headway.registry.flavor import flavor_of
from headway.registry.port import SaveOptions
from headway.registry.trust import require_trust
from headway.releases.build import Ingredients, class_name
from headway.releases.code import ShippedCode, collect_code, modules_of, read_code
from headway.releases.contract import Declarations, declared_contract
from headway.releases.libraries import libraries_of
from headway.releases.lineage import user_tags
from headway.releases.model_check import as_taken, check_model, output_of
from headway.releases.plain import aligned
from headway.releases.private import private_names
from headway.releases.publish import Publication
from headway.releases.register import EXAMPLE_ROWS, MODEL_CLASS_TAG, ignore_progress
from headway.releases.rows import labelled_rows
from headway.releases.tensor_rows import plain_data
from headway.runtimes.cloudpickle import loading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from headway.contract.declarations import ConstraintSpec, RuleSpec
    from headway.contract.model import Output
    from headway.contract.output import Answer
    from headway.registry.port import ModelFormat, PlainModel
    from headway.releases.build import ReleaseBuilder
    from headway.releases.publish import Publisher
    from headway.releases.release import Progress, Release, RowsPolicy
    from headway.releases.rows import LabelledRows
    from headway.releases.source import Source, Sources

ADOPTED_FROM_TAG = "headway.adopted_from"
ADOPTED_RUN_TAG = "headway.adopted_run"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AdoptRequest:
    """A model of plain MLflow, and rows like those that it was fitted on.

    Attributes:
        source: Its address.
        data: A sample of its training rows: a DataFrame, or an array.
        y: Labels of these rows, where they are known: golden rows are then taken from each class.
        name: Name to register it under; `None` for its own.
        label: The user's own name of the new version.
        alias: Alias to set beside `champion`, which the first version of a name gets in any case.
        constraints: By feature, what requests must keep.
        contract: A pydantic model that a row must keep, too; `None` for none.
        rules: What must hold between the values of one row.
        output: What is declared about the answers.
        evaluation: Features and labels of rows that it was not fitted on.
        rows: `none` keeps no row of the data anywhere.
        code: Modules, packages or source folders that ship with the release.
    """

    source: str
    data: Any
    y: Any = None
    name: str | None = None
    label: str = ""
    alias: str | None = None
    constraints: Mapping[str, ConstraintSpec] = dataclasses.field(default_factory=dict)
    contract: Any = None
    rules: Sequence[RuleSpec] = ()
    output: Answer | None = None
    evaluation: tuple[Any, Any] | None = None
    rows: RowsPolicy = "keep"
    code: Sequence[Path] = ()


class Adopter:
    """Adopts models.

    Args:
        sources: Copies the files of the model.
        model_format: Reads and writes native models.
        describe_output: Says what a fitted scikit-learn model answers.
        builder: Makes the bundle.
        publisher: Puts it into the registry.
    """

    def __init__(
        self,
        sources: Sources,
        model_format: ModelFormat,
        describe_output: Callable[[Any], Output],
        builder: ReleaseBuilder,
        publisher: Publisher,
    ) -> None:
        self._sources = sources
        self._model_format = model_format
        self._describe_output = describe_output
        self._builder = builder
        self._publisher = publisher

    def adopt(self, request: AdoptRequest, on_progress: Progress = ignore_progress) -> Release:
        """Make a release of a model of plain MLflow, as a new version; the old one stays as it is.

        Raises:
            AddressError: The address cannot be read, or a name is needed and missing.
            CodeError: The modules cannot ship, are not all that the model needs, or the model has its
                own already.
            ModelNotFoundError: There is nothing at the address.
            TrustRefusedError: The model would have to be loaded from a place that is not trusted.
            TrainingDataError: The data are not rows of this model.
            RegistryError: It is a release already, or the registry refused.
            As `Registrar.register` beside that.
        """
        address = parse_address(request.source)
        if request.alias is not None:
            check_alias(request.alias)
        code = collect_code(request.code)
        with self._publisher.scratch() as scratch:
            on_progress("fetching the model")
            source = self._sources.copy(address, scratch / "source")
            name = _name_of(request, source)
            if is_bundle(source.folder):
                raise RegistryError(f"`{source.address}` is a release of Headway already")
            require_trust(f"`{source.address}`", is_trusted=source.is_trusted)
            on_progress("loading the model")
            description = self._with_code(source, code)
            with loading(modules_of(source.folder, description)):
                model = self._model_format.load(source.folder)
            ingredients = self._ingredients(request, name, source, model, description)
            built = self._builder.build(ingredients, on_progress)
            said = Publication(
                alias=request.alias, params={}, tags=ingredients.tags, policy=request.rows
            )
            return self._publisher.publish(built, said, on_progress)

    def _with_code(self, source: Source, code: ShippedCode) -> PlainModel:
        description = self._model_format.describe(source.folder)
        if not code.files:
            return description
        if description.code_path is not None:
            raise CodeError(
                f"`{source.address}` has code of its own, in `{description.code_path}`",
                hint="adopt it without `code=` (`--code`)",
            )
        return self._model_format.ship(source.folder, code.files)

    def _ingredients(
        self,
        request: AdoptRequest,
        name: str,
        source: Source,
        model: Any,
        description: PlainModel,
    ) -> Ingredients:
        rows, evaluation, notes = _rows_of(request, model, description)
        check_model(model, rows)
        declared = declared_contract(
            rows,
            output_of(model, rows, self._describe_output),
            Declarations(request.constraints, request.contract, request.rules, request.output),
        )
        contract = declared.contract
        folder, code = source.folder, _code_of(source.folder, description)
        libraries = libraries_of(model, code)
        keep = request.rows == "keep" and not private_names(contract)
        if description.flavor != flavor_of(model):
            # An estimator in a form that only MLflow reads: written again as our runtime reads it
            folder = folder.parent / "bundle"
            options = SaveOptions(requirements=libraries.requirements, keep_example=keep)
            example = rows.part(0, EXAMPLE_ROWS).data
            description = self._model_format.save(model, folder, contract, example, options)
            if code.files:
                description = self._model_format.ship(folder, code.files)
        elif not keep:
            self._model_format.forget_example(folder)
        tags = {ADOPTED_FROM_TAG: source.address, MODEL_CLASS_TAG: class_name(model)}
        if source.run_id:
            tags[ADOPTED_RUN_TAG] = source.run_id
        return Ingredients(
            name=name,
            label=request.label or source.label,
            model=model,
            folder=folder,
            description=description,
            contract=contract,
            validator=declared.validator,
            rows=rows,
            evaluation=evaluation,
            policy=request.rows,
            libraries=libraries,
            notes=(*notes, *declared.notes),
            absent={"training data": f"adopted from {source.address} with a sample of its rows"},
            tags={**user_tags(), **tags},
        )


def _code_of(folder: Path, description: PlainModel) -> ShippedCode:
    return (
        ShippedCode()
        if description.code_path is None
        else read_code(folder / description.code_path)
    )


def _name_of(request: AdoptRequest, source: Source) -> str:
    name = request.name or source.name
    if name is None:
        raise AddressError(
            f"`{source.address}` has no name to register a release under", hint="give one: `--name`"
        )
    return check_name(name)


def _rows_of(
    request: AdoptRequest, model: Any, description: PlainModel
) -> tuple[LabelledRows, LabelledRows | None, tuple[str, ...]]:
    data, notes = aligned(plain_data(model, request.data), description)
    rows, evaluation = labelled_rows(data, request.y), None
    if request.evaluation is not None:
        unseen, _ = aligned(plain_data(model, request.evaluation[0]), description)
        evaluation = labelled_rows(unseen, request.evaluation[1], what="evaluation ")
    return as_taken(model, rows), evaluation and as_taken(model, evaluation), notes
