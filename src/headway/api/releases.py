"""Making releases, and moving and tidying them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway import wiring
from headway.config.load import load_settings
from headway.releases.adopt import AdoptRequest
from headway.releases.code import Code, code_paths
from headway.releases.importing import ImportRequest
from headway.releases.register import ignore_progress
from headway.releases.release import RegisterRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pydantic import BaseModel

    from headway.config.settings import Settings
    from headway.contract.declarations import ConstraintSpec, RuleSpec
    from headway.contract.output import Answer
    from headway.releases.aliasing import AliasChange
    from headway.releases.export import Exported
    from headway.releases.importing import Imported
    from headway.releases.release import Progress, Release, RowsPolicy
    from headway.releases.removal import Removal
    from headway.releases.tagging import TagChange


def register(  # noqa: PLR0913 - each is a part of one release
    model: Any,
    X: Any,  # noqa: N803 - scikit-learn's name
    y: Any = None,
    *,
    name: str,
    constraints: Mapping[str, ConstraintSpec] | None = None,
    contract: type[BaseModel] | None = None,
    rules: Sequence[RuleSpec] = (),
    output: Answer | None = None,
    label: str = "",
    alias: str | None = None,
    evaluation: tuple[Any, Any] | None = None,
    holdout_ratio: float | None = None,
    feature_names: Sequence[str] | None = None,
    rows: RowsPolicy = "keep",
    code: Code = None,
    params: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    on_progress: Progress = ignore_progress,
) -> Release:
    """Register a fitted model as a release: contract, golden rows, fastest exact form, bundle.

    Args:
        model: A fitted scikit-learn model, a booster of XGBoost or LightGBM, any object with `predict`,
            a module of PyTorch, or an ONNX model or the path of its file.
        X: What it was fitted on: a frame of pandas, polars or pyarrow, or an array of shape
            (n_rows, n_features). For a model of texts a Series or a list of strings. For a net an array
            or tensor of shape (n_rows, ...), or a dict of them by name of its tensors.
        y: What was to be learned, one for each row.
        name: Name to register it under.
        constraints: By feature, what requests must keep: `Range`, `OneOf`, `Text`, ..., or several.
        rules: What must hold between the values of one row: `Rule`, or `"name: expression"`.
        contract: A pydantic model that a row must keep, too: its constraints become the contract's,
            and its validators run for each row.
        output: How answers are shaped and what they must keep: names of classes, threshold,
            post-processing, limits.
        label: Your own name of the version, for example `v2.1.0`.
        alias: Alias to set beside `champion`, which the first version of a name gets in any case.
        evaluation: Features and labels of rows that the model was not fitted on.
        holdout_ratio: Or the share of the last rows of `X` that it was not fitted on, 0 to 1.
        feature_names: Names for an array's columns; `x0`, `x1`, ... without them.
        rows: `none` keeps no row of the data anywhere.
        code: Your own modules that the model needs, to ship with it: a file, a package, a folder of
            both, or several of these.
        params: What the model was trained with, to be logged.
        tags: Free tags of the version.
        settings: Instead of those of this process.
        on_progress: Is told each step before it begins.

    Returns:
        The release as it is in the registry.

    Raises:
        HeadwayError: `headway.releases.register.Registrar.register` names each kind.
    """
    request = RegisterRequest(
        name=name,
        model=model,
        X=X,
        y=y,
        feature_names=feature_names,
        constraints=constraints or {},
        contract=contract,
        output=output,
        rules=rules,
        label=label,
        alias=alias,
        params=params or {},
        tags=tags or {},
        evaluation=evaluation,
        holdout_ratio=holdout_ratio,
        rows=rows,
        code=code_paths(code),
    )
    return wiring.make_registrar(settings or load_settings()).register(request, on_progress)


def adopt(  # noqa: PLR0913 - as register
    address: str,
    data: Any,
    *,
    y: Any = None,
    name: str | None = None,
    label: str = "",
    alias: str | None = None,
    constraints: Mapping[str, ConstraintSpec] | None = None,
    contract: type[BaseModel] | None = None,
    rules: Sequence[RuleSpec] = (),
    output: Answer | None = None,
    evaluation: tuple[Any, Any] | None = None,
    rows: RowsPolicy = "keep",
    code: Code = None,
    trust: bool = False,
    settings: Settings | None = None,
    on_progress: Progress = ignore_progress,
) -> Release:
    """Turn a model that plain MLflow registered into a release, without training it again.

    Args:
        address: `models:/NAME/7`, `models:/NAME@alias`, `runs:/ID/path`, or a folder.
        data: A sample of the rows that it was fitted on.
        y: Their labels, where they are known.
        name: Name to register it under; the model's own by default.
        trust: Whether code (pickle) of a registry that is not trusted may run.
        label: As `register`.
        alias: As `register`.
        constraints: As `register`.
        contract: As `register`.
        rules: As `register`.
        output: As `register`.
        evaluation: As `register`.
        rows: As `register`.
        code: As `register`.
        settings: As `register`.
        on_progress: As `register`.

    Raises:
        HeadwayError: `headway.releases.adopt.Adopter.adopt` and
            `headway.releases.register.Registrar.register` name each kind.
    """
    request = AdoptRequest(
        source=address,
        data=data,
        y=y,
        name=name,
        label=label,
        alias=alias,
        constraints=constraints or {},
        contract=contract,
        rules=rules,
        output=output,
        evaluation=evaluation,
        rows=rows,
        code=code_paths(code),
    )
    adopter = wiring.make_adopter(settings or load_settings(), trust=trust)
    return adopter.adopt(request, on_progress)


def export(address: str, path: Path | str, settings: Settings | None = None) -> Exported:
    """Write a release of the registry as one file (`*.tar.gz`) or as a folder, to carry it elsewhere.

    Raises:
        HeadwayError: `headway.releases.export.Exporter.export` names each kind.
    """
    return wiring.make_exporter(settings or load_settings()).export(address, Path(path))


def import_(
    path: Path | str,
    *,
    name: str | None = None,
    alias: str | None = None,
    again: bool = False,
    dry_run: bool = False,
    settings: Settings | None = None,
) -> Imported:
    """Register a release that `export` wrote; arguments as `headway.releases.importing.ImportRequest`.

    Raises:
        HeadwayError: `headway.releases.importing.Importer.import_` names each kind.
    """
    request = ImportRequest(path=Path(path), name=name, alias=alias, again=again, dry_run=dry_run)
    return wiring.make_importer(settings or load_settings()).import_(request)


def rm(
    address: str,
    *,
    whole: bool = False,
    force: bool = False,
    confirm: Callable[[Removal], bool] | None = None,
    settings: Settings | None = None,
) -> Removal:
    """Remove a version from the registry, or with `whole` all versions of a name.

    Nothing is changed where `confirm` is given, is told what would leave, and says no.

    Raises:
        HeadwayError: `headway.releases.removal.Remover.plan` names each kind.
    """
    remover = wiring.make_remover(settings or load_settings())
    removal = remover.plan(address, whole=whole, force=force)
    if confirm is None or confirm(removal):
        remover.remove(removal)
    return removal


def tag(
    address: str,
    changes: Mapping[str, str | None],
    *,
    dry_run: bool = False,
    settings: Settings | None = None,
) -> TagChange:
    """Set tags of a version, and remove those whose value is `None`.

    Raises:
        HeadwayError: `headway.releases.tagging.Tagger.tag` names each kind.
    """
    return wiring.make_tagger(settings or load_settings()).tag(address, changes, dry_run=dry_run)


def alias(
    address: str, alias: str, *, dry_run: bool = False, settings: Settings | None = None
) -> AliasChange:
    """Point an alias, such as `champion`, to a version.

    Raises:
        HeadwayError: `headway.releases.aliasing.Aliaser.point` names each kind.
    """
    return wiring.make_aliaser(settings or load_settings()).point(address, alias, dry_run=dry_run)
