"""Decodes bodies that keep the contract, and checks them while it decodes.

Invariant: this is the accepting path only. What it returns keeps the contract and has no duplicate
key; what it does not like it returns as `None`, without a reason, for the slow checker to explain.
"""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import msgspec
import numpy as np
from msgspec.structs import astuple

from headway.contract.bounds import Limit, integer_range, tightest_limits
from headway.contract.finishing import Finisher
from headway.contract.request import RequestRows, takes_bare_rows
from headway.contract.rules import enforced
from headway.contract.tensors import element_feature
from headway.contract.written import WrittenFloat
from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from headway.contract.model import Contract, Feature

_REFUSALS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_WRAPPER_KEY = re.compile(rb'\s*\{\s*"(features|rows|columns)"\s*:')
# msgspec takes no field name with one of these
_UNDECODABLE_NAME = re.compile(r'["\\\x00-\x1f]')
_QUOTE = b'"'
_LARGE_BYTES = 16_384
_SENT_AS_TEXT = frozenset({DType.STRING, DType.DATE, DType.DATETIME, DType.TIME})
_INT64_AS_FLOATS = (Limit("ge", -(2.0**63)), Limit("lt", 2.0**63))


class AcceptingDecoder:
    """Decodes request bodies of one contract. Safe to share between threads.

    Args:
        contract: What a body has to keep.
    """

    def __init__(self, contract: Contract) -> None:
        self._names = contract.names
        self._n_features = len(self._names)
        strings = [(i, f) for i, f in enumerate(contract.features) if f.dtype in _SENT_AS_TEXT]
        self._n_strings = len(strings)
        self._nullable_strings = [i for i, feature in strings if feature.accepts_null]
        # a number or a string
        self._decimals = [i for i, f in enumerate(contract.features) if f.dtype is DType.DECIMAL]
        self._finisher = Finisher(contract) or None
        self._decode_bare: Callable[[bytes], Any] | None = None
        self._decode_wrapped: dict[bytes, Callable[[bytes], Any]] = {}
        if not any(map(_UNDECODABLE_NAME.search, self._names)):
            self._compile(contract)

    def _compile(self, contract: Contract) -> None:
        values = [value_type(feature) for feature in contract.features]
        row: Any = _struct("Row", self._names, values)
        row_or_list = row | tuple.__class_getitem__(tuple(values))
        columns = _struct("Columns", self._names, map(list.__class_getitem__, values))
        forms = {
            "features": row_or_list,
            "rows": list.__class_getitem__(row_or_list),
            "columns": columns,
        }
        for wrapper, form in forms.items():
            body = _struct("Body", [wrapper], [form])
            self._decode_wrapped[wrapper.encode()] = _decoder(body).decode
        if takes_bare_rows(contract):
            self._decode_bare = _decoder(row).decode

    def read(self, body: bytes) -> RequestRows | None:
        """Return the rows of a body that keeps the contract, else `None`."""
        if self._decode_bare is not None:
            # the commonest form is tried first: looking for a wrapper costs a tenth of reading a row
            try:
                decoded = self._decode_bare(body)
            except _REFUSALS:
                pass
            else:
                return self._single(astuple(decoded), self._n_features, body)
        match = _WRAPPER_KEY.match(body)
        try:
            return None if match is None else self._read_wrapped(match[1], body)
        except _REFUSALS:
            return None

    def _single(self, row: tuple[Any, ...], n_keys: int, body: bytes) -> RequestRows | None:
        n_strings = self._n_strings
        if self._decimals or (self._nullable_strings and None in row):
            n_strings = self._n_strings_of((row,))
        # the shortest of all paths, so it asks for the commonest proof itself: see `_has_duplicates`
        if body.count(_QUOTE) != 2 * (n_keys + n_strings) and self._has_duplicates(
            body, _Expected(n_keys, n_strings)
        ):
            return None
        if self._finisher is not None:
            return self._finished((row,), is_single=True)
        return RequestRows(FeatureBatch(self._names, 1, (row,), None), is_single=True)

    def _read_wrapped(self, wrapper: bytes, body: bytes) -> RequestRows | None:
        decode = self._decode_wrapped.get(wrapper)
        if decode is None:
            return None
        (content,) = astuple(decode(body))
        if wrapper == b"columns":
            return self._columns(astuple(content), body)
        if wrapper == b"rows":
            return self._rows(content, body)
        if type(content) is tuple:
            return self._single(content, 1, body)
        return self._single(astuple(content), self._n_features + 1, body)

    def _rows(self, content: list[Any], body: bytes) -> RequestRows | None:
        try:
            rows = list(map(astuple, content))
        except TypeError:  # some came as lists
            rows = [row if type(row) is tuple else astuple(row) for row in content]
        n_objects = len(rows) - sum(map(operator.is_, rows, content))
        n_keys = n_objects * self._n_features + 1
        if not rows or self._has_duplicates(body, _Expected(n_keys, self._n_strings_of(rows))):
            return None
        if self._finisher is not None:
            return self._finished(rows, is_single=False)
        return RequestRows(FeatureBatch.from_rows(self._names, rows), is_single=False)

    def _columns(self, columns: tuple[list[Any], ...], body: bytes) -> RequestRows | None:
        n_rows = len(columns[0])
        if not n_rows or any(len(column) != n_rows for column in columns):
            return None
        n_nulls = sum(columns[i].count(None) for i in self._nullable_strings)
        n_texts = sum(type(value) is str for i in self._decimals for value in columns[i])
        n_strings = self._n_strings * n_rows - n_nulls + n_texts
        if self._has_duplicates(body, _Expected(self._n_features + 1, n_strings)):
            return None
        if self._finisher is None:
            return RequestRows(FeatureBatch.from_columns(self._names, columns), is_single=False)
        finished = self._finisher.columns(columns)
        if finished is None:
            return None
        checked, notices = finished
        batch = FeatureBatch.from_columns(self._names, checked)
        return RequestRows(batch, is_single=False, notices=notices)

    def _finished(self, rows: Sequence[tuple[Any, ...]], *, is_single: bool) -> RequestRows | None:
        if self._finisher is None or (finished := self._finisher.rows(rows)) is None:
            return None
        checked, notices = finished
        batch = FeatureBatch.from_rows(self._names, checked)
        return RequestRows(batch, is_single, notices)

    def _n_strings_of(self, rows: Sequence[tuple[Any, ...]]) -> int:
        n_nulls = sum(row[i] is None for i in self._nullable_strings for row in rows)
        n_texts = sum(type(row[i]) is str for i in self._decimals for row in rows)
        return self._n_strings * len(rows) - n_nulls + n_texts

    def _has_duplicates(self, body: bytes, expected: _Expected) -> bool:
        """Whether a decoded body has more keys than a body without duplicates has.

        Every expected key and string was decoded, and each has two quotes. One key more has two quotes
        more, whatever its value; so a body with no quote beyond the expected ones has no duplicates.
        A quote inside of a string is escaped: then the colons outside of strings are counted, of which
        each key has one.
        """
        if _count_byte(body, _QUOTE) == 2 * (expected.n_keys + expected.n_strings):
            return False
        return b"\\" not in body or _count_colons_outside_of_strings(body) != expected.n_keys


