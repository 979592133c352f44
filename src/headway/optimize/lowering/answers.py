"""What a lowered estimator answers, so that the steps around it can build on it.

Invariant: the answers become outputs of the graph in one place, where they are held to the contract.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from headway.core.dtypes import Task
from headway.errors import LoweringError
from headway.optimize.graph import ElementType, GraphOutput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from headway.contract.model import Contract

_N_BINARY = 2


@dataclasses.dataclass(frozen=True, slots=True)
class ClassAnswers:
    """The answers of a classifier.

    Attributes:
        classes: The labels that it knows, in its order.
        label: Tensor of int64 positions among the classes, shape (n_rows,).
        probabilities: Tensor of shape (n_rows, n_classes); `None` where it has none.
        scores: Tensor of shape (n_rows,) for two classes, (n_rows, n_classes) for more; `None` where
            it has no decision function.
        settle: Adds the label once more, in the order of the native sums to the last bit; `None` where
            `label` is that.
    """

    classes: NDArray[Any]
    label: str
    probabilities: str | None = None
    scores: str | None = None
    settle: Callable[[], str] | None = None

    def __post_init__(self) -> None:
        if len(self.classes) < _N_BINARY:
            raise LoweringError("it knows one class only")

    def settled_label(self) -> str:
        """Return the label for a step that has no probabilities to tell a tie by."""
        return self.label if self.settle is None else self.settle()

    def outputs(self, contract: Contract) -> Mapping[str, GraphOutput]:
        """Return the outputs of the graph.

        Raises:
            LoweringError: The contract has other classes, or has them in another order.
        """
        if tuple(self.classes.tolist()) != contract.output.classes:
            raise LoweringError("its classes are not the contract's, in the same order")
        n_classes = len(self.classes)
        made = {"label": GraphOutput(self.label, "int64")}
        if self.probabilities is not None:
            made["probabilities"] = GraphOutput(self.probabilities, width=n_classes)
        if self.scores is not None:
            width = None if n_classes == _N_BINARY else n_classes
            made["scores"] = GraphOutput(self.scores, width=width)
        return made


@dataclasses.dataclass(frozen=True, slots=True)
class NumberAnswers:
    """The answers of any other estimator: numbers.

    Attributes:
        tensor: Shape (n_rows,), or (n_rows, n_outputs).
        n_outputs: `None` for one number per row.
        element_type: int64 for the labels of clusters and the like.
    """

    tensor: str
    n_outputs: int | None = None
    element_type: ElementType = "float64"

    def outputs(self, contract: Contract) -> Mapping[str, GraphOutput]:
        """Return the outputs of the graph.

        Raises:
            LoweringError: The contract promises something else.
        """
        is_several = self.n_outputs is not None
        if contract.output.n_outputs != (self.n_outputs or 1):
            raise LoweringError(
                f"it answers {self.n_outputs or 1} numbers and the contract has "
                f"{contract.output.n_outputs}"
            )
        if contract.output.task is Task.CLASSIFICATION and not is_several:
            raise LoweringError("it answers numbers and the contract has classes")
        return {"values": GraphOutput(self.tensor, self.element_type, self.n_outputs)}


Answers = ClassAnswers | NumberAnswers
