"""`Reply`: what a server answered for rows."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from headway.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.client.rows import EncodedRows


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answers for one row, or for several.

    One row in gives single answers. Several rows in give one answer for each, as they came:

    | rows | answers | answers of several numbers each |
    |---|---|---|
    | a list of rows, a dict of columns | a list | a list of lists |
    | an array of numpy | an array | an array |
    | a DataFrame of pandas | a Series with its index | a DataFrame with its index |
    | a DataFrame of polars | a Series | a DataFrame |
    | a Table of pyarrow | a ChunkedArray | a Table |
    | a RecordBatch of pyarrow | an Array | a RecordBatch |

    Attributes:
        prediction: The label or number for one row, or those of all rows.
        probabilities: With `method="predict_proba"` the probabilities in the order of `classes`.
        scores: With `method="decision_function"` the scores.
        classes: Class labels in the order of `probabilities`; empty without them.
        model: Name of the model that answered.
        version: Its version.
        variant: Why that version answered, for example `champion`.
        prediction_ids: One for each row, as the other answers; a list of one for a single row. A label
            that is known later is joined by it.
        request_id: As the server logged it.
        warnings: What the contract let through by a policy: the first ones, each with its `row`,
            `field`, `rule` and `message`.
        warnings_total: How many there are.
    """

    prediction: Any
    probabilities: Any = None
    scores: Any = None
    classes: tuple[Any, ...] = ()
    model: str
    version: str
    variant: str
    prediction_ids: Any
    request_id: str
    warnings: tuple[Mapping[str, Any], ...] = ()
    warnings_total: int = 0

    @property
    def prediction_id(self) -> str:
        """The id of the answer for a single row.

        Raises:
            ValueError: There are several rows, or none.
        """
        (prediction_id,) = self.prediction_ids
        return str(prediction_id)


def read_reply(document: Any, encoded: EncodedRows) -> Reply:
    """Build the reply from the server's document.

    Raises:
        ServerError: The document is not one that a Headway server sends.
    """
    try:
        probabilities: Mapping[str, Any] = document.get("probabilities") or {}
        classes = tuple(probabilities.get("classes", ()))
        scores = document.get("scores")
        ids = document.get("prediction_ids")
        return Reply(
            prediction=encoded.restore(document["prediction"]),
            probabilities=encoded.restore(probabilities["values"], classes, name="probability")
            if probabilities
            else None,
            scores=None if scores is None else encoded.restore(scores, name="score"),
            classes=classes,
            model=document["model"],
            version=document["version"],
            variant=document["variant"],
            prediction_ids=[document["prediction_id"]]
            if encoded.is_single
            else encoded.restore(ids, name="prediction_id"),
            request_id=document["request_id"],
            warnings=tuple(document.get("warnings", ())),
            warnings_total=document.get("warnings_total", 0),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise not_ours() from error


def not_ours() -> ServerError:
    """Return the error of a document that no Headway server sends."""
    return ServerError(
        "the reply is not one of a Headway server",
        hint="check the address; the server may also be of another version",
    )
