"""`Pair`: two forms of one model, or of one part of it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from headway.core.dtypes import Method

if TYPE_CHECKING:
    from headway.contract.model import Output
    from headway.runtimes.port import Runtime


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    """The two forms of one model.

    Attributes:
        native: The model as it was fitted.
        lowered: What is to stand for it.
        output: What both answer; each of its methods is compared.
    """

    native: Runtime
    lowered: Runtime
    output: Output

    @property
    def rich_methods(self) -> tuple[Method, ...]:
        """Return the methods whose answers hold the labels too."""
        methods = tuple(m for m in self.output.methods if m is not Method.PREDICT)
        return methods or (Method.PREDICT,)

    @property
    def sharp_methods(self) -> tuple[Method, ...]:
        """Return the method whose answers show most: scores, which do not saturate."""
        if Method.DECISION_FUNCTION in self.output.methods:
            return (Method.DECISION_FUNCTION,)
        return self.rich_methods
