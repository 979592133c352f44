"""Everything that can go wrong, in one tree.

The tree knows nothing of HTTP or of exit codes: `headway.serving.problems` and `headway.cli.console`
hold the tables that map a class to a status and to an exit code, and a test holds both complete. The
docstring of a class is its section of `docs/reference/errors.md`.

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
    │ ├ MissingExtraError          a part of Headway that is not installed
    │ └ MissingModuleError         a module that neither ships with the release nor is installed
    ├ ChangeRefusedError           a change that would destroy what is in use, or that nobody confirmed
    ├ CodeError                    modules that cannot ship with a release, or do not suffice
    ├ PredictionError              the model raised
    │ ├ InputRefusedError          the model itself refuses values that the contract allows
    │ └ OutputContractError        the model broke its own output contract
    ├ MethodNotSupportedError      a method that this model does not have
    ├ OverloadedError              no room; try again after a while
    ├ DeadlineExceededError        the time limit passed before the reply
    ├ ParityError                  the lowered form is not the native model
    ├ LoweringError                a model that has no lowered form
    ├ QuantisationError            a model that has no smaller form of a kind
    ├ BudgetError                  a smaller form that loses more than it may
    ├ AuthenticationError          no key, or an unknown one
    │ └ InvalidTokenError          a token that is expired, for others or not signed as it should be
    ├ ProviderUnavailableError     a token that cannot be checked for want of its provider's keys
    ├ PermissionDeniedError        a key that is not for this
    ├ RateLimitedError             a key that asks too often
    ├ KeyNotFoundError             no key of that name
    ├ PlanRefusedError             a serving plan that cannot be served
    ├ StoreError                   a database that does not answer, or is of another version
    ├ TrustRefusedError            code from a place that is not trusted
    ├ BundleCorruptError           a file that is missing or is not the one that was registered
    └ ServerError                  a server that did not start or did not answer
"""

from __future__ import annotations

from headway.errors.prediction import (
    InputRefusedError,
    MethodNotSupportedError,
    OutputContractError,
    PredictionError,
)
from headway.errors.registry import (
    AliasNotFoundError,
    AmbiguousModelError,
    ModelNotFoundError,
    RegistryError,
    RegistryUnavailableError,
)
from headway.errors.release import (
    BudgetError,
    BundleCorruptError,
    ChangeRefusedError,
    CodeError,
    LoweringError,
    MissingExtraError,
    MissingModuleError,
    ModelFileError,
    ParityError,
    QuantisationError,
    RuntimeLoadError,
    TrustRefusedError,
)
from headway.errors.root import HeadwayError
from headway.errors.rows import (
    ContractError,
    HeadwayWarning,
    InputTooLargeError,
    InvalidInputError,
    MalformedInputError,
    TrainingDataError,
    UnsupportedMediaTypeError,
    Violation,
)
from headway.errors.server import (
    AuthenticationError,
    DeadlineExceededError,
    InvalidTokenError,
    KeyNotFoundError,
    OverloadedError,
    PermissionDeniedError,
    PlanRefusedError,
    ProviderUnavailableError,
    RateLimitedError,
    ServerError,
    StoreError,
)
from headway.errors.usage import AddressError, ConfigError

__all__ = [
    "AddressError",
    "AliasNotFoundError",
    "AmbiguousModelError",
    "AuthenticationError",
    "BudgetError",
    "BundleCorruptError",
    "ChangeRefusedError",
    "CodeError",
    "ConfigError",
    "ContractError",
    "DeadlineExceededError",
    "HeadwayError",
    "HeadwayWarning",
    "InputRefusedError",
    "InputTooLargeError",
    "InvalidInputError",
    "InvalidTokenError",
    "KeyNotFoundError",
    "LoweringError",
    "MalformedInputError",
    "MethodNotSupportedError",
    "MissingExtraError",
    "MissingModuleError",
    "ModelFileError",
    "ModelNotFoundError",
    "OutputContractError",
    "OverloadedError",
    "ParityError",
    "PermissionDeniedError",
    "PlanRefusedError",
    "PredictionError",
    "ProviderUnavailableError",
    "QuantisationError",
    "RateLimitedError",
    "RegistryError",
    "RegistryUnavailableError",
    "RuntimeLoadError",
    "ServerError",
    "StoreError",
    "TrainingDataError",
    "TrustRefusedError",
    "UnsupportedMediaTypeError",
    "Violation",
]
