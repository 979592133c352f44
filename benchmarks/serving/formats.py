"""How each contestant is asked, and how its answer is read."""

from __future__ import annotations

import abc
import dataclasses
import json
from typing import TYPE_CHECKING, Any

from typing_extensions import override

if TYPE_CHECKING:
    from benchmarks.serving.data import Data, Row

_JSON = "application/json"
_ARROW = "application/vnd.apache.arrow.stream"


@dataclasses.dataclass(frozen=True)
class Question:
    """A request.

    Attributes:
        path: With its query.
        content_type: Of the body.
        body: In bytes.
    """

    path: str
    content_type: str
    body: bytes

    def as_http(self) -> bytes:
        """Return the bytes of it over a connection that stays open."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {self.content_type}\r\n"
            f"Content-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


class Format(abc.ABC):
    """The words of one contestant.

    Args:
        data: Of the model that it serves.
    """

    def __init__(self, data: Data) -> None:
        self.data = data

    @abc.abstractmethod
    def many(self, rows: list[Row]) -> Question:
        """Ask for several rows."""

    def one(self, row: Row) -> Question:
        """Ask for one row."""
        return self.many([row])

    def probabilities(self, reply: Any) -> list[list[float]]:
        """Return the probabilities of each row."""
        return reply["prediction"]  # type: ignore[no-any-return]


class Headway(Format):
    """A row by name or by position; probabilities are asked for."""

    def _path(self) -> str:
        return f"/models/{self.data.model}/predict?method=predict_proba"

    @override
    def one(self, row: Row) -> Question:
        return _json(self._path(), row if self.data.is_frame else {"features": row})

    @override
    def many(self, rows: list[Row]) -> Question:
        return _json(self._path(), {"rows": rows})

    def arrow(self) -> Question:
        """Ask for the rows of one large request as a table."""
        return Question(self._path(), _ARROW, (self.data.folder / "rows.arrow").read_bytes())

    @override
    def probabilities(self, reply: Any) -> list[list[float]]:
        values = reply["probabilities"]["values"]
        return values if isinstance(values[0], list) else [values]


class ByHand(Format):
    """One object, or a list of objects."""

    def _row(self, row: Row) -> Any:
        return row if self.data.is_frame else {"features": row}

    @override
    def one(self, row: Row) -> Question:
        return _json("/predict", self._row(row))

    @override
    def many(self, rows: list[Row]) -> Question:
        return _json("/predict_many", [self._row(row) for row in rows])


class Rows(Format):
    """What our own code for LitServe and Ray Serve reads."""

    @override
    def many(self, rows: list[Row]) -> Question:
        return _json("/predict", {"rows": rows})


class Bentoml(Format):
    """By name of the argument."""

    @override
    def many(self, rows: list[Row]) -> Question:
        return _json("/predict", {"df": rows})

    @override
    def probabilities(self, reply: Any) -> list[list[float]]:
        return reply  # type: ignore[no-any-return]


class Vetiver(Format):
    """A list of rows."""

    @override
    def many(self, rows: list[Row]) -> Question:
        return _json("/predict", rows)

    @override
    def probabilities(self, reply: Any) -> list[list[float]]:
        return reply["predict"]  # type: ignore[no-any-return]


class Mlflow(Format):
    """A DataFrame in the form `split`."""

    @override
    def many(self, rows: list[Any]) -> Question:
        columns = self.data.columns
        # its signature takes doubles, which a JSON integer is not to every version
        table = [
            [float(row[c]) if c in self.data.numbers else row[c] for c in columns] for row in rows
        ]
        return _json("/invocations", {"dataframe_split": {"columns": columns, "data": table}})

    @override
    def probabilities(self, reply: Any) -> list[list[float]]:
        return reply["predictions"]  # type: ignore[no-any-return]


class Mlserver(Format):
    """Open Inference Protocol: one tensor for each column, read as a DataFrame."""

    @override
    def many(self, rows: list[Any]) -> Question:
        shape = [len(rows), 1]
        tensors: list[dict[str, Any]] = [
            {"name": c, "shape": shape, "datatype": "FP64", "data": [row[c] for row in rows]}
            for c in self.data.numbers
        ]
        text = {"shape": shape, "datatype": "BYTES", "parameters": {"content_type": "str"}}
        tensors += [{"name": c, **text, "data": [row[c] for row in rows]} for c in self.data.texts]
        asked = {
            "parameters": {"content_type": "pd"},
            "inputs": tensors,
            "outputs": [{"name": "predict_proba"}],
        }
        return _json("/v2/models/m/infer", asked)

    @override
    def probabilities(self, reply: Any) -> list[list[float]]:
        (tensor,) = reply["outputs"]
        n_rows = tensor["shape"][0]
        width = len(tensor["data"]) // n_rows
        return [tensor["data"][i * width : (i + 1) * width] for i in range(n_rows)]


def _json(path: str, body: Any) -> Question:
    return Question(path, _JSON, json.dumps(body, separators=(",", ":")).encode())
