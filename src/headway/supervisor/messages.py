"""What a supervisor and its workers tell each other, and what a server tells whoever started it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headway.errors import HeadwayError, ServerError
from headway.serving.plan import ServingPlan
from headway.serving.settings import WorkerSettings

if TYPE_CHECKING:
    from collections.abc import Iterator


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The child answers requests.

    Attributes:
        url: Where.
    """

    url: str

    def text(self) -> str:
        """Say it to people."""
        return f"ready at {self.url}"


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The child cannot start, and is about to end.

    Attributes:
        code: Of the error.
        message: Of the error.
        hint: Of the error.
    """

    code: str
    message: str
    hint: str | None

    def text(self) -> str:
        """Say it to people."""
        return f"error: {self.message}" + (f"\nhint: {self.hint}" if self.hint else "")

    def error(self) -> HeadwayError:
        """Return the error as the child raised it, so that it is answered as if it were raised here."""
        known = {cls.code: cls for cls in _with_subclasses(HeadwayError)}
        cls = known.get(self.code, ServerError)
        # past the constructor, because some classes make the message of parts that were not sent
        error = cls.__new__(cls)
        HeadwayError.__init__(error, self.message, hint=self.hint)
        return error


class Loaded(msgspec.Struct, frozen=True, tag="loaded"):
    """The worker has loaded a plan beside the one that it answers by.

    Attributes:
        revision: Of that plan.
        serial: Of the roll-out: revisions come again, this does not.
    """

    revision: int
    serial: int = 0

    def text(self) -> str:
        """Say it to people."""
        return f"revision {self.revision} is loaded"


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The worker cannot serve a plan; it goes on with the one that it has.

    Attributes:
        revision: Of the plan.
        code: Of the error.
        message: Of the error.
        hint: Of the error.
        serial: Of the roll-out: revisions come again, this does not.
    """

    revision: int
    code: str
    message: str
    hint: str | None
    serial: int = 0

    def text(self) -> str:
        """Say it to people."""
        return f"revision {self.revision} is refused: {self.message}"


class Activated(msgspec.Struct, frozen=True, tag="activated"):
    """The worker answers by another plan from here on.

    Attributes:
        revision: Of that plan.
        serial: Of the roll-out: revisions come again, this does not.
    """

    revision: int
    serial: int = 0

    def text(self) -> str:
        """Say it to people."""
        return f"revision {self.revision} is live"


class Begin(msgspec.Struct, frozen=True, tag="begin"):
    """The first word to a worker: how it runs, and what it serves at first.

    It comes on the channel, because a command line can be read by everybody on the machine.

    Attributes:
        settings: How it runs.
        plan: What it loads and answers by.
    """

    settings: WorkerSettings
    plan: ServingPlan


class Load(msgspec.Struct, frozen=True, tag="load"):
    """A worker is to load a plan beside the one that it answers by.

    Attributes:
        plan: The plan.
        serial: Of the roll-out: revisions come again, this does not.
    """

    plan: ServingPlan
    serial: int = 0


class Activate(msgspec.Struct, frozen=True, tag="activate"):
    """A worker is to answer by a plan that it has loaded.

    Attributes:
        revision: Of the plan.
        serial: Of the roll-out: revisions come again, this does not.
    """

    revision: int
    serial: int = 0


class Discard(msgspec.Struct, frozen=True, tag="discard"):
    """A worker is to let go of a plan that it has loaded.

    Attributes:
        revision: Of the plan.
        serial: Of the roll-out: revisions come again, this does not.
    """

    revision: int
    serial: int = 0


Report = Ready | Failed | Loaded | Refused | Activated
Order = Begin | Load | Activate | Discard


def failed_report(error: BaseException) -> Failed:
    """Return the report of an error."""
    if isinstance(error, HeadwayError):
        return Failed(error.code, error.message, error.hint)
    return Failed(ServerError.code, f"{type(error).__name__}: {error}", None)


def _with_subclasses(cls: type[HeadwayError]) -> Iterator[type[HeadwayError]]:
    yield cls
    for subclass in cls.__subclasses__():
        yield from _with_subclasses(subclass)
