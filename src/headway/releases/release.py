"""What a registration gives, and what it is given."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from headway.bundle.manifest import Form
    from headway.bundle.steps import Step
    from headway.contract.declarations import ConstraintSpec, RuleSpec
    from headway.contract.model import Contract, Output
    from headway.contract.output import Answer
    from headway.core.batch import FeatureBatch
    from headway.optimize.comparison import Tolerance
    from headway.registry.port import PlainModel
    from headway.runtimes.port import Runtime

RowsPolicy = Literal["keep", "none"]


class Progress(Protocol):
    """Is told each step before it begins, in words for people."""

    def __call__(self, step: str, /) -> None: ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release in the registry.

    Attributes:
        name: Name of the model.
        version: The registry's version.
        aliases: Aliases that point to it.
        digest: Digest of the bundle.
        form: `lowered`, `partial` or `native`.
        reason: Why it is served in this form.
        contract: What may come in and what comes out.
        metrics: Measured on the evaluation rows.
        notes: What its owner should know, one sentence each.
        absent: What is not recorded, with the reason.
        modules: The user's own modules that it ships.
        moved: By alias, the version that it pointed to before, for one that was taken from another.
    """

    name: str
    version: str
    aliases: tuple[str, ...]
    digest: str
    form: Form
    reason: str
    contract: Contract = dataclasses.field(repr=False)
    metrics: Mapping[str, float]
    notes: tuple[str, ...]
    absent: Mapping[str, str]
    modules: tuple[str, ...] = ()
    moved: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def address(self) -> str:
        """Address of the release, `NAME:7`."""
        return f"{self.name}:{self.version}"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRequest:
    """A fitted model, and what is said about it.

    Attributes:
        name: Name to register it under.
        model: A fitted scikit-learn model, a module of PyTorch, an ONNX model or the path of its
            file, or any object with `predict`.
        X: What it was fitted on: a frame of pandas, polars or pyarrow, an array of shape
            (n_rows, n_features), or for a net arrays of any shape, by name where there are several.
        y: What was to be learned, one for each row; `None` where there is none.
        feature_names: Names for an array's columns.
        constraints: By feature, what requests must keep; see `headway.contract.declarations`.
        contract: A pydantic model that a row must keep, too; `None` for none.
        rules: What must hold between the values of one row.
        output: What is declared about the answers.
        label: The user's own name of the version.
        alias: Alias to set beside `champion`, which the first version gets in any case.
        params: What the model was trained with, to be logged.
        tags: Free tags of the version.
        evaluation: Features and labels of rows that it was not fitted on.
        holdout_ratio: Or the share of the last rows of `X` that it was not fitted on, 0 to 1.
        rows: `none` keeps no row of the data anywhere.
        code: Modules, packages or source folders that ship with the release.
    """

    name: str
    model: Any
    X: Any
    y: Any = None
    feature_names: Sequence[str] | None = None
    constraints: Mapping[str, ConstraintSpec] = dataclasses.field(default_factory=dict)
    contract: Any = None
    rules: Sequence[RuleSpec] = ()
    output: Answer | None = None
    label: str = ""
    alias: str | None = None
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    evaluation: tuple[Any, Any] | None = None
    holdout_ratio: float | None = None
    rows: RowsPolicy = "keep"
    code: Sequence[Path] = ()


class Lowered(Protocol):
    """A lowered form of a model."""

    def files(self) -> Mapping[str, bytes]:
        """Return the files of a bundle that hold it, by path."""
        ...

    @property
    def tolerance(self) -> Tolerance:
        """How far its answers may lie from the native ones."""


class FoundForm(Protocol):
    """Which form of a model is served."""

    @property
    def lowered(self) -> Lowered | None:
        """The lowered form, `None` where the native one is served."""
        ...

    @property
    def report(self) -> object:
        """What was compared, as msgspec encodes it for `parity.json`; `None` for nothing."""
        ...

    @property
    def reason(self) -> str:
        """Which form and why, for people."""
        ...

    @property
    def runtime(self) -> Runtime | None:
        """Executes the form; `None` where the native one is served."""
        ...

    @property
    def n_native_steps(self) -> int:
        """Of a pipeline, how many of the first steps run natively before what is lowered."""
        ...

    @property
    def is_native_in_batch(self) -> bool:
        """Whether the native model takes less time on many rows at once."""
        ...

    @property
    def steps(self) -> tuple[Step, ...]:
        """What became of each step of the model."""
        ...

    @property
    def head_contract(self) -> Contract | None:
        """Of what these steps make; `None` where there are none."""
        ...


class FormFinder(Protocol):
    """Lowers a model where that is possible, and proves that it is the same."""

    def __call__(
        self, model: Any, native: Runtime, contract: Contract, rows: FeatureBatch, /
    ) -> FoundForm: ...


class NativeLoader(Protocol):
    """Loads a native model from the folder that it was written to. This runs its code."""

    def __call__(self, folder: Path, description: PlainModel, contract: Contract, /) -> Runtime: ...


class Evaluator(Protocol):
    """Measures a model on rows with labels; gives metrics by name."""

    def __call__(
        self, runtime: Runtime, output: Output, batch: FeatureBatch, labels: NDArray[Any], /
    ) -> dict[str, float]: ...
