"""Rows are not what they have to be: those of a request, and those that a contract is learned from."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from headway.errors.root import HeadwayError

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


class HeadwayWarning(UserWarning):
    """Rows were answered although they break what is declared, as the policy of a feature says.

    Attributes:
        notices: The first values that were let through, each with `row`, `field`, `rule` and `message`.
        total: How many there are.
    """

    def __init__(self, message: str, notices: Sequence[Any] = (), total: int = 0) -> None:
        super().__init__(message)
        self.notices = tuple(notices)
        self.total = total


class ContractError(HeadwayError):
    """A contract cannot be inferred, or it contradicts itself.

    There is a constraint for an unknown feature, a bound on a string, a lower bound above the upper
    one, or a setting that would loosen what the release refuses.

    What to do: Change the constraint that is named.
    """

    code = "contract.invalid"


class InvalidInputError(ContractError):
    """Rows break the contract.

    `violations` lists every broken rule with its row (from 0), field, rule, message and hint.

    What to do: Correct the rows; `headway schema NAME` shows what is allowed. See
    `docs/how-to/use-a-contract.md`.

    Attributes:
        violations: Every violation that was found, at least one.
        total: How many violations there are, where only the first ones are listed.

    Examples:
        >>> str(InvalidInputError([Violation(0, "age", "ge", "`17` is not at least `18`")]))
        'row 0, field `age`: `17` is not at least `18`'
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
    """Nothing can be learned from the training data.

    It has no rows, columns without names or with one name twice, types that no request can hold, or
    labels that the model did not see.

    What to do: Correct the columns that the message names, and give what the model was fitted on.
    """

    code = "contract.training_data"


class MalformedInputError(HeadwayError):
    """A body is not what its content type says.

    It is broken JSON, has a key that comes twice, a `NaN`, or none of the forms that a request can
    have (`docs/reference/http-api.md#forms-of-a-request`).

    What to do: Correct the place that the message names.
    """

    code = "input.malformed"


class InputTooLargeError(HeadwayError):
    """A body has more bytes or more rows than the limit.

    The limits are `server.max_body_bytes` and `server.max_rows`, or `max_rows` of the model.

    What to do: Send the rows in several requests, or raise the limit in `docs/reference/settings.md`.
    """

    code = "input.too_large"


class UnsupportedMediaTypeError(HeadwayError):
    """A content type, a charset or a compression is not one that is read here.

    What to do: Send uncompressed JSON in UTF-8 with the header `Content-Type: application/json`.
    """

    code = "input.media_type"
