"""`headway predict`: answers the rows of a file, on this machine or from a server."""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING, Any

import click

from headway.cli.invocation import Command, Invocation
from headway.cli.remote import connect, served_address
from headway.cli.rows import Format, format_of, parse_rows, read_bytes, tell_of_csv
from headway.core.dtypes import DType
from headway.errors import HeadwayWarning, InvalidInputError

if TYPE_CHECKING:
    from headway.cli.console import Console
    from headway.cli.rows import FileRows
    from headway.client import Client

_MOST_WARNINGS = 10
_METHODS = ("predict", "predict_proba", "decision_function")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """Answers for rows, from wherever.

    Attributes:
        warnings: What the contract let through by a policy: the first ones.
        warnings_total: How many there are.
        details: The rest of a server's reply.
    """

    prediction: list[Any]
    probabilities: list[list[float]] | None
    scores: list[Any] | None
    classes: tuple[Any, ...]
    model: str
    version: str
    warnings: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    warnings_total: int = 0
    details: dict[str, Any] = dataclasses.field(default_factory=dict)


@click.command(cls=Command, is_remote=True)
@click.argument("model", metavar="MODEL")
@click.argument(
    "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@click.option("--method", type=click.Choice(_METHODS), default="predict", help="What to ask for.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["json", "jsonl", "csv"]),
    help="Format of FILE; without it, what the name of the file says.",
)
@click.option("--trust", is_flag=True, help="Run code (pickle) of a registry that is not trusted.")
@click.pass_obj
def predict(invocation: Invocation, /, model: str, file: str, **options: Any) -> None:
    """Answer the rows of a file.

    FILE has one row ({"age": 41, ...}), a list of rows, any other form that a server takes, JSON
    lines, or CSV; - reads stdin. MODEL is an address: credit, credit:7, credit@challenger, ./folder.
    """
    content, file_format = read_bytes(file), options["file_format"] or format_of(file)
    client = connect(invocation)
    try:
        if client is None:
            rows, answers = _answer_here(invocation, model, content, file_format, options)
        else:
            with client:
                rows, answers = _answer_there(
                    client, model, content, file_format, options["method"]
                )
    except InvalidInputError as error:
        if file_format == "csv":
            tell_of_csv(error)
        error.hint = error.hint or f"what it takes: headway schema {model}"
        raise
    if invocation.console.json:
        invocation.console.document(_document(answers, is_single=rows.is_single))
    else:
        _print_table(invocation.console, answers)


def _answer_here(
    invocation: Invocation, model: str, content: bytes, file_format: Format, options: dict[str, Any]
) -> tuple[FileRows, _Answers]:
    # a server is asked without these, which cost more than the question
    import headway.api  # noqa: PLC0415
    from headway.config.load import load_settings  # noqa: PLC0415

    settings = load_settings(invocation.overrides)
    predictor = headway.api.load(model, settings=settings, trust=options["trust"])
    contract = predictor.contract
    rows = parse_rows(
        content,
        file_format,
        lambda: {f.name: f.dtype.value for f in contract.features},
        keeps_digits=any(f.dtype is DType.DECIMAL for f in contract.features),
    )
    method = options["method"]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", HeadwayWarning)
        prediction = predictor.predict(rows.rows).tolist()
        extra = None if method == "predict" else getattr(predictor, method)(rows.rows).tolist()
    told = next((w.message for w in caught if isinstance(w.message, HeadwayWarning)), None)
    answers = _Answers(
        prediction=prediction,
        probabilities=extra if method == "predict_proba" else None,
        scores=extra if method == "decision_function" else None,
        classes=contract.output.labels if method == "predict_proba" else (),
        model=predictor.name,
        version=predictor.version,
        warnings=[] if told is None else [notice.as_dict() for notice in told.notices],
        warnings_total=0 if told is None else told.total,
    )
    return rows, answers


def _answer_there(
    client: Client, model: str, content: bytes, file_format: Format, method: str
) -> tuple[FileRows, _Answers]:
    name, version = served_address(model)
    rows = parse_rows(
        content,
        file_format,
        lambda: {f["name"]: f["dtype"] for f in client.contract(name)["features"]},
    )
    reply = client.predict(name, rows.rows, method=method, version=version)
    answers = _Answers(
        prediction=reply.prediction,
        probabilities=reply.probabilities,
        scores=reply.scores,
        classes=reply.classes,
        model=reply.model,
        version=reply.version,
        warnings=[dict(warning) for warning in reply.warnings],
        warnings_total=reply.warnings_total,
        details={
            "variant": reply.variant,
            "prediction_ids": list(reply.prediction_ids),
            "request_id": reply.request_id,
        },
    )
    return rows, answers


def _document(answers: _Answers, *, is_single: bool) -> dict[str, Any]:
    """Return the answers in the form of a server's reply."""

    def shaped(values: list[Any]) -> Any:
        return values[0] if is_single else values

    document: dict[str, Any] = {"prediction": shaped(answers.prediction)}
    if answers.probabilities is not None:
        document["probabilities"] = {
            "classes": list(answers.classes),
            "values": shaped(answers.probabilities),
        }
    if answers.scores is not None:
        document["scores"] = shaped(answers.scores)
    document |= {"model": answers.model, "version": answers.version, **answers.details}
    if answers.warnings:
        document |= {"warnings": answers.warnings, "warnings_total": answers.warnings_total}
    if is_single and "prediction_ids" in document:
        document["prediction_id"] = document.pop("prediction_ids")[0]
    return document


def _print_table(console: Console, answers: _Answers) -> None:
    columns: dict[str, list[Any]] = {"ROW": list(range(len(answers.prediction)))}
    columns["PREDICTION"] = answers.prediction
    if answers.probabilities is not None:
        for position, label in enumerate(answers.classes):
            columns[f"P({label})"] = [row[position] for row in answers.probabilities]
    if answers.scores is not None:
        columns["SCORE"] = answers.scores
    console.table(list(columns), zip(*columns.values(), strict=True))
    for warning in answers.warnings[:_MOST_WARNINGS]:
        console.note(f"note: row {warning['row']}, `{warning['field']}`: {warning['message']}")
    if answers.warnings_total > _MOST_WARNINGS:
        console.note(f"note: and {answers.warnings_total - _MOST_WARNINGS} more")
    console.note(f"answered by {answers.model}:{answers.version}")
