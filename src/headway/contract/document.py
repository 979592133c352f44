"""Parses JSON strictly, to find out what is wrong with a body that the decoder did not take.

Invariant: no key of an object is ever dropped silently, and no NaN or infinity is read from a word.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

from headway.contract.text import printable, quoted
from headway.contract.written import WrittenFloat
from headway.errors import MalformedInputError

if TYPE_CHECKING:
    from collections.abc import Callable

# an integer of more digits is beyond float64, and Python refuses to read very long ones
_MAX_INTEGER_CHARS = 310
_MAX_PATH_CHARS = 200


class _ObjectWithDuplicates(dict[str, Any]):
    """An object that had a key more than once; `duplicate` is the first such key."""

    duplicate = ""


def parse_document(body: bytes, *, keeps_digits: bool = False) -> Any:
    """Return a JSON text as Python values.

    Args:
        body: JSON in UTF-8.
        keeps_digits: Return numbers with a fraction or an exponent as `WrittenFloat`.

    A number that is out of range is returned as an infinity, so that whoever knows its row and field
    can refuse it.

    Raises:
        MalformedInputError: The text is no JSON in UTF-8, has a key twice in one object, or nests
            too deeply. Says where.
    """
    found: list[_ObjectWithDuplicates] = []
    as_float = WrittenFloat if keeps_digits else float
    try:
        document = json.loads(
            body.decode(),
            object_pairs_hook=functools.partial(_read_object, found),
            parse_constant=_refuse_constant,
            parse_int=functools.partial(_read_integer, as_float=as_float),
            parse_float=as_float,
        )
    except UnicodeDecodeError as error:
        raise MalformedInputError(f"the body is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise MalformedInputError(f"the body is not JSON at {where}: {error.msg}") from error
    except RecursionError as error:
        raise MalformedInputError("the body nests too deeply") from error
    if found:
        _refuse_duplicates(document)
    return document


def _read_object(
    found: list[_ObjectWithDuplicates], pairs: list[tuple[str, Any]]
) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) == len(pairs):
        return content
    marked = _ObjectWithDuplicates(content)
    counts = Counter(key for key, _ in pairs)
    marked.duplicate = next(key for key, count in counts.items() if count > 1)
    found.append(marked)
    return marked


def _refuse_constant(word: str) -> NoReturn:
    raise MalformedInputError(f"JSON has no `{word}`", hint="send null where a value is missing")


def _read_integer(digits: str, *, as_float: Callable[[str], float]) -> int | float:
    return int(digits) if len(digits) < _MAX_INTEGER_CHARS else as_float(digits)


def _refuse_duplicates(document: Any) -> None:
    """Raise for a marked object; looked for without recursion, because a body may nest deeply."""
    pending = [("", document)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, _ObjectWithDuplicates):
            where = f"in `{path}`" if path else "at the top level"
            raise MalformedInputError(
                f"the key {quoted(value.duplicate)} comes twice {where}", hint="send each key once"
            )
        path = path[:_MAX_PATH_CHARS]
        if isinstance(value, dict):
            pending += [(f"{path}.{printable(key)}".lstrip("."), v) for key, v in value.items()]
        elif isinstance(value, list):
            pending += [(f"{path}[{i}]", v) for i, v in enumerate(value)]
