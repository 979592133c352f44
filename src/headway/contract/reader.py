"""Reads the body of a predict request: quickly where it keeps the contract, thoroughly where not.

Invariant: what is read has been accepted by the decoder or by the column checker, which accept the
same bodies; whatever is refused is refused with every reason.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from headway.contract.columns import ColumnChecker
from headway.contract.decoder import AcceptingDecoder
from headway.contract.document import parse_document
from headway.contract.request import WRAPPERS, BodyFormat, RequestRows, takes_bare_rows
from headway.contract.text import described, listed
from headway.errors import InputTooLargeError, MalformedInputError

if TYPE_CHECKING:
    from headway.contract.arrow.body import ArrowReader
    from headway.contract.model import Contract

_MAX_BYTES = 8 * 1024 * 1024


class BodyReader:
    """Reads bodies of one contract. Safe to share between threads.

    Args:
        contract: What a body has to keep.
        max_rows: Most rows in one request.
        max_bytes: Most bytes that a compressed body may become.
    """

    def __init__(self, contract: Contract, max_rows: int, max_bytes: int = _MAX_BYTES) -> None:
        self._names = contract.names
        self._max_rows = max_rows
        self._max_bytes = max_bytes
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
            return RequestRows(self._arrow.read(body, is_file=is_file), is_single=False)
        rows = self.read_accepted(body)
        return self._read_thoroughly(body) if rows is None else rows

    @functools.cached_property
    def _arrow(self) -> ArrowReader:
        # takes a quarter of a second to import, and most servers never need it
        from headway.contract.arrow.body import ArrowReader  # noqa: PLC0415

        return ArrowReader(self._checker, self._names, self._max_rows, self._max_bytes)

    def read_accepted(self, body: bytes) -> RequestRows | None:
        """Return the rows of a JSON body that keeps the contract, or `None` where only `read` can tell.

        It is quick whatever the body is; `read` takes its time to find every reason for a refusal.

        Raises:
            InputTooLargeError: It has too many rows.
        """
        rows = self._decoder.read(body)
        if rows is not None:
            self._limit_rows(rows.batch.n_rows)
        return rows

    def _read_thoroughly(self, body: bytes) -> RequestRows:
        if not body.strip():
            raise MalformedInputError("the body is empty", hint=self._forms_hint)
        wrapper, content = self._form(parse_document(body))
        if wrapper == "columns":
            lengths = [len(column) for column in content.values() if isinstance(column, list)]
            self._limit_rows(max(lengths, default=0))
            return RequestRows(self._checker.check_columns(content), is_single=False)
        if wrapper == "rows":
            self._limit_rows(len(content))
            return RequestRows(self._checker.check_rows(content), is_single=False)
        return RequestRows(self._checker.check_rows([content]), is_single=True)

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
