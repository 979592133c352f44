"""Runs a user's pydantic model over rows that the contract has accepted.

Invariant: whatever the user's code raises is a complaint about the row, never a fault of the server;
and a value that it gives back reaches the model only where the contract takes it.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from headway.contract.pydantic.user_model import WRAPPER
from headway.contract.row_validator import Complaint, RowVerdict
from headway.contract.text import printable
from headway.contract.values import ValueChecker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic_core import ErrorDetails

    from headway.contract.model import Contract
    from headway.contract.pydantic.user_model import UserModel

_PREFIXES = ("Value error, ", "Assertion failed, ")
_MAX_MESSAGE_CHARS = 500


class PydanticValidator:
    """Judges rows by a pydantic model; the port `RowValidator`.

    Args:
        read: The model, and how it takes a row.
        contract: Whose rows it judges.
    """

    def __init__(self, read: UserModel, contract: Contract) -> None:
        self._validate = read.model.model_validate
        self._form = read.form
        self._names = contract.names
        self._judges = [ValueChecker(feature).judge for feature in contract.features]
        positions = {name: position for position, name in enumerate(contract.names)}
        self._fields = {field: positions[name] for field, name in read.features.items()}
        self._positions = positions | self._fields

    def judge(self, values: Sequence[Any]) -> RowVerdict:
        """Return what the model says of a row."""
        try:
            instance = self._validate(self._question(values), by_name=True, by_alias=False)
            returned = dict(self._returned(instance))
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False, include_context=False)
            return RowVerdict(values, tuple(map(self._complaint, details)))
        except (Exception, SystemExit) as error:  # noqa: BLE001 (a user's code may raise anything)
            message = f"the contract's validator raised `{type(error).__name__}`"
            return RowVerdict(values, (Complaint(None, message),))
        return self._taken_over(values, returned)

    def _question(self, values: Sequence[Any]) -> dict[str, Any]:
        if self._form == "fields":
            return {field: values[position] for field, position in self._fields.items()}
        if self._form == "list":
            return {WRAPPER: list(values)}
        return {WRAPPER: dict(zip(self._names, values, strict=True))}

    def _returned(self, instance: BaseModel) -> Iterator[tuple[int, Any]]:
        """Yield what the model gives back, by position of the feature."""
        if self._form == "fields":
            for field, position in self._fields.items():
                yield position, getattr(instance, field)
            return
        content = getattr(instance, WRAPPER)
        if self._form == "list":
            yield from enumerate(content)
            return
        given: Mapping[str, Any] = vars(content) if isinstance(content, BaseModel) else content
        for name, value in given.items():
            if name in self._positions:
                yield self._positions[name], value

    def _taken_over(self, values: Sequence[Any], returned: Mapping[int, Any]) -> RowVerdict:
        """Return the row with what the model changed, where the contract takes that."""
        if len(returned) > len(values):
            message = f"the contract's validator gives back {len(returned)} values of {len(values)}"
            return RowVerdict(values, (Complaint(None, message),))
        taken, complaints = list(values), []
        for position, value in returned.items():
            plain = value.value if isinstance(value, enum.Enum) else value
            if _is_same(values[position], plain):
                continue
            verdict = self._judges[position](plain)
            taken[position] = verdict.value
            if broken := (*verdict.refused, *verdict.noted):  # a policy is for what clients send
                message = f"the contract's validator gives back a value that breaks `{broken[0]}`"
                complaints.append(Complaint(position, message))
        return RowVerdict(tuple(taken), tuple(complaints))

    def _complaint(self, details: ErrorDetails) -> Complaint:
        message = details["msg"]
        for prefix in _PREFIXES:
            message = message.removeprefix(prefix)
        if len(message) > _MAX_MESSAGE_CHARS:
            message = message[:_MAX_MESSAGE_CHARS] + "…"
        return Complaint(self._position(details["loc"]), "".join(map(printable, message)))

    def _position(self, where: tuple[int | str, ...]) -> int | None:
        """Return the feature that an error is about."""
        parts = where[1:] if self._form != "fields" else where
        if not parts:
            return None
        first = parts[0]
        if isinstance(first, int):
            return first if self._form == "list" and first < len(self._names) else None
        return self._positions.get(first)


def _is_same(before: Any, after: Any) -> bool:
    if before is after:
        return True
    if isinstance(before, int) and isinstance(after, float):
        return float(before) == after  # pydantic's `float` rounds a large integer
    return (type(before) is type(after) and bool(before == after)) or (
        isinstance(before, float) and isinstance(after, int) and before == after
    )
