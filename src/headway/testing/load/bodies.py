"""The requests that are sent: real rows, made into bytes before the first one is due."""

from __future__ import annotations

import dataclasses
from array import array
from typing import TYPE_CHECKING, Any

import msgspec

from headway.client.rows import encode_rows
from headway.errors import ConfigError
from headway.testing.load.mix import choose_sizes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.testing.load.mix import Mix
    from headway.testing.load.target import Target

# different requests of one size; a cache of the processor that knows them all is no longer a help
MAX_DIFFERENT = 1_000
MAX_BYTES = 16 * 1024 * 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Rows:
    """Rows to send.

    Attributes:
        values: Each row as JSON has it: a mapping by name, or a list in the order of the contract.
        origin: Where they came from, in words: `256 golden rows of credit:3`.
    """

    values: Sequence[Any]
    origin: str


@dataclasses.dataclass(frozen=True, slots=True)
class Bodies:
    """Bodies of requests.

    Attributes:
        contents: Different ones.
        n_rows: Number of rows of each.
        sizes: By number of rows, where the bodies of that size lie: first position, and how many.
    """

    contents: tuple[bytes, ...]
    n_rows: tuple[int, ...]
    sizes: dict[int, tuple[int, int]]

    def requests(self, target: Target) -> list[bytes]:
        """Return each body with the head of a request to `target`."""
        return [target.request(body) for body in self.contents]

    def order(self, mix: Mix, n_requests: int, seed: int) -> array[int]:
        """Return which body each request sends: sizes by chance, the rows of a size in turn."""
        turns = dict.fromkeys(self.sizes, 0)
        order = array("I")
        for size in choose_sizes(mix, n_requests, seed):
            first, count = self.sizes[size]
            order.append(first + turns[size] % count)
            turns[size] += 1
        return order


def json_rows(rows: Any) -> list[Any]:
    """Return rows of any kind that a client sends, each as JSON has it.

    Raises:
        ConfigError: There is none.
        HeadwayError: As `headway.client.rows.encode_rows`.

    Examples:
        >>> json_rows({"age": [41, 42]}), json_rows([[1, None]])
        ([{'age': 41}, {'age': 42}], [[1, None]])
    """
    ((form, content),) = msgspec.json.decode(encode_rows(rows).body).items()
    if form == "columns":
        names = list(content)
        content = [
            dict(zip(names, row, strict=True)) for row in zip(*content.values(), strict=True)
        ]
    found = [content] if form == "features" else list(content)
    if not found:
        raise ConfigError("there is no row to send", hint="give a file with rows")
    return found


def make_bodies(rows: Rows, mix: Mix) -> Bodies:
    """Make the bodies of every size of a mix.

    A body of n rows holds the next n rows, from the first again after the last. There are at most
    `MAX_DIFFERENT` of a size, and `MAX_BYTES` of all.
    """
    contents: list[bytes] = []
    counts: list[int] = []
    sizes: dict[int, tuple[int, int]] = {}
    for size in mix:
        made = _bodies_of(rows.values, size, MAX_BYTES // len(mix))
        sizes[size] = (len(contents), len(made))
        contents += made
        counts += [size] * len(made)
    return Bodies(tuple(contents), tuple(counts), sizes)


def _bodies_of(rows: Sequence[Any], size: int, max_bytes: int) -> list[bytes]:
    made: list[bytes] = []
    n_bytes = 0
    for k in range(min(len(rows), MAX_DIFFERENT)):
        chosen = [rows[(k * size + i) % len(rows)] for i in range(size)]
        document = {"features": chosen[0]} if size == 1 else {"rows": chosen}
        made.append(msgspec.json.encode(document))
        n_bytes += len(made[-1])
        if n_bytes >= max_bytes:
            break
    return made
