"""Tables of Arrow with the same values in every form that Arrow has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from hypothesis import strategies as st
from pyarrow import ipc

from headway.core.dtypes import INT64_MAX, INT64_MIN, DType
from unit.contract.strategies import values_near

if TYPE_CHECKING:
    from headway.contract.model import Feature

STRING_TYPES = (pa.string(), pa.large_string(), pa.string_view())
INTEGER_TYPES = tuple(
    getattr(pa, f"{sign}int{bits}")() for sign in ("", "u") for bits in (8, 16, 32, 64)
)
FLOAT_TYPES = (pa.float32(), pa.float64())
_STRINGS_NEAR = (None, "", "a", "straße", "😀")


def stream(table: pa.Table, **options: Any) -> bytes:
    """Return a table as an IPC stream."""
    max_chunksize = options.pop("max_chunksize", None)
    sink = pa.BufferOutputStream()
    with ipc.new_stream(sink, table.schema, options=ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=max_chunksize)
    return bytes(sink.getvalue())


def file(table: pa.Table, **options: Any) -> bytes:
    """Return a table as an IPC file."""
    sink = pa.BufferOutputStream()
    with ipc.new_file(sink, table.schema, options=ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


@st.composite
def columns(draw: st.DrawFn, feature: Feature) -> pa.ChunkedArray:
    """Draw a column with values on, beside and far from what a feature allows, in any form."""
    near = [*values_near(feature), None]
    type_ = draw(st.sampled_from(_types_near(feature)))
    values = draw(st.lists(st.sampled_from(near + _odd(type_)), min_size=1, max_size=8))
    array = pa.array([value if _fits(value, type_) else None for value in values], type_)
    if draw(st.booleans()) and not pa.types.is_null(type_):
        array = array.dictionary_encode()
    cut = draw(st.integers(0, len(array)))
    chunks = draw(st.sampled_from([[array], [array.slice(0, cut), array.slice(cut)]]))
    return pa.chunked_array(chunks, array.type)


def _types_near(feature: Feature) -> list[pa.DataType]:
    fitting: dict[DType, tuple[pa.DataType, ...]] = {
        DType.FLOAT: FLOAT_TYPES + INTEGER_TYPES,
        DType.INTEGER: INTEGER_TYPES + FLOAT_TYPES,
        DType.BOOLEAN: (pa.bool_(),),
        DType.STRING: STRING_TYPES,
    }
    others = (pa.int64(), pa.float64(), pa.bool_(), pa.string(), pa.null())
    return [*fitting[feature.dtype] * 2, *others]


def _odd(type_: pa.DataType) -> list[Any]:
    if pa.types.is_integer(type_):
        return [0, 1, 255, 2**53 + 1, INT64_MAX, INT64_MIN, 2**64 - 1]
    if pa.types.is_floating(type_):
        return [0.5, float("nan"), float("inf"), 2.0**63, -(2.0**63)]
    return list(_STRINGS_NEAR) if type_ in STRING_TYPES else [True, False]


def _fits(value: Any, type_: pa.DataType) -> bool:
    if isinstance(value, float) and pa.types.is_integer(type_):
        return False
    if isinstance(value, bool) is not pa.types.is_boolean(type_):
        return False
    try:
        return bool(pa.scalar(value, type_).is_valid)
    except (pa.ArrowException, OverflowError, ValueError, TypeError):
        return False
