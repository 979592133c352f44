"""`LoadedRelease`: one version of a model, loaded, that answers the body of a request.

Nothing here knows HTTP, and nothing here is asynchronous.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple, Protocol

from headway.contract.request import BodyFormat
from headway.core.ids import new_id, new_ids
from headway.serving.reply import PredictionReply, encode_reply, plain_answers

if TYPE_CHECKING:
    from headway.contract.model import Contract
    from headway.contract.request import RequestRows
    from headway.core.dtypes import Method
    from headway.core.prediction import Prediction
    from headway.runtimes.port import Runtime
    from headway.serving.plan import Limits


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
    """

    payload: bytes
    n_rows: int
    prediction_id: str | None


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
        contract: What may come in and what comes out.
        limits: What one request may ask for.
        reader: Reads the body of a request.
        runtime: Executes the model.
    """

    name: str
    version: str
    digest: str
    variant: str
    form: str
    reason: str
    contract: Contract
    limits: Limits
    reader: BodyReader
    runtime: Runtime

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

    def reply(self, rows: RequestRows, prediction: Prediction, request_id: str) -> PredictionReply:
        """Make the reply to a request of what the model answered for its rows.

        Raises:
            OutputContractError: The model broke its output contract.
        """
        n_rows, is_single = rows.batch.n_rows, rows.is_single
        answers = plain_answers(
            prediction, self.contract.output, n_rows=n_rows, is_single=is_single
        )
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
        return encode_answer(self.predict(body, method, request_id, body_format))


def encode_answer(reply: PredictionReply) -> Answer:
    """Return a reply in JSON."""
    n_rows = 1 if reply.prediction_ids is None else len(reply.prediction_ids)
    return Answer(encode_reply(reply), n_rows, reply.prediction_id)
