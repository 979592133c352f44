"""Decodes bodies that keep the contract, and checks them while it decodes.

Invariant: this is the accepting path only. What it returns keeps the contract and has no duplicate
key; what it does not like it returns as `None`, without a reason, for the slow checker to explain.
"""

from __future__ import annotations

import itertools
import operator
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec.structs import astuple

from headway.contract.bounds import Limit, integer_range, tightest_limits
from headway.contract.request import RequestRows, takes_bare_rows
from headway.contract.tensors import element_feature
from headway.contract.values import ValueChecker
from headway.contract.written import WrittenFloat
from headway.core.batch import FeatureBatch
from headway.core.dtypes import PLAIN_DTYPES, DType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from headway.contract.model import Contract, Feature

_REFUSALS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_WRAPPER_KEY = re.compile(rb'\s*\{\s*"(features|rows|columns)"\s*:')
# msgspec takes no field name with one of these
_UNDECODABLE_NAME = re.compile(r'["\\\x00-\x1f]')
# sent as strings, which may hold a colon
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
        self._n_colons_in_names = sum(name.count(":") for name in self._names)
        self._strings = [i for i, f in enumerate(contract.features) if f.dtype in _SENT_AS_TEXT]
        self._unfinished = [
            (position, ValueChecker(feature).check)
            for position, feature in enumerate(contract.features)
            if not is_checked_while_decoding(feature)
        ]
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
        try:
            match = _WRAPPER_KEY.match(body)
            if match is not None:
                return self._read_wrapped(match[1], body)
            return self._read_bare(body)
        except _REFUSALS:
            return None

    def _read_bare(self, body: bytes) -> RequestRows | None:
        if self._decode_bare is None:
            return None
        row = astuple(self._decode_bare(body))
        # the shortest of all paths, so it asks for the cheapest proof first: see `_has_duplicates`
        if body.count(b":") != self._n_features and self._has_duplicates(
            body, _Keys(1, 0), self._strings_of((row,))
        ):
            return None
        rows = self._finished_rows((row,)) if self._unfinished else (row,)
        if rows is None:
            return None
        return RequestRows(FeatureBatch.from_rows(self._names, rows), is_single=True)

    def _read_wrapped(self, wrapper: bytes, body: bytes) -> RequestRows | None:
        decode = self._decode_wrapped.get(wrapper)
        if decode is None:
            return None
        (content,) = astuple(decode(body))
        if wrapper == b"columns":
            return self._columns(astuple(content), body)
        is_single = wrapper == b"features"
        decoded = [content] if is_single else content
        rows = [row if type(row) is tuple else astuple(row) for row in decoded]
        n_objects = len(rows) - sum(map(operator.is_, rows, decoded))
        if not rows or self._has_duplicates(body, _Keys(n_objects, 1), self._strings_of(rows)):
            return None
        finished = self._finished_rows(rows) if self._unfinished else rows
        if finished is None:
            return None
        return RequestRows(FeatureBatch.from_rows(self._names, finished), is_single)

    def _columns(self, columns: tuple[list[Any], ...], body: bytes) -> RequestRows | None:
        n_rows = len(columns[0])
        if not n_rows or any(len(column) != n_rows for column in columns):
            return None
        strings = itertools.chain.from_iterable(columns[i] for i in self._strings)
        if self._has_duplicates(body, _Keys(1, 1), strings):
            return None
        finished = list(columns)
        for position, check in self._unfinished:
            checked = [check(value) for value in columns[position]]
            if any(broken for _, broken in checked):
                return None
            finished[position] = [value for value, _ in checked]
        return RequestRows(FeatureBatch.from_columns(self._names, finished), is_single=False)

    def _finished_rows(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]] | None:
        """Return rows whose every value has been checked, or `None` where one breaks a rule."""
        finished = []
        for row in rows:
            values = list(row)
            for position, check in self._unfinished:
                values[position], broken = check(values[position])
                if broken:
                    return None
            finished.append(tuple(values))
        return finished

    def _strings_of(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[str | None]:
        for row in rows:
            for i in self._strings:
                yield row[i]

    def _has_duplicates(self, body: bytes, expected: _Keys, strings: Iterable[str | None]) -> bool:
        """Whether a decoded body has more keys than a body without duplicates has.

        Each key has one colon outside of strings, and every expected key is there, or the body would
        not have been decoded: so there are exactly as many colons as expected keys, or duplicates.

        Args:
            body: What was decoded.
            expected: The keys of a body without duplicates.
            strings: The string values that were decoded; read only where they matter.
        """
        n_keys = expected.n_objects * self._n_features + expected.n_wrappers
        n_colons = body.count(b":")
        if n_colons == n_keys:
            return False
        if b"\\" in body:
            # an escape may spell a colon, or hide a quote
            return _count_outside_of_strings(body) != n_keys
        n_in_names = expected.n_objects * self._n_colons_in_names
        n_in_values = "".join(filter(None, strings)).count(":")
        return n_colons != n_keys + n_in_names + n_in_values


class _Keys(NamedTuple):
    """How many keys there are: of objects that name every feature, and around them."""

    n_objects: int
    n_wrappers: int


def _count_outside_of_strings(body: bytes) -> int:
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


def is_checked_while_decoding(feature: Feature) -> bool:
    """Whether `value_type` checks all of a feature's rules; else `ValueChecker` has to follow."""
    if feature.dtype is DType.TENSOR:
        element = element_feature(feature)
        return element.dtype is DType.FLOAT and is_checked_while_decoding(element)
    if feature.dtype not in PLAIN_DTYPES:
        return False
    return feature.constraints.one_of is None or feature.dtype is DType.STRING


def value_type(feature: Feature) -> Any:
    """Return the type that msgspec decodes values of a feature to.

    It takes every value that the feature takes, and refuses the others as far as msgspec has words
    for them; `is_checked_while_decoding` says whether that is all of the way.
    """
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