class _Expected(NamedTuple):
    """What a body without duplicates holds: so many keys, and so many values that are strings."""

    n_keys: int
    n_strings: int


def _count_byte(body: bytes, byte: bytes) -> int:
    if len(body) < _LARGE_BYTES:
        return body.count(byte)
    # `bytes.count` looks at one byte at a time, numpy at many
    return int(np.count_nonzero(np.frombuffer(body, dtype=np.uint8) == byte[0]))


def _count_colons_outside_of_strings(body: bytes) -> int:
    """Return the number of colons of a JSON text that are not inside of a string."""
    body = body.replace(rb"\\", b"").replace(rb"\"", b"")
    return b"".join(body.split(b'"')[::2]).count(b":")


def _struct(name: str, names: Sequence[str], types: Iterable[Any]) -> type[msgspec.Struct]:
    # A feature may be called anything, so fields are called by position and renamed. What is decoded
    # never refers back to what holds it, so the garbage collector has nothing to look for.
    fields = [f"f{i}" for i in range(len(names))]
    return msgspec.defstruct(
        name,
        list(zip(fields, types, strict=True)),
        rename=dict(zip(fields, names, strict=True)),
        forbid_unknown_fields=True,
        gc=False,
    )


def _decoder(form: Any) -> msgspec.json.Decoder[Any]:
    # only a decimal has no type of msgspec's, and only its floats are given to the hook
    return msgspec.json.Decoder(form, float_hook=WrittenFloat)


def value_type(feature: Feature) -> Any:
    """Return the type that msgspec decodes values of a feature to.

    It takes every value that the feature takes, and refuses the others as far as msgspec has words
    for them; `headway.contract.finishing` says whether that is all of the way.
    """
    feature = enforced(feature)
    one_of = feature.constraints.one_of
    value: Any
    if feature.dtype is DType.FLOAT:
        value = Annotated[float, msgspec.Meta(**_float_limits(feature))]
    elif feature.dtype is DType.INTEGER:
        value = _integer_type(feature)
    elif feature.dtype is DType.BOOLEAN:
        value = bool
    elif feature.dtype is DType.STRING:
        value = str if one_of is None else Literal.__getitem__(one_of)
    elif feature.dtype is DType.TENSOR:
        value = _nested_lists(feature)
    else:
        value = str if feature.dtype in _SENT_AS_TEXT else Any
    return value | None if feature.accepts_null else value


def _nested_lists(feature: Feature) -> Any:
    value = value_type(element_feature(feature))
    for length in reversed(feature.shape):
        exactly = msgspec.Meta(min_length=length, max_length=length)
        value = Annotated[list.__class_getitem__(value), exactly]
    return value


def _integer_type(feature: Feature) -> Any:
    """Return `int | float`, because JSON's `5.0` is the integer 5."""
    least, greatest = integer_range(feature)
    whole = msgspec.Meta(**_float_limits(feature, *_INT64_AS_FLOATS), multiple_of=1.0)
    return Annotated[int, msgspec.Meta(ge=least, le=greatest)] | Annotated[float, whole]


def _float_limits(feature: Feature, *beside: Limit) -> dict[str, Any]:
    # msgspec takes one lower and one upper limit
    return {rule: float(value) for rule, value in tightest_limits(feature, *beside)}
