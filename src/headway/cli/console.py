"""What is printed, where, and with which exit code a command ends.

Invariant: stdout carries the result only, as text or as one JSON document; everything else goes to
stderr.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import sys
import traceback
from typing import TYPE_CHECKING, Any, TextIO

import click

from headway import errors
from headway.config.endpoint import KEY_HINT
from headway.config.terminal import allows_color
from headway.core.names import nearest_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OK = 0
UNEXPECTED = 1
USAGE = 2
REFUSED_INPUT = 3
NOT_FOUND = 4
REFUSED = 5
UNREACHABLE = 6
CHECK_FAILED = 7
MISSING_EXTRA = 8
INTERRUPTED = 130

# What each exit code says.
MEANINGS = {
    OK: "all went well",
    UNEXPECTED: "something failed; where nobody expected it, `--debug` shows where it was raised",
    USAGE: "the command line, an address or a setting is wrong",
    REFUSED_INPUT: "rows or data were refused",
    NOT_FOUND: "there is no such model, version, alias or key",
    REFUSED: "a release, a key or code that is not trusted was refused",
    UNREACHABLE: "a server or the registry did not answer, was overloaded, or took too long",
    CHECK_FAILED: "a check or a threshold failed",
    MISSING_EXTRA: "a part of Headway that is not installed is needed",
    INTERRUPTED: "it was interrupted, for example by Ctrl-C",
}

# Codes of what is no error of the tree, with the exit code and what happened.
UNEXPECTED_CODE, USAGE_CODE, INTERRUPTED_CODE = "error.unexpected", "usage", "interrupted"
OWN_CODES = {
    UNEXPECTED_CODE: (
        UNEXPECTED,
        "Nobody expected it. A server's log has the traceback under the request id, and `--debug` shows it.",
    ),
    USAGE_CODE: (
        USAGE,
        "There is no such command, option or file. `--help` of the command shows what there is.",
    ),
    INTERRUPTED_CODE: (
        INTERRUPTED,
        "The command was interrupted before its end, for example by Ctrl-C.",
    ),
}

_OUR_BREAKS = "\n\t"

# A test holds this table to the whole tree of errors.
EXIT_CODES: dict[type[errors.HeadwayError], int] = {
    errors.HeadwayError: UNEXPECTED,
    errors.ConfigError: USAGE,
    errors.AddressError: USAGE,
    errors.ContractError: REFUSED_INPUT,
    errors.InvalidInputError: REFUSED_INPUT,
    errors.TrainingDataError: REFUSED_INPUT,
    errors.MalformedInputError: REFUSED_INPUT,
    errors.InputTooLargeError: REFUSED_INPUT,
    errors.UnsupportedMediaTypeError: REFUSED_INPUT,
    errors.RegistryError: UNEXPECTED,
    errors.ModelNotFoundError: NOT_FOUND,
    errors.AliasNotFoundError: NOT_FOUND,
    errors.AmbiguousModelError: USAGE,
    errors.RegistryUnavailableError: UNREACHABLE,
    errors.RuntimeLoadError: UNEXPECTED,
    errors.ModelFileError: REFUSED_INPUT,
    errors.MissingExtraError: MISSING_EXTRA,
    errors.MissingModuleError: UNEXPECTED,
    errors.CodeError: REFUSED_INPUT,
    errors.PredictionError: UNEXPECTED,
    errors.InputRefusedError: REFUSED_INPUT,
    errors.OutputContractError: UNEXPECTED,
    errors.MethodNotSupportedError: USAGE,
    errors.OverloadedError: UNREACHABLE,
    errors.DeadlineExceededError: UNREACHABLE,
    errors.ParityError: REFUSED,
    errors.LoweringError: REFUSED,
    errors.QuantisationError: REFUSED,
    errors.BudgetError: REFUSED,
    errors.AuthenticationError: REFUSED,
    errors.InvalidTokenError: REFUSED,
    errors.ProviderUnavailableError: UNREACHABLE,
    errors.PermissionDeniedError: REFUSED,
    errors.RateLimitedError: UNREACHABLE,
    errors.KeyNotFoundError: NOT_FOUND,
    errors.PlanRefusedError: REFUSED,
    errors.StoreError: UNREACHABLE,
    errors.ChangeRefusedError: REFUSED,
    errors.TrustRefusedError: REFUSED,
    errors.BundleCorruptError: REFUSED,
    errors.ServerError: UNREACHABLE,
}


def exit_code(error: BaseException) -> int:
    """Return the exit code of an error; that of the nearest known class above it."""
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        return USAGE
    return next(
        (EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES), UNEXPECTED
    )


@dataclasses.dataclass(slots=True)
class Console:
    """Where a command prints.

    Attributes:
        json: Whether the result is one JSON document.
        color: Whether a terminal may be sent colours.
        quiet: Whether notes are left out.
        debug: Whether errors show where they were raised.
        out: For the result; the process's stdout where it is `None`.
        err: For everything else; the process's stderr where it is `None`.
    """

    json: bool = False
    color: bool = dataclasses.field(default_factory=allows_color)
    quiet: bool = False
    debug: bool = False
    out: TextIO | None = None
    err: TextIO | None = None

    @property
    def is_interactive(self) -> bool:
        """Whether a person watches stderr, so that progress may be drawn on it."""
        stream = self.err or sys.stderr
        return stream.isatty() and not self.quiet and not self.json

    def document(self, document: Any) -> None:
        """Print the result as one JSON document."""
        self._print(json.dumps(document, ensure_ascii=False, indent=2, default=_as_json))

    def text(self, text: str) -> None:
        """Print a line or several of the result."""
        self._print(_visible(text, keeps=_OUR_BREAKS))

    def table(self, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Print the result as aligned columns; numbers to the right, nothing for `None`."""
        rows = list(rows)
        cells = [["" if cell is None else _cell(cell) for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
        columns = zip(*rows, strict=True) if rows else ((),) * len(header)
        right = [_is_numeric(column) for column in columns]
        self._print(self._style(_line(header, widths, right), bold=True))
        for line in cells:
            self._print(_line(line, widths, right))

    def note(self, text: str) -> None:
        """Tell the person something that is not the result."""
        if not self.quiet and not self.json:
            self._say(_visible(text, keeps=_OUR_BREAKS))

    def failure(self, error: BaseException) -> int:
        """Print what went wrong and what to do, and return the exit code."""
        if self.debug and error.__traceback__ is not None:
            told = "".join(traceback.format_exception(error)).rstrip()
            self._say(_visible(told, keeps=_OUR_BREAKS))
        if self.json:
            self._say(json.dumps(describe(error), ensure_ascii=False, indent=2))
        elif isinstance(error, click.exceptions.NoArgsIsHelpError):
            self._say(error.format_message())
        else:
            self._explain(error)
        return exit_code(error)

    def _explain(self, error: BaseException) -> None:
        document = describe(error)
        label = self._style("error:", fg="red", bold=True)
        lines = [f"{label} {_visible(document['message'], keeps=_OUR_BREAKS)}"]
        violations = document.get("violations", ())
        if len(violations) > 1:
            lines += [f"  {_visible(_violation(violation))}" for violation in violations]
        if document["hint"]:
            hint = _visible(document["hint"], keeps=_OUR_BREAKS)
            lines.append(f"{self._style('hint:', fg='cyan', bold=True)} {hint}")
        self._say("\n".join(lines))

    def _print(self, text: str) -> None:
        # a stream that is no terminal gets no colours in any case
        click.echo(text, file=self.out, color=None if self.color else False)

    def _say(self, text: str) -> None:
        click.echo(text, file=self.err, err=True, color=None if self.color else False)

    def _style(self, text: str, **style: Any) -> str:
        return click.style(text, **style) if self.color else text


def describe(error: BaseException) -> dict[str, Any]:
    """Return an error as a document: code, message, hint, exit code, and violations if it has any."""
    document: dict[str, Any] = {"code": UNEXPECTED_CODE, "message": str(error), "hint": None}
    if isinstance(error, errors.HeadwayError):
        # a server tells which header it reads, which nobody writes here
        hint = KEY_HINT if isinstance(error, errors.AuthenticationError) else error.hint
        document |= {"code": error.code, "message": error.message, "hint": hint}
    elif isinstance(error, click.ClickException):
        document |= {
            "code": USAGE_CODE,
            "message": _usage_message(error),
            "hint": _usage_hint(error),
        }
    elif isinstance(error, KeyboardInterrupt | click.Abort):
        document |= {"code": INTERRUPTED_CODE, "message": "interrupted"}
    else:
        document["message"] = f"unexpected {type(error).__name__}: {error}"
        document["hint"] = "`--debug` shows where it was raised"
    document["exit_code"] = exit_code(error)
    if isinstance(error, errors.InvalidInputError):
        document["violations"] = [dataclasses.asdict(violation) for violation in error.violations]
        document["violations_total"] = error.total
    return document


def _usage_message(error: click.ClickException) -> str:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return "no command was given"
    if isinstance(error, click.NoSuchOption):
        names = {name.lstrip("-"): name for name in error.possibilities or ()}
        nearest = nearest_name(error.option_name.lstrip("-"), names)
        question = f"; did you mean `{names[nearest]}`?" if nearest else ""
        return f"there is no option `{error.option_name}`{question}"
    return error.format_message()


def _usage_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"see `{context.command_path if context else 'headway'} --help`"


def _violation(violation: dict[str, Any]) -> str:
    where = f"row {violation['row']}" + (f", `{violation['field']}`" if violation["field"] else "")
    hint = f" ({violation['hint']})" if violation["hint"] else ""
    return f"{where}: {violation['message']}{hint}"


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else _visible(str(value))


def _visible(text: str, *, keeps: str = "") -> str:
    """Return a text with an escape for each character that is not one of a line of text.

    Names and values come from people and servers: none of them moves the cursor or colours the rest.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in keeps else char.encode("unicode_escape").decode()
        for char in text
    )


def _as_json(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _is_numeric(column: Sequence[Any]) -> bool:
    values = [cell for cell in column if cell is not None]
    return bool(values) and all(type(cell) in {int, float} for cell in values)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if is_right else cell.ljust(width)
        for cell, width, is_right in zip(cells, widths, right, strict=True)
    ]
    return "  ".join(padded).rstrip()
