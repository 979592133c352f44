"""Reads the body of a predict request: quickly where it keeps the contract, thoroughly where not.

Invariant: what is read has been accepted by the decoder or by the column checker, which accept the
same bodies; whatever is refused is refused with every reason.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import msgspec

from headway.contract.columns import ColumnChecker
from headway.contract.decoder import AcceptingDecoder
from headway.contract.document import parse_document
from headway.contract.judging import Judge
from headway.contract.notices import Notices
from headway.contract.request import WRAPPERS, BodyFormat, RequestRows, takes_bare_rows
from headway.contract.text import described, listed
from headway.core.dtypes import DType
from headway.errors import InputTooLargeError, MalformedInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.arrow.body import ArrowReader
    from headway.contract.model import Contract
    from headway.contract.row_validator import RowValidator
    from headway.core.batch import FeatureBatch

_MAX_BYTES = 8 * 1024 * 1024


class BodyReader:
    """Reads bodies of one contract. Safe to share between threads.

    Args:
        contract: What a body has to keep.
        max_rows: Most rows in one request.
        max_bytes: Most bytes that a compressed body may become.
        validator: The contract's own code, where it has any.
    """

    def __init__(
        self,
        contract: Contract,
        max_rows: int,
        max_bytes: int = _MAX_BYTES,
        validator: RowValidator | None = None,
    ) -> None:
        self._contract = contract
        self._judge = None if validator is None else Judge(contract, validator)
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._has_decimals = any(f.dtype is DType.DECIMAL for f in contract.features)
        self._takes_bare_rows = takes_bare_rows(contract)
        self._decoder = AcceptingDecoder(contract)
        self._checker = ColumnChecker(contract)
        wrapped = '{"features": {...} or [...]}, {"rows": [...]} or {"columns": {...}}'
        self._forms_hint = (
            f"send a row as an object, or {wrapped}"
            if self._takes_bare_rows
            else f"a feature of this model is named like a wrapper, so send {wrapped}"
        )

    def read(self, body: bytes, body_format: BodyFormat = BodyFormat.JSON) -> RequestRows:
        """Return the rows of a body.

        Args:
            body: In one of the forms of `headway.contract.request`.
            body_format: What it is: JSON in UTF-8, or a table of Arrow, which needs pyarrow.

        Raises:
            MalformedInputError: The body cannot be read, has a duplicate key, or has none of the forms.
            InputTooLargeError: It has too many rows, or becomes too large when it is decompressed.
            InvalidInputError: Rows break the contract; with every violation.
        """
        if body_format is not BodyFormat.JSON:
            is_file = body_format is BodyFormat.ARROW_FILE
            return self._judged(self._checked(functools.partial(self._read_table, is_file), body))
        rows = self._decoded(body)
        return self._judged(self._read_thoroughly(body) if rows is None else rows)

    @functools.cached_property
    def _arrow(self) -> ArrowReader:
        # takes a quarter of a second to import, and most servers never need it
        from headway.contract.arrow.body import ArrowReader  # noqa: PLC0415

        return ArrowReader(self._checker, self._contract.names, self._max_rows, self._max_bytes)

    def _read_table(self, is_file: bool, body: bytes, notices: Notices | None) -> FeatureBatch:  # noqa: FBT001
        return self._arrow.read(body, is_file=is_file, notices=notices)

    def read_accepted(self, body: bytes) -> RequestRows | None:
        """Return the rows of a JSON body that keeps the contract, or `None` where only `read` can tell.

        It is quick whatever the body is; `read` takes its time to find every reason for a refusal.

        Raises:
            InputTooLargeError: It has too many rows.
            InvalidInputError: The contract's own code refuses rows.
        """
        rows = self._decoded(body)
        return None if rows is None else self._judged(rows)

    def _decoded(self, body: bytes) -> RequestRows | None:
        rows = self._decoder.read(body)
        if rows is not None and not rows.is_single:
            self._limit_rows(rows.batch.n_rows)
        return rows

    def _judged(self, rows: RequestRows) -> RequestRows:
        if self._judge is None:
            return rows
        batch = self._judge.judged(rows.batch)
        return RequestRows(batch, rows.is_single, rows.notices)

    def _read_thoroughly(self, body: bytes) -> RequestRows:
        if not body.strip():
            raise MalformedInputError("the body is empty", hint=self._forms_hint)
        document = parse_document(body, keeps_digits=self._has_decimals)
        wrapper, content = self._form(document)
        if wrapper == "columns":
            lengths = [len(column) for column in content.values() if isinstance(column, list)]
            self._limit_rows(max(lengths, default=0))
            return self._checked(self._checker.check_columns, content)
        if wrapper == "rows":
            self._limit_rows(len(content))
            return self._checked(self._checker.check_rows, content)
        return msgspec.structs.replace(
            self._checked(self._checker.check_rows, [content]), is_single=True
        )

    def _checked(
        self, check: Callable[[Any, Notices | None], FeatureBatch], content: Any
    ) -> RequestRows:
        notices = Notices(self._contract)
        batch = check(content, notices)
        return RequestRows(batch, is_single=False, notices=notices if notices.total else None)

    def _form(self, document: Any) -> tuple[str | None, Any]:
        """Return the wrapper and what it holds; no wrapper for a bare row."""
        if not isinstance(document, dict):
            raise MalformedInputError(
                f"the body is {described(document)}, not an object", hint=self._forms_hint
            )
        found = [wrapper for wrapper in WRAPPERS if wrapper in document]
        if not found and self._takes_bare_rows:
            return None, document
        if not found or len(document) > 1:
            raise MalformedInputError(
                f"the body has the keys {listed(list(document))}, "
                f"and one of {listed(WRAPPERS)} has to be the only one",
                hint=self._forms_hint,
            )
        wrapper, content = found[0], document[found[0]]
        expected = {"features": dict | list, "rows": list, "columns": dict}[wrapper]
        if not isinstance(content, expected):
            raise MalformedInputError(
                f"`{wrapper}` holds {described(content)}", hint=self._forms_hint
            )
        return wrapper, content

    def _limit_rows(self, n_rows: int) -> None:
        if n_rows > self._max_rows:
            raise InputTooLargeError(
                f"the request has {n_rows} rows; at most {self._max_rows} are allowed",
                hint="send them in several requests",
            )
