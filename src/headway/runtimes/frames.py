"""Gives a native model the very kind of frame that it was fitted on.

The library is imported for a model that needs it, and for no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from headway.errors import MissingExtraError

if TYPE_CHECKING:
    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch


class FrameBuilder(Protocol):
    """Builds training-like input from batches."""

    def build(self, batch: FeatureBatch) -> Any:
        """Return the rows as the training frame would have held them."""
        ...


def frame_builder(contract: Contract) -> FrameBuilder:
    """Return the builder of what the model of a contract was fitted on.

    Raises:
        MissingExtraError: It was fitted on a frame of a library that is not installed.
    """
    if contract.layout in {"array", "series"} or contract.frame == "pandas":
        from headway.runtimes.pandas import PandasBuilder  # noqa: PLC0415 (see above)

        return PandasBuilder(contract)
    extra = "polars" if contract.frame == "polars" else "arrow"
    try:
        if contract.frame == "polars":
            from headway.runtimes.polars import PolarsBuilder  # noqa: PLC0415 (see above)

            return PolarsBuilder(contract)
        from headway.runtimes.arrow import ArrowBuilder  # noqa: PLC0415 (see above)

        return ArrowBuilder(contract)
    except ModuleNotFoundError as error:
        raise MissingExtraError(extra, f"a model that was fitted on {contract.frame}") from error
