"""Loads the code that a contract carries to judge rows."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

from headway.bundle import layout
from headway.contract.pydantic.user_model import read_user_model
from headway.contract.pydantic.validator import PydanticValidator
from headway.errors import RuntimeLoadError, TrustRefusedError
from headway.runtimes.cloudpickle import loading
from headway.runtimes.modules import ShippedModules

if TYPE_CHECKING:
    from headway.bundle.bundle import Bundle
    from headway.contract.model import Contract
    from headway.contract.row_validator import RowValidator


def load_validator(bundle: Bundle, contract: Contract, *, trust_code: bool) -> RowValidator:
    """Return the validator of a bundle whose contract has one. This runs its code.

    Args:
        bundle: A verified bundle.
        contract: As it is served.
        trust_code: Whether code of this bundle (pickle) may run.

    Raises:
        TrustRefusedError: It may not.
        RuntimeLoadError: The validator does not load here.
    """
    name = bundle.manifest.name
    if not trust_code:
        raise TrustRefusedError(
            f"the contract of `{name}` has validators in Python, which run code (pickle) of a place "
            "that is not trusted",
            hint="give `--trust`, or set `trust_code = true` in `[registry]`",
        )
    try:
        with loading(ShippedModules.of(bundle)):
            model = pickle.loads(bundle.read_bytes(layout.VALIDATOR))  # noqa: S301 (trusted, verified)
        return PydanticValidator(read_user_model(model, bundle.contract), contract)
    except ModuleNotFoundError as error:
        raise RuntimeLoadError(
            f"the validator of `{name}` needs the module `{error.name}`, which is not installed here",
            hint=f"install what brings `{error.name}`",
        ) from error
    except Exception as error:  # unpickling may raise anything
        recorded = bundle.manifest.libraries.get("pydantic", "an unknown version")
        raise RuntimeLoadError(
            f"the validator of `{name}` does not load here: {type(error).__name__}: {error}",
            hint=f"it was made with pydantic {recorded}",
        ) from error
