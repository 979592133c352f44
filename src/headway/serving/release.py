"""`LoadedRelease`: one version of a model, loaded, that answers the body of a request.

Nothing here knows HTTP, and nothing here is asynchronous.
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from headway.contract.request import BodyFormat
from headway.core.ids import new_id, new_ids
from headway.serving.cache.decision import OFF, Caching
from headway.serving.execution import UNMEASURED, Execution
from headway.serving.reply import AnswerReader, PredictionReply, encode_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.contract.model import Contract
    from headway.contract.notices import Notices
    from headway.contract.request import RequestRows
    from headway.contract.row_validator import RowValidator
    from headway.core.dtypes import Method
    from headway.core.prediction import Prediction
    from headway.runtimes.port import Runtime
    from headway.serving.plan import Limits


_NOTHING: Mapping[tuple[str, str], int] = MappingProxyType({})


class BodyReader(Protocol):
    """Reads the body of a request against a contract."""

    def read(self, body: bytes, body_format: BodyFormat = BodyFormat.JSON) -> RequestRows:
        """Return the rows of a body.

        Raises:
            MalformedInputError: The body is not of a known form.
            InvalidInputError: Rows break the contract.
            InputTooLargeError: More rows than the limit.
        """
        ...

    def read_accepted(self, body: bytes) -> RequestRows | None:
        """Return the rows of a JSON body that keeps the contract, or `None` where only `read` can tell.

        Raises:
            InputTooLargeError: More rows than the limit.
        """
        ...


class Answer(NamedTuple):
    """An encoded reply.

    Attributes:
        payload: The reply as JSON.
        n_rows: Rows that were answered.
        prediction_id: Of the row, where it was a single one.
        noted: How many values a policy let through, by feature and rule.
    """

    payload: bytes
    n_rows: int
    prediction_id: str | None
    noted: Mapping[tuple[str, str], int] = _NOTHING


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedRelease:
    """One live version.

    Attributes:
        name: Name of the model.
        version: The registry's version, or `local`.
        digest: Digest of the bundle.
        variant: Role of the version: `champion`, `challenger`, ...
        form: `lowered` or `native`.
        reason: Why it is served in this form.
        lossy: Precision that it was made smaller to; empty for an exact form.
        contract: What may come in and what comes out.
        limits: What one request may ask for.
        validator: The contract's own code, where it has any.
        reader: Reads the body of a request.
        modules: The user's own modules that it ships.
        runtime: Executes the model, and shapes its answers as the contract declares.
        changes: What settings change of the registered output, one phrase each.
        execution: How requests reach the model, and why so.
        caching: Whether its answers are kept, and why so.
    """

    name: str
    version: str
    digest: str
    variant: str
    form: str
    reason: str
    contract: Contract
    limits: Limits
    validator: RowValidator | None
    reader: BodyReader
    runtime: Runtime
    modules: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    lossy: str = ""
    execution: Execution = UNMEASURED
    caching: Caching = OFF
    _answers: AnswerReader = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_answers", AnswerReader(self.contract.output))

    def predict(
        self,
        body: bytes,
        method: Method,
        request_id: str,
        body_format: BodyFormat = BodyFormat.JSON,
    ) -> PredictionReply:
        """Answer the body of a request.

        Raises:
            MalformedInputError: The body is not of a known form.
            InvalidInputError: Rows break the contract.
            InputTooLargeError: More rows than the limit.
            MethodNotSupportedError: The model has no such method.
            PredictionError: The model raised, or broke its output contract.
        """
        rows = self.reader.read(body, body_format)
        return self.reply(rows, self.runtime.predict(rows.batch, method), request_id)

    def check(self, prediction: Prediction) -> None:
        """Check that a prediction keeps the output contract.

        Raises:
            OutputContractError: It does not.
        """
        self._answers.read(prediction, n_rows=prediction.n_rows, is_single=False)

    def reply(self, rows: RequestRows, prediction: Prediction, request_id: str) -> PredictionReply:
        """Make the reply to a request of what the model answered for its rows.

        Raises:
            OutputContractError: The model broke its output contract.
        """
        n_rows, is_single = rows.batch.n_rows, rows.is_single
        answers = self._answers.read(prediction, n_rows=n_rows, is_single=is_single)
        notices = rows.notices
        return PredictionReply(
            prediction=answers.prediction,
            probabilities=answers.probabilities,
            scores=answers.scores,
            model=self.name,
            version=self.version,
            variant=self.variant,
            prediction_id=new_id() if is_single else None,
            prediction_ids=None if is_single else new_ids(n_rows),
            request_id=request_id,
            warnings=None if notices is None else notices.listed(),
            warnings_total=None if notices is None else notices.total,
        )

    def answer(
        self,
        body: bytes,
        method: Method,
        request_id: str,
        body_format: BodyFormat = BodyFormat.JSON,
    ) -> Answer:
        """Answer the body of a request in JSON.

        Raises:
            As `predict`.
        """
        rows = self.reader.read(body, body_format)
        reply = self.reply(rows, self.runtime.predict(rows.batch, method), request_id)
        return encode_answer(reply, rows.notices)


def encode_answer(reply: PredictionReply, notices: Notices | None) -> Answer:
    """Return a reply in JSON.

    Args:
        reply: The reply.
        notices: What a policy let through for it.
    """
    n_rows = 1 if reply.prediction_ids is None else len(reply.prediction_ids)
    noted = _NOTHING if notices is None else notices.counts
    return Answer(encode_reply(reply), n_rows, reply.prediction_id, noted)
