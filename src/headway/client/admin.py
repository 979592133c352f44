"""Asks the admin API: what is live, and who may ask. The command line does so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import quote

import msgspec

from headway.client.address import read_address, request_headers
from headway.client.attempts import Attempts, Deadline
from headway.client.exchange import Call, Question, part_of
from headway.client.httpcore2 import Transport
from headway.client.reply import not_ours

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

_PREFIX = "/api/v1"
_STATUS = ("url", "revision", "asks_for_key", "database", "refusal", "models", "workers")

T = TypeVar("T")


class AdminClient:
    """Talks to the admin API of a server.

    Args:
        url: Its address.
        api_key: Key to send, where it asks for one.
        timeout_s: Time that each call may take.

    Raises:
        ConfigError: The address is no URL, or the key cannot be sent.
    """

    def __init__(self, url: str, api_key: str | None, timeout_s: float) -> None:
        address = read_address(url)
        self._timeout_s = timeout_s
        self._transport = Transport(address, request_headers(address, api_key))

    def status(self) -> dict[str, Any]:
        """Return what is live, and how the workers are.

        Raises:
            HeadwayError: The server refuses, or nothing answers.
        """
        call = Call(verb="GET", path=f"{_PREFIX}/status")
        return self._ask(Question(call, lambda outcome: _with(outcome.document(), *_STATUS)))

    def keys(self, *, revoked: bool) -> list[dict[str, Any]]:
        """Return the keys.

        Raises:
            HeadwayError: The server refuses, or nothing answers.
        """
        call = Call(verb="GET", path=f"{_PREFIX}/keys" + ("?revoked=true" if revoked else ""))
        return self._ask(Question(call, lambda outcome: part_of(outcome.document(), "keys")))

    def create_key(
        self, name: str, scopes: Sequence[str], models: Sequence[str], rate_per_s: float
    ) -> dict[str, Any]:
        """Make a key, and return it with what is remembered of it.

        Raises:
            HeadwayError: The server refuses, or nothing answers.
        """
        body = {"name": name, "scopes": scopes, "models": models, "rate_per_s": rate_per_s}
        call = Call(verb="POST", path=f"{_PREFIX}/keys", body=msgspec.json.encode(body))
        return self._ask(Question(call, lambda outcome: _with(outcome.document(), "key")))

    def revoke_key(self, name: str) -> dict[str, Any]:
        """Revoke a key.

        Raises:
            HeadwayError: The server refuses, or nothing answers.
        """
        call = Call(verb="DELETE", path=f"{_PREFIX}/keys/{quote(name, safe='')}")
        return self._ask(Question(call, lambda outcome: _with(outcome.document(), "name")))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._transport.close()

    def _ask(self, question: Question[T]) -> T:
        deadline = Deadline(self._timeout_s)
        attempts = Attempts(question.call, deadline)
        outcome = self._transport.send(question.call, deadline)
        while (wait_s := attempts.wait_s(outcome)) is not None:
            time.sleep(wait_s)  # noqa: TID251 - below this part lies only `errors`, so there is no Clock
            outcome = self._transport.send(question.call, deadline)
        return question.conclude(outcome)


def _with(document: Any, *keys: str) -> dict[str, Any]:
    """Return a document that holds what one of ours does."""
    if not isinstance(document, dict) or not document.keys() >= set(keys):
        raise not_ours()
    return document
