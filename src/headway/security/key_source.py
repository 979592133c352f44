"""Where the public keys of an identity provider come from: a URL or a file, read by a thread.

Invariant: once keys were read they are kept until newer ones are; a provider that does not answer takes
nothing away.
"""

from __future__ import annotations

import logging
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from typing_extensions import override

from headway.security.exposure import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message
    from http.client import HTTPResponse

    from headway.core.clock import Clock
    from headway.security.joserfc import PublicKeys
    from headway.security.token_settings import TokenSettings

MAX_DOCUMENT_BYTES = 1024 * 1024
# for each step of a fetch, and for its document as a whole: who asks with an unknown key waits for it
FETCH_TIMEOUT_S = 5.0
# between two fetches, whoever asks for them
LEAST_PAUSE_S = 10.0
# between two looks at a file
_LOOK_S = 1.0
_PIECE_BYTES = 65_536
_logger = logging.getLogger("headway.security")


class Place(Protocol):
    """Where a key document is."""

    def read(self) -> bytes | None:
        """Return the document; `None` where it is known not to have changed.

        Raises:
            OSError: It cannot be had.
        """
        ...


class KeySource:
    """Keeps the newest keys. `keys` may be read from any thread.

    Args:
        place: Where they are.
        parse: Reads a document, or raises an exception whose text says what is wrong with it.
        pause_s: How often they are read again.
        clock: Measures how long ago they were.

    Attributes:
        keys: The newest; `None` where there were none yet.
    """

    def __init__(
        self,
        place: Place,
        parse: Callable[[bytes], PublicKeys],
        *,
        pause_s: float,
        clock: Clock,
    ) -> None:
        self.keys: PublicKeys | None = None
        self._place = place
        self._parse = parse
        self._pause_s = pause_s
        self._clock = clock
        self._reading = threading.Lock()
        self._read_at_s: float | None = None
        self._trouble: str | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Read the keys, and go on reading them in a thread. Calling it again does nothing."""
        if self._thread is not None:
            return
        self.read()
        self._thread = threading.Thread(target=self._keep_reading, name="token-keys", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread, as soon as the provider has answered it."""
        self._ended.set()

    @property
    def may_read(self) -> bool:
        """Whether the last reading is long enough ago for an unknown key to cause another one."""
        at_s = self._read_at_s
        return at_s is None or self._clock.monotonic_s() - at_s >= LEAST_PAUSE_S

    def read(self) -> None:
        """Read the keys now. The document may take `FETCH_TIMEOUT_S`, and each step before it."""
        with self._reading:
            self._read_at_s = self._clock.monotonic_s()
            try:
                document = self._place.read()
                if document is None:
                    return
                if self.keys is None or document != self.keys.document:
                    self.keys = self._parse(document)
            except Exception as error:  # noqa: BLE001 (whatever it is, the keys that are known stay)
                self._note(str(error) or type(error).__name__)
            else:
                self._note(None)

    def _note(self, trouble: str | None) -> None:
        """Log what is new: that the keys cannot be had, or can again."""
        if trouble is not None and trouble != self._trouble:
            kept = "those that are known are kept" if self.keys else "no token is accepted"
            _logger.warning("the keys of tokens cannot be read: %s; %s", trouble, kept)
        elif trouble is None and self._trouble is not None:
            _logger.warning("the keys of tokens are read again")
        self._trouble = trouble

    def _keep_reading(self) -> None:
        while not self._ended.wait(
            self._pause_s if self.keys else min(self._pause_s, LEAST_PAUSE_S)
        ):
            self.read()


def make_place(settings: TokenSettings) -> tuple[Place, float]:
    """Return where the keys are, and after how many seconds to look there again."""
    if settings.is_url:
        return UrlPlace(settings.jwks), settings.refresh_s
    return FilePlace(Path(settings.jwks)), _LOOK_S


class FilePlace:
    """A file, read when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state: tuple[int, ...] | None = None

    def read(self) -> bytes | None:
        try:
            found = self._path.stat()
            # what replaces a file has another number, though its time and size may be the same
            state = (found.st_ino, found.st_mtime_ns, found.st_size)
            if state == self._state:
                return None
            with self._path.open("rb") as file:
                document = _bounded(file)
        except OSError as error:
            self._state = None
            raise OSError(f"`{self._path}`: {error.strerror or error}") from error
        self._state = state
        return document


class UrlPlace:
    """A URL that answers with the document itself."""

    def __init__(self, url: str) -> None:
        self._request = urllib.request.Request(url, headers={"accept": "application/json"})  # noqa: S310 (`TokenSettings` has seen it)
        direct = is_loopback(self._request.host.rpartition(":")[0] or self._request.host)
        proxies = [urllib.request.ProxyHandler({})] if direct else []
        self._opener = urllib.request.build_opener(_NoRedirect, *proxies)

    def read(self) -> bytes:
        url = self._request.full_url
        try:
            response: HTTPResponse
            with self._opener.open(self._request, timeout=FETCH_TIMEOUT_S) as response:
                return _read_in_time(response, FETCH_TIMEOUT_S)
        except urllib.error.HTTPError as error:
            with error:
                raise OSError(f"`{url}` answers {error.code}") from error
        except OSError as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            raise OSError(f"`{url}`: {reason}") from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirection, which could lead to a place that nobody has named."""

    @override
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        return None


def _read_in_time(response: HTTPResponse, timeout_s: float) -> bytes:
    """Read an answer; the time limit of its socket is for each piece only, and this one for all."""
    end_s = time.monotonic() + timeout_s
    document = bytearray()
    while piece := response.read1(_PIECE_BYTES):
        document += piece
        _check_size(document)
        if time.monotonic() >= end_s:
            raise TimeoutError(f"not whole within {timeout_s:g} s")
    if response.length:
        raise OSError(f"{response.length} bytes of the answer are missing")
    return bytes(document)


def _bounded(file: IO[bytes]) -> bytes:
    document = file.read(MAX_DOCUMENT_BYTES + 1)
    _check_size(document)
    return document


def _check_size(document: bytes | bytearray) -> None:
    if len(document) > MAX_DOCUMENT_BYTES:
        raise OSError(f"more than {MAX_DOCUMENT_BYTES} bytes")
