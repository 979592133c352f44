"""Everything that can go wrong, in one tree.

The tree knows nothing of HTTP or of exit codes: `headway.serving.problems` and `headway.cli.console`
hold the tables that map a class to a status and to an exit code, and a test holds both complete.

    HeadwayError
    ├ ConfigError                  an unknown key, a bad value
    ├ AddressError                 a model address that cannot be read
    ├ ContractError                a contract that cannot be inferred or that contradicts itself
    │ ├ InvalidInputError          rows that break the contract: every violation at once
    │ └ TrainingDataError          a training frame that nothing can be learned from
    ├ MalformedInputError          a body that is not what its content type says
    ├ InputTooLargeError           more bytes or rows than the limit
    ├ UnsupportedMediaTypeError    a content type that is not read here
    ├ RegistryError
    │ ├ ModelNotFoundError         names what exists
    │ ├ AliasNotFoundError         names what exists
    │ ├ AmbiguousModelError        several models, none named
    │ └ RegistryUnavailableError   may succeed when tried again
    ├ RuntimeLoadError             a release that cannot be made to run
    │ ├ ModelFileError             a file that holds no model
    │ └ MissingExtraError          a part of Headway that is not installed
    ├ PredictionError              the model raised
    │ ├ InputRefusedError          the model itself refuses values that the contract allows
    │ └ OutputContractError        the model broke its own output contract
    ├ MethodNotSupportedError      a method that this model does not have
    ├ OverloadedError              no room; try again after a while
    ├ DeadlineExceededError        the time limit passed before the reply
    ├ ParityError                  the lowered form is not the native model
    ├ LoweringError                a model that has no lowered form
    ├ AuthenticationError          no key, or an unknown one
    ├ ChangeRefusedError           a change that would destroy what is in use, or that nobody confirmed
    ├ TrustRefusedError            code from a place that is not trusted
    ├ BundleCorruptError           a file that is missing or is not the one that was registered
    └ ServerError                  a server that did not start or did not answer
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclasses.dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule of the contract.

    Attributes:
        row: Index of the row in the request, from 0.
        field: Name of the feature, or `None` where the rule is about the whole row.
        rule: Stable word: `type`, `missing`, `unknown`, `null`, `ge`, `gt`, `le`, `lt`, `one_of`, ...
        message: What was wrong and what is allowed, with the value unless the feature is private.
        hint: What to do, for example the nearest known field; `None` where nothing better is known.
    """

    row: int
    field: str | None
    rule: str
    message: str
    hint: str | None = None


class HeadwayError(Exception):
    """Root of everything that Headway raises on purpose.

    Args:
        message: What, where, measured against allowed. No final period for a single sentence.
        hint: What to do about it.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(HeadwayError):
    """A setting is unknown, or its value is not allowed."""

    code = "config.invalid"


class AddressError(HeadwayError):
    """A model address cannot be read."""

    code = "address.invalid"


class ContractError(HeadwayError):
    """A contract cannot be inferred, or it contradicts itself."""

    code = "contract.invalid"


class InvalidInputError(ContractError):
    """Rows break the contract.

    Args:
        violations: Every violation that was found, at least one.
        total: How many violations there are, where only the first ones are listed.
    """

    code = "contract.violated"

    def __init__(
        self, violations: Sequence[Violation], *, total: int | None = None, hint: str | None = None
    ) -> None:
        self.violations = tuple(violations)
        self.total = len(self.violations) if total is None else total
        first = self.violations[0]
        where = f"row {first.row}" + (f", field `{first.field}`" if first.field else "")
        more = f" (and {self.total - 1} more)" if self.total > 1 else ""
        super().__init__(f"{where}: {first.message}{more}", hint=hint or first.hint)


class TrainingDataError(ContractError):
    """A training frame has no usable names, types or rows."""

    code = "contract.training_data"


class MalformedInputError(HeadwayError):
    """A body is not what its content type says: broken JSON, duplicate keys, no known form."""

    code = "input.malformed"


class InputTooLargeError(HeadwayError):
    """A body has more bytes or more rows than the limit."""

    code = "input.too_large"


class UnsupportedMediaTypeError(HeadwayError):
    """The content type of a body is not one that is read here."""

    code = "input.media_type"


class RegistryError(HeadwayError):
    """The registry refused, or holds something that it should not."""

    code = "registry.failed"


class ModelNotFoundError(RegistryError):
    """No such model or version. The message names what exists."""

    code = "registry.model_not_found"


class AliasNotFoundError(RegistryError):
    """No such alias. The message names what exists."""

    code = "registry.alias_not_found"


class AmbiguousModelError(RegistryError):
    """Several models are served and the request named none."""

    code = "registry.ambiguous_model"


class RegistryUnavailableError(RegistryError):
    """The registry did not answer; the same call may succeed later."""

    code = "registry.unavailable"


class RuntimeLoadError(HeadwayError):
    """A release cannot be made to run here."""

    code = "runtime.load"


class ModelFileError(RuntimeLoadError):
    """A file holds no fitted model that loads here."""

    code = "runtime.model_file"


class MissingExtraError(RuntimeLoadError):
    """A part of Headway that is not installed is needed.

    Args:
        extra: Name of the extra, as in `pip install "headway[extra]"`.
        purpose: What needs it.
    """

    code = "runtime.missing_extra"

    def __init__(self, extra: str, purpose: str) -> None:
        self.extra = extra
        super().__init__(
            f"{purpose} needs the extra `{extra}`", hint=f'pip install "headway[{extra}]"'
        )


class PredictionError(HeadwayError):
    """The model raised while it predicted."""

    code = "prediction.failed"


class InputRefusedError(PredictionError):
    """The model refuses values that its contract allows, such as a category that it never saw."""

    code = "prediction.refused"


class OutputContractError(PredictionError):
    """The model's answer breaks the model's own output contract."""

    code = "prediction.output_contract"


class MethodNotSupportedError(HeadwayError):
    """The model has no such method, for example no `predict_proba`."""

    code = "prediction.method"


class OverloadedError(HeadwayError):
    """No room for this request now.

    Args:
        retry_after_s: Seconds after which it is worth trying again.
    """

    code = "server.overloaded"

    def __init__(self, message: str, *, retry_after_s: float, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class DeadlineExceededError(HeadwayError):
    """The time limit passed before the reply was ready."""

    code = "server.deadline"


class ParityError(HeadwayError):
    """A lowered form is not the native model.

    Args:
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
    """A model, or one step of it, has no lowered form. The message says which and why."""

    code = "optimize.lowering"


class AuthenticationError(HeadwayError):
    """No key, or an unknown one."""

    code = "auth.unauthenticated"


class ChangeRefusedError(HeadwayError):
    """A change would destroy something that is in use or that is there already."""

    code = "change.refused"


class TrustRefusedError(HeadwayError):
    """Running this release would run code from a place that is not trusted."""

    code = "trust.refused"


class BundleCorruptError(HeadwayError):
    """A file of a bundle is missing, or is not the one that was registered."""

    code = "bundle.corrupt"


class ServerError(HeadwayError):
    """A server did not start, or did not answer as a Headway server does."""

    code = "server.unreachable"
