"""The API page: OpenAPI of the very models that are live, and a page that shows it without a network.

FastAPI makes the document of the contract's pydantic models. Its routes are only described here; the
lean app has answered them before a request comes this way.
"""

from __future__ import annotations

import functools
import inspect
import json
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Body, Depends, FastAPI, Path, Query, Response
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyHeader, HTTPBearer
from pydantic import BaseModel, Field
from swagger_ui_bundle import swagger_ui_path

from headway import errors
from headway.contract.bounds import declared_limits
from headway.contract.pydantic.models import reply_model, request_model
from headway.contract.request import BodyFormat, takes_bare_rows
from headway.contract.schema import describe_answers, example_rows
from headway.core.dtypes import DType
from headway.core.version import __version__
from headway.errors import Violation
from headway.serving.openapi import to_openapi_3_0
from headway.serving.page_files import OWN_FILES, SWAGGER_FILES
from headway.serving.problems import problem_of
from headway.serving.request import reads_arrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.resources.abc import Traversable

    from headway.contract.model import Contract, Output
    from headway.serving.service import LiveModel, PredictionService

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE_HEADERS = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_TABLES: dict[str, Any] = {
    str(body_format): {"schema": {"type": "string", "format": "binary"}}
    for body_format in BodyFormat
    if body_format is not BodyFormat.JSON
}
_PROBLEM_TYPE = "application/problem+json"
_NO_BRACES = str.maketrans("", "", "{}")
_KEY_REFUSALS = (
    errors.AuthenticationError("the key is unknown here"),
    errors.PermissionDeniedError("`batch` does not have the scope `predict`"),
    errors.RateLimitedError(
        "`batch` may ask 10 times a second, and has asked more often", retry_after_s=1
    ),
)
_EXAMPLE_ID = "6f1d0c2a9b7e4d5c8a3f2e10"


class ViolationDocument(BaseModel):
    """One broken rule of the contract."""

    row: int = Field(description="Index of the row in the request, from 0.")
    field: str | None = Field(description="Name of the feature.")
    rule: str = Field(description="Stable word: `type`, `missing`, `unknown`, `null`, `ge`, ...")
    message: str
    hint: str | None = None


