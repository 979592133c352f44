"""What was let through by a policy, although it breaks what is declared: told and counted.

Invariant: as for findings, memory stays bounded, the first ones by row and field are listed, and the
counts are exact.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
from typing_extensions import override

from headway.contract.findings import Findings, worded
from headway.contract.nearest import nearest_allowed
from headway.contract.text import quoted
from headway.core.dtypes import DType

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from headway.contract.model import Contract, Feature


class Notice(msgspec.Struct, frozen=True):
    """One value that was let through.

    Attributes:
        row: Index of the row in the request, from 0.
        field: Name of the feature.
        rule: The rule that the value breaks.
        message: What was declared and what was done, with the value unless the feature is private.
    """

    row: int
    field: str
    rule: str
    message: str

    def as_dict(self) -> dict[str, Any]:
        """Return the notice as a document."""
        return msgspec.structs.asdict(self)


class Notices(Findings):
    """What was let through in one request.

    Args:
        contract: Whose policies let it through.
    """

    def __init__(self, contract: Contract) -> None:
        super().__init__(contract)
        self._counts: Counter[tuple[int, str]] = Counter()

    @override
    def add(self, row: int, position: int, rule: str, subject: Any = None) -> None:
        super().add(row, position, rule, subject)
        self._counts[position, rule] += 1

    @override
    def add_where(self, broken: NDArray[np.bool], position: int, rule: str, values: Any) -> None:
        n_before = self.total
        super().add_where(broken, position, rule, values)
        if self.total > n_before:
            self._counts[position, rule] += self.total - n_before

    @property
    def counts(self) -> dict[tuple[str, str], int]:
        """How many values were let through, by feature and rule."""
        names = self._contract.names
        return {(names[position], rule): n for (position, rule), n in self._counts.items()}

    def listed(self) -> Sequence[Notice]:
        """Return the first ones by row and field."""
        return [self._notice(*finding) for finding in self.first()]

    def _notice(self, row: int, position: int, rule: str, value: Any) -> Notice:
        feature = self._contract.features[position]
        message = worded(feature, rule, value).message
        if feature.policy == "clip":
            message += f"; {_moved(feature, value)}"
        return Notice(row, feature.name, rule, message)


def _moved(feature: Feature, value: Any) -> str:
    if feature.dtype is DType.TENSOR:
        return "elements beyond a limit are taken as the nearest allowed number"
    return f"it is taken as {quoted(nearest_allowed(feature, value))}"
