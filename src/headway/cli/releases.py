"""What `register` and `adopt` share: the options that describe a release, and how it is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from headway.cli.alias import alias_line
from headway.cli.constraints import parse_constraints
from headway.cli.output import OUTPUT_OPTIONS
from headway.registry.address import check_alias, check_name
from headway.releases.array_file import SUFFIX as ARRAYS
from headway.releases.array_file import read_arrays
from headway.releases.contract_file import read_contract_file
from headway.releases.table import read_table, split_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.cli.invocation import Invocation
    from headway.releases.release import Release

Function = TypeVar("Function", bound="Callable[..., Any]")

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_OPTIONS = (
    click.option("--data", type=FILE, required=True, help="Rows that it was fitted on."),
    click.option("--target", metavar="COLUMN", help="Column of the data that was to be learned."),
    click.option(
        "--evaluation", type=FILE, help="Rows that it was not fitted on, with the target."
    ),
    click.option(
        "--constraint",
        "constraints",
        multiple=True,
        metavar="FEATURE=RULES",
        callback=lambda _context, _parameter, texts: parse_constraints(texts),
        help="What requests must keep: age='ge=18,le=120', purpose='one_of=car|tv', age=not_null, "
        "code='regex=[A-Z]{3}', age='le=120,policy=clip', name=pii.",
    ),
    click.option(
        "--rule",
        "rules",
        multiple=True,
        metavar="NAME: EXPRESSION",
        help="What must hold between the values of a row: 'affordable: amount <= 10 * income'.",
    ),
    click.option(
        "--contract",
        metavar="FILE.py:CLASS",
        callback=lambda _context, _parameter, place: place and read_contract_file(place),
        help="A pydantic model that rows must keep, too.",
    ),
    *OUTPUT_OPTIONS,
    click.option("--label", default="", metavar="LABEL", help="Your own name of this version."),
    click.option("--alias", metavar="ALIAS", help="Alias to point to this version."),
    click.option(
        "--rows",
        type=click.Choice(["keep", "none"]),
        default="keep",
        help="Whether real rows may be kept with the release.",
    ),
    click.option(
        "--code",
        multiple=True,
        type=click.Path(exists=True, path_type=Path),
        help="Your own module, package or folder of them to ship with the release; repeatable.",
    ),
)


def about_release(function: Function) -> Function:
    """Add the options that describe a release."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def check_names(name: str | None, alias: str | None) -> None:
    """Refuse a name or an alias before large files are read.

    Raises:
        AddressError: It is not allowed.
    """
    if name is not None:
        check_name(name)
    if alias is not None:
        check_alias(alias)


class TrainingRows(NamedTuple):
    """What a model was fitted on, and rows to measure it on.

    Attributes:
        features: Rows that it was fitted on.
        labels: What was to be learned; `None` where no column was named.
        evaluation: Features and labels of other rows, where there are any.
    """

    features: Any
    labels: Any
    evaluation: tuple[Any, Any] | None


def read_training_rows(data: Path, target: str | None, evaluation: Path | None) -> TrainingRows:
    """Read the files that a release is made of.

    Raises:
        TrainingDataError: A file cannot be read, or has no such column.
        MissingExtraError: Reading it needs a library that is not installed.
    """
    features, labels = read_rows(data, target)
    return TrainingRows(
        features, labels, None if evaluation is None else read_rows(evaluation, target)
    )


def read_rows(file: Path, target: str | None) -> tuple[Any, Any]:
    """Return the features and the labels of a file: a table, or arrays by name (.npz).

    Raises:
        As `read_training_rows`.
    """
    if file.suffix.lower() == ARRAYS:
        return read_arrays(file, target)
    table = read_table(file)
    return (table, None) if target is None else split_target(table, target)


def print_release(invocation: Invocation, release: Release) -> None:
    """Print a release that was just registered, and what to type next."""
    console = invocation.console
    if console.json:
        console.document(describe_release(release))
        return
    console.text(f"registered {release.address}, {release.reason}")
    for alias in release.aliases:
        console.text(alias_line(release.name, alias, release.version, release.moved))
    for name, value in release.metrics.items():
        console.text(f"{name} {value:.6g}")
    for name, reason in release.absent.items():
        console.text(f"{name}: not recorded ({reason})")
    for note in release.notes:
        console.note(f"note: {note}")
    is_champion = "champion" in release.aliases
    address = release.name if is_champion else release.address
    console.note(f"serve it: {invocation.command('serve', address)}")
    for alias, before in release.moved.items():
        back = invocation.command("models", "alias", f"{release.name}:{before}", alias)
        console.note(f"point `{alias}` back: {back}")


def describe_release(release: Release) -> dict[str, Any]:
    """Return a release as a document, without its contract."""
    return {
        "name": release.name,
        "version": release.version,
        "aliases": list(release.aliases),
        "moved": dict(release.moved),
        "digest": release.digest,
        "form": release.form,
        "reason": release.reason,
        "metrics": dict(release.metrics),
        "notes": list(release.notes),
        "absent": dict(release.absent),
        "modules": list(release.modules),
    }