class ProblemDocument(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable word for programs.")
    hint: str | None = None
    violations: list[ViolationDocument] | None = None
    violations_total: int | None = None
    instance: str
    request_id: str


class ReadinessDocument(BaseModel):
    """Whether predictions are answered."""

    status: Literal["loading", "ready", "failed", "draining"]
    revision: int
    models: dict[str, list[str]] | None = None
    reason: str | None = None


def build_docs(service: PredictionService, *, asks_for_key: bool) -> FastAPI:
    """Return the app that answers `/docs`, the files below it, and `/openapi.json`.

    Args:
        service: What is live; its contracts are described.
        asks_for_key: Whether the document says that a key is needed.
    """
    app = FastAPI(
        title="Headway",
        version=__version__,
        description="Predictions of the models " + ", ".join(f"`{m}`" for m in service.models),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    guards = _guards() if asks_for_key else []
    for model in service.models.values():
        _describe_predict(app, model, guards, is_only=len(service.models) == 1)
    _describe_reading(app, guards)
    _add_page(app)
    return app


def _guards() -> list[Any]:
    header = APIKeyHeader(name="X-API-Key", scheme_name="key", auto_error=False)
    bearer = HTTPBearer(scheme_name="bearer", auto_error=False)
    return [Depends(header), Depends(bearer)]


def _describe_predict(app: FastAPI, model: LiveModel, guards: list[Any], *, is_only: bool) -> None:
    contract = model.champion.contract
    reply = reply_model(contract, model.name)
    paths = {f"/models/{model.name}/predict": f"Predict with {model.name}"}
    paths |= {
        f"/models/{model.name}/versions/{version}/predict": f"Predict with version {version}"
        for version in model.versions
    }
    if is_only:
        paths["/predict"] = "Predict with the only model"
    for path, summary in paths.items():
        app.add_api_route(
            path,
            _described(contract, model.name),
            methods=["POST"],
            summary=summary,
            description=_predict_description(model),
            operation_id=path.strip("/").replace("/", "_"),
            tags=[model.name],
            response_model=reply,
            responses=_replies(model, path, asks_for_key=bool(guards)),
            dependencies=guards,
        )


def _replies(model: LiveModel, path: str, *, asks_for_key: bool) -> dict[int | str, dict[str, Any]]:
    replies: dict[int | str, dict[str, Any]] = {
        200: {
            "description": "The prediction",
            "content": {"application/json": {"example": _reply_example(model)}},
        }
    }
    return replies | _refusals(path, _example_errors(model, asks_for_key=asks_for_key))


def _refusals(
    path: str, examples: Iterable[errors.HeadwayError]
) -> dict[int | str, dict[str, Any]]:
    """Return how a path refuses, by status, with an example of each."""
    replies: dict[int | str, dict[str, Any]] = {}
    for error in examples:
        problem = problem_of(error)
        example = json.loads(problem.encode(instance=path, request_id=_EXAMPLE_ID))
        replies[problem.status] = {
            "model": ProblemDocument,
            "description": problem.title,
            "content": {"application/json": {"example": example}},
        }
    return replies


def _reply_example(model: LiveModel) -> dict[str, Any]:
    output = model.champion.contract.output
    answer: Any = output.labels[0] if output.classes else _number_within(output)
    return {
        "prediction": [answer] * output.n_outputs if output.n_outputs > 1 else answer,
        "model": model.name,
        "version": model.champion.version,
        "variant": model.champion.variant,
        "prediction_id": _EXAMPLE_ID[::-1],
        "request_id": _EXAMPLE_ID,
    }


def _number_within(output: Output) -> float:
    """Return a number that keeps the limits of the answers."""
    limits = declared_limits(output.rules.limits, DType.FLOAT)
    bounds: list[float] = [limit.value for limit in limits]
    candidates = [0.0, *bounds, *(b + 1 for b in bounds), *(b - 1 for b in bounds)]
    middle = sum(bounds) / max(len(bounds), 1)
    return next((x for x in candidates if all(limit.allows(x) for limit in limits)), middle)


def _example_errors(model: LiveModel, *, asks_for_key: bool) -> list[errors.HeadwayError]:
    limits = model.champion.limits
    first = model.champion.contract.names[0]
    name = f"{model.name}:{model.champion.version}"
    return [
        errors.MalformedInputError("the body is empty", hint="send a row as an object"),
        *(_KEY_REFUSALS if asks_for_key else ()),
        errors.ModelNotFoundError(f"no model called `x` is served here; there is `{model.name}`"),
        errors.InputTooLargeError(
            f"the request has {limits.max_rows + 1} rows; at most {limits.max_rows} are allowed"
        ),
        errors.UnsupportedMediaTypeError("a body of the type `text/csv` is not read here"),
        errors.InvalidInputError([Violation(0, first, "missing", "the feature is missing")]),
        errors.PredictionError("the model raised on these rows"),
        errors.OverloadedError(f"64 requests wait for `{name}`", retry_after_s=1),
        errors.DeadlineExceededError(f"`{name}` did not answer within {limits.timeout_ms:g} ms"),
    ]


def _predict_description(model: LiveModel) -> str:
    champion = model.champion
    answers = [f"- {what}: {how}" for what, how in describe_answers(champion.contract.output)]
    return (
        f"Version {champion.version} answers where none is named ({champion.reason}).\n\n"
        + "\n".join([*answers, *(f"- settings: {change}" for change in champion.changes)])
        + "\n\n"
        "The reply is single for a bare row and for `features`, and a list for `rows`, `columns` "
        "and tables of Arrow."
    )


def _described(contract: Contract, name: str) -> Callable[..., None]:
    """Return a function that has the signature of the predict endpoint, and is never called."""

    def predict(*_: Any, **__: Any) -> None:
        """Be described."""

    methods = tuple(str(method) for method in contract.output.methods)
    method: Any = Annotated[
        Literal.__getitem__(methods), Query(description="What the model is asked for.")
    ]
    body: Any = Annotated[
        request_model(contract, name), Body(openapi_examples=_body_examples(contract))
    ]
    keyword = inspect.Parameter.KEYWORD_ONLY
    predict.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter("body", keyword, annotation=body),
            inspect.Parameter("method", keyword, annotation=method, default=methods[0]),
        ]
    )
    return predict


