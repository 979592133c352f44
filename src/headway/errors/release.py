"""A release cannot be made, or cannot be used."""

from __future__ import annotations

from headway.errors.root import HeadwayError


class RuntimeLoadError(HeadwayError):
    """A release or a model file cannot be made to run here.

    The file is missing or is no model, a module is not installed, or the execution library does not
    take it. The message says which.

    What to do: Install what is missing, or register the model again with what is installed.
    """

    code = "runtime.load"


class ModelFileError(RuntimeLoadError):
    """A file holds no fitted model that loads here.

    It is no pickle that loads with what is installed here, or what it holds has no `predict`.

    What to do: Save the fitted estimator or pipeline with `joblib.dump`, and run where its modules are
    installed.
    """

    code = "runtime.model_file"


class MissingExtraError(RuntimeLoadError):
    """A part of Headway that is not installed is needed.

    What to do: Run the command that the hint gives; it installs the part.

    Args:
        purpose: What needs it.

    Attributes:
        extra: Name of the extra, as in `pip install "headway[extra]"`.

    Examples:
        >>> str(MissingExtraError("arrow", "reading Arrow"))
        'reading Arrow needs the extra `arrow`'
    """

    code = "runtime.missing_extra"

    def __init__(self, extra: str, purpose: str) -> None:
        self.extra = extra
        super().__init__(
            f"{purpose} needs the extra `{extra}`", hint=f'pip install "headway[{extra}]"'
        )


class MissingModuleError(RuntimeLoadError):
    """A release needs a module that neither ships with it nor is installed.

    It runs natively, and the code of the model imports the module.

    What to do: Install what brings the module, in the version that `headway/manifest.json` names. If it
    is your own, register the model again and ship it: see `docs/how-to/ship-your-own-code.md`.

    Attributes:
        module: Name of the module.
    """

    code = "runtime.missing_module"

    def __init__(self, module: str) -> None:
        self.module = module
        super().__init__(
            f"the release needs the module `{module}`, which does not ship with it and is not "
            "installed here",
            hint=f"install what brings `{module}`; if it is your own, ship it with the release: "
            "`code=` (`--code`)",
        )


class CodeError(HeadwayError):
    """Modules cannot ship with a release, or those that ship are not all that it needs.

    A file is too large, a link leads out of its folder, or a module would shadow the standard library
    or what Headway needs. Or a fresh process cannot load the release, because a module that the
    training process has is neither shipped nor installed. The message names each file or module.

    What to do: Give `code=` (`--code`) the packages and modules that the model needs, and nothing else:
    see `docs/how-to/ship-your-own-code.md`.
    """

    code = "code.refused"


class ChangeRefusedError(HeadwayError):
    """A change would destroy something that is in use or that is there already.

    The version that `champion` points to is not removed without `--force`, a tag that Headway keeps for
    itself is not set, a file that exists is not overwritten, and a key that has a name keeps it. The
    message says what is in the way.

    What to do: Look at what is in the way; the hint names the option that goes on all the same, where
    there is one.
    """

    code = "change.refused"


class ParityError(HeadwayError):
    """A form of a release does not answer as it should.

    The lowered form does not answer as the native model, or a release does not answer its golden rows
    as the training process did. At registration this only means that the native form is kept. When a
    release is loaded it is refused: the machine or its libraries compute something else. See
    `docs/explanation/parity-gate.md`.

    What to do: Serve it on the kind of machine it was registered on, or register it again.

    Attributes:
        max_abs_difference: Largest absolute difference that was seen, in the output's unit.
        tolerance: The allowed difference for that value.
        row: Index of the first row that differs, among the rows that were compared.
    """

    code = "optimize.parity"

    def __init__(
        self, message: str, *, max_abs_difference: float, tolerance: float, row: int
    ) -> None:
        super().__init__(message)
        self.max_abs_difference = max_abs_difference
        self.tolerance = tolerance
        self.row = row


class LoweringError(HeadwayError):
    """A model, or one step of it, has no lowered form.

    The message says which and why. At registration this only means that the native form is kept.

    What to do: Nothing, unless you want it faster: then change the step that is named.
    """

    code = "optimize.lowering"


class QuantisationError(HeadwayError):
    """A release has no smaller form of the kind that was asked for.

    There is nothing to quantise in it, as in trees, or the library cannot make or execute that kind. The
    message says which.

    What to do: Serve the release as it is, or ask for one of the kinds that the hint names. See
    `docs/how-to/quantise.md`.
    """

    code = "optimize.quantisation"


class BudgetError(HeadwayError):
    """A smaller form of a release loses more than its budget allows.

    Nothing was registered. The message has the metric before and after, and what was allowed.

    What to do: Ask for a kind that loses less, such as `fp16`; calibrate on more rows; or allow more with
    `--max-drop`, if what is lost does not matter.

    Attributes:
        metric: What was measured.
        drop: How much worse it became, in its own unit.
        allowed: How much worse it may become.
    """

    code = "optimize.budget"

    def __init__(
        self, message: str, *, metric: str, drop: float, allowed: float, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.metric = metric
        self.drop = drop
        self.allowed = allowed


class TrustRefusedError(HeadwayError):
    """Running the release would run code (a pickle) from a place that is not trusted.

    A lowered release needs no trust, unless its contract has validators of a pydantic model.

    What to do: If you trust the place, give `--trust` or set `registry.trust_code = true`.
    """

    code = "trust.refused"


class BundleCorruptError(HeadwayError):
    """A file of a release is missing, or is not the one that was registered.

    Nothing of the release is served.

    What to do: Fetch it again; if that does not help, register it again.
    """

    code = "bundle.corrupt"