def _body_examples(contract: Contract) -> Any:
    rows = example_rows(contract)
    if not rows:
        return None
    (row,) = rows
    by_name = {name: row[name] for name in contract.names}
    columns = {name: [value, value] for name, value in by_name.items()}
    forms = {
        "one row": by_name if takes_bare_rows(contract) else {"features": by_name},
        "one row in the contract's order": {"features": list(by_name.values())},
        "several rows": {"rows": [by_name, by_name]},
        "several rows by column": {"columns": columns},
    }
    return {name: {"value": form} for name, form in forms.items()}


def _describe_reading(app: FastAPI, guards: list[Any]) -> None:
    def add(
        path: str, summary: str, reply: Any, described: Callable[..., None], **more: Any
    ) -> None:
        app.add_api_route(
            path,
            described,
            methods=["GET"],
            summary=summary,
            operation_id=path.strip("/").replace("/", "_").translate(_NO_BRACES),
            tags=["server"],
            response_model=reply,
            **more,
        )

    def plain() -> None:
        """Be described."""

    def named(name: Annotated[str, Path(description="Name of the model.")]) -> None:
        """Be described."""

    refusals = _KEY_REFUSALS if guards else ()
    unknown = errors.ModelNotFoundError("no model called `x` is served here")
    listing = {"responses": _refusals("/models", refusals), "dependencies": guards}
    showing = {**listing, "responses": _refusals("/models/x", [*refusals, unknown])}
    not_ready = {503: {"model": ReadinessDocument, "description": "They are not"}}
    add("/models", "List the models that are live", dict[str, Any], plain, **listing)
    add("/models/{name}", "Show a model with its contract", dict[str, Any], named, **showing)
    add("/healthz", "Say that the process is alive", dict[str, str], plain)
    ready = "Say whether predictions are answered"
    add("/readyz", ready, ReadinessDocument, plain, responses=not_ready)


def _document(app: FastAPI) -> dict[str, Any]:
    """Return FastAPI's document with problems under the content type that they are sent with."""
    document = app.openapi()
    for operations in document["paths"].values():
        for operation in operations.values():
            if "requestBody" in operation and reads_arrow():
                operation["requestBody"]["content"] |= _TABLES
            for response in operation["responses"].values():
                content = response.get("content", {})
                if _is_problem(content.get("application/json")):
                    content[_PROBLEM_TYPE] = content.pop("application/json")
    return document


def _is_problem(content: dict[str, Any] | None) -> bool:
    """Whether a reply is a problem document, which the 503 of a probe is not."""
    reference = (content or {}).get("schema", {}).get("$ref", "")
    return str(reference).endswith("/ProblemDocument")


def _add_page(app: FastAPI) -> None:
    document = functools.cache(functools.partial(_document, app))

    def add(path: str, answer: Callable[[], Response]) -> None:
        app.add_api_route(path, answer, methods=["GET", "HEAD"], include_in_schema=False)

    add("/openapi.json", lambda: JSONResponse(document()))
    add("/docs/openapi.json", lambda: JSONResponse(to_openapi_3_0(document())))
    add("/docs", functools.partial(_file, _own_file("docs.html"), "text/html"))
    for name, media_type in OWN_FILES.items():
        add(f"/docs/{name}", functools.partial(_file, _own_file(name), media_type))
    for name, media_type in SWAGGER_FILES.items():
        add(f"/docs/{name}", functools.partial(_file, swagger_ui_path / name, media_type))


def _own_file(name: str) -> Traversable:
    return resources.files("headway.serving") / "static" / name


def _file(file: Traversable, media_type: str) -> Response:
    return Response(file.read_bytes(), media_type=media_type, headers=_PAGE_HEADERS)
