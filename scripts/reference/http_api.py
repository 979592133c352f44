"""The page of HTTP: what a real server answers at each path, and to what is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from scripts.reference.docstrings import docstring_of
from scripts.reference.example import KEY
from scripts.reference.markdown import anchor, json_block, table

from headway.contract import request as forms
from headway.core.dtypes import Method
from headway.errors import (
    InputRefusedError,
    InvalidTokenError,
    OutputContractError,
    PermissionDeniedError,
    ProviderUnavailableError,
    RateLimitedError,
)
from headway.serving import problems
from headway.serving.page_files import OWN_FILES, SWAGGER_FILES
from headway.serving.plan import Limits
from headway.serving.problems import Problem
from headway.serving.reply import PredictionReply
from headway.serving.request import HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scripts.reference.example import Answer, ExampleServer

PREDICT = "/models/NAME/predict"
ROW: dict[str, Any] = {"age": 41, "amount": 1200.5, "purpose": "car"}
OTHER: dict[str, Any] = {"age": 23, "amount": None, "purpose": "tv"}
FORMS = (
    ("one row, by name", ROW),
    ("one row, by name", {"features": ROW}),
    ("one row, in the order of the contract", {"features": list(ROW.values())}),
    ("several rows, each by name or in order", {"rows": [ROW, list(OTHER.values())]}),
    ("several rows, by column", {"columns": {name: [ROW[name], OTHER[name]] for name in ROW}}),
)
REPLY_HEADERS = {
    "x-request-id": "Of every reply but those of the probes, the metrics and the API page; it is in the log too.",
    "retry-after": "With 429 and 503: seconds after which the same request may be sent again.",
    "allow": "With 405: the methods that the path takes.",
    "www-authenticate": "With 401: `Bearer`; for a token also why it is not accepted.",
    "location": "With 307: the API page.",
}
# Refusals that the example cannot be brought to.
RARE = (
    InputRefusedError("the model refuses the values of row 0"),
    OutputContractError("the model answered NaN as the prediction of row 0"),
    problems.stopping(),
    problems.wrong_host(),
    InvalidTokenError("the token is not accepted: expired", reason="expired"),
    PermissionDeniedError("`batch` is not for a model `churn`"),
    ProviderUnavailableError("the keys of tokens could not be read yet"),
    RateLimitedError(
        "`batch` may ask 50 times a second, and has asked more often", retry_after_s=1
    ),
    RuntimeError(),
)
UNEXPLAINED = {"content-type", "content-length"}
INTRODUCTION = """\
# HTTP

`headway serve` answers on port 8000. `/docs` is the same as a page to try, made for the models that are served, and
`/openapi.json` describes it for programs. The replies below are those of a server of one model, `credit`, version 3.

## Paths
"""


class Refusal(NamedTuple):
    """One request that is refused: who is asked, for what, and with what."""

    ask: Callable[..., Answer]
    path: str
    body: Any = None
    options: dict[str, Any] = {}  # noqa: RUF012 - never changed

    def answer(self) -> Answer:
        """Ask."""
        return self.ask(self.path, self.body, **self.options)


def http_page(server: ExampleServer) -> str:
    """Return the page of HTTP.

    Args:
        server: Is asked for all that the page shows.
    """
    lines = [
        INTRODUCTION,
        *table(("Path", "Methods", "Answer", "Content type", "Key"), _path_rows(server)),
        "",
        "Where a key is set, the paths with `yes` ask for it. Below `/docs/` lie the files of that page.",
        "",
        *_request_part(server),
        "",
        *_reply_part(server),
        "",
        *_error_part(server),
        "",
        *_other_part(server),
    ]
    return "\n".join(lines) + "\n"


def _path_rows(server: ExampleServer) -> Iterator[tuple[str, ...]]:
    files = {f"/docs/{name}" for name in (*OWN_FILES, *SWAGGER_FILES)}
    for path, summary in server.paths.items():
        if path in files:
            continue
        body = ROW if path.endswith("/predict") else None
        answer = server.ask(path, body)
        methods = server.ask(path, verb="DELETE").headers["allow"]
        asks_for_key = server.ask_locked(path, body).status == 401  # noqa: PLR2004
        content_type = answer.content_type.partition(";")[0] if answer.text else ""
        yield f"`{path}`", methods, summary, content_type, "yes" if asks_for_key else "no"


def _request_part(server: ExampleServer) -> list[str]:
    rows = []
    for what, body in FORMS:
        answer = server.ask(PREDICT, body)
        kind = "a list" if isinstance(answer.json()["prediction"], list) else "single"
        rows.append((f"`{_compact(body)}`", what, kind))
    text = docstring_of(forms)
    explained = [p for p in text.paragraphs if not p.startswith((" ", "Invariant", "{"))]
    limits = docstring_of(Limits).entries("Attributes")
    defaults = {name: f"`{getattr(Limits(), name):.0f}`" for name, _ in limits}
    return [
        "## Forms of a request",
        "",
        "JSON in UTF-8, with the header `Content-Type: application/json`, one of:",
        "",
        *table(("Body", "Rows", "Reply"), rows),
        *(line for paragraph in explained for line in ("", paragraph)),
        "",
        f"The query may hold one `method`, of {', '.join(f'`{method}`' for method in Method)}; without it, the",
        "first. `?method=predict_proba` adds `probabilities` to the reply, `?method=decision_function` adds `scores`.",
        "",
        "### Headers of a request",
        "",
        *table(
            ("Header", "Meaning"),
            ((f"`{_title(n.decode())}`", text) for n, text in HEADERS.items()),
        ),
        "",
        "### Limits",
        "",
        "They are [settings](settings.md) of the server and of each model.",
        "",
        *table(
            ("Limit", "Default", "Meaning"), ((f"`{n}`", defaults[n], text) for n, text in limits)
        ),
    ]


def _reply_part(server: ExampleServer) -> list[str]:
    single = server.ask(f"{PREDICT}?method=predict_proba", ROW)
    several = server.ask(PREDICT, {"rows": [ROW, OTHER]})
    fields = docstring_of(PredictionReply).entries("Attributes")
    answers = [single, server.ask("/"), *(refusal.answer() for refusal in refusals(server))]
    headers = {name for answer in answers for name in answer.headers} - UNEXPLAINED
    return [
        "## Reply",
        "",
        *_shown(f"POST {PREDICT}?method=predict_proba", ROW, single),
        "",
        *_shown(f"POST {PREDICT}", {"rows": [ROW, OTHER]}, several),
        "",
        *table(("Field", "Meaning"), ((f"`{name}`", text) for name, text in fields)),
        "",
        "### Headers of a reply",
        "",
        *table(
            ("Header", "Meaning"),
            # a header without words for it fails here
            (
                (f"`{_title(n)}`", REPLY_HEADERS[n])
                for n in sorted(headers, key=list(REPLY_HEADERS).index)
            ),
        ),
    ]


def _error_part(server: ExampleServer) -> list[str]:
    fields = docstring_of(Problem).entries("Attributes")
    example = server.ask(PREDICT, ROW | {"age": 17})
    return [
        "## Errors",
        "",
        "A problem document (RFC 9457), `application/problem+json`. `code` is stable; [errors.md](errors.md) explains",
        "each, and the rules of violations.",
        "",
        *_shown(f"POST {PREDICT}", ROW | {"age": 17}, example),
        "",
        *table(("Field", "Meaning"), ((f"`{name}`", text) for name, text in fields)),
        "",
        "A request for a prediction is refused so:",
        "",
        *table(("Status", "Code", "For example"), _problem_rows(server)),
        "",
        "503 has `Retry-After`, in seconds, where the same request may be sent again. A request that the client left before",
        "its reply is counted and logged as 499.",
    ]


def _other_part(server: ExampleServer) -> list[str]:
    lines = ["## Models and probes"]
    for path in ("/models", "/models/NAME", "/healthz", "/readyz"):
        lines += ["", f"`GET {path}`", "", *json_block(server.ask(path).json())]
    return lines


def refusals(server: ExampleServer) -> tuple[Refusal, ...]:
    """Return requests of which each is refused for another reason."""
    return (
        Refusal(server.ask, PREDICT, options={"content": b"age=41"}),
        Refusal(server.ask, f"{PREDICT}?method=transform", ROW),
        Refusal(server.ask_locked, PREDICT, ROW, {"headers": {"X-API-Key": f"not {KEY}"}}),
        Refusal(server.ask, "/models/crediz/predict", ROW),
        Refusal(server.ask, PREDICT, options={"verb": "GET"}),
        Refusal(server.ask_double, "/predict", ROW),
        Refusal(server.ask, PREDICT, {"rows": [ROW] * 3}),
        Refusal(
            server.ask,
            PREDICT,
            options={"content": b"age\n41", "headers": {"Content-Type": "text/csv"}},
        ),
        Refusal(server.ask, PREDICT, ROW | {"age": 17}),
        Refusal(server.ask_unloaded, PREDICT, ROW),
    )


def _problem_rows(server: ExampleServer) -> Iterator[tuple[str, ...]]:
    rare = (problems.problem_of(error) for error in RARE)
    listed = [
        *_described_problems(server),
        *({"status": one.status, "code": one.code, "detail": one.detail} for one in rare),
        *(refusal.answer().json() for refusal in refusals(server)),
    ]
    found = {problem["code"]: problem for problem in listed}
    for problem in sorted(found.values(), key=lambda one: (one["status"], one["code"])):
        code = problem["code"]
        yield str(problem["status"]), f"[`{code}`](errors.md#{anchor(code)})", problem["detail"]


def _described_problems(server: ExampleServer) -> Iterator[dict[str, Any]]:
    """Yield the examples of problems that the OpenAPI document of the server has."""
    operation = server.ask("/openapi.json").json()["paths"]["/models/credit/predict"]["post"]
    for response in operation["responses"].values():
        for content in response["content"].values():
            if "code" in content["example"]:
                yield content["example"]


def _shown(request: str, body: Any, answer: Answer) -> list[str]:
    return [f"`{request}` with `{_compact(body)}`:", "", *json_block(answer.json())]


def _compact(body: Any) -> str:
    return json.dumps(body)


def _title(header: str) -> str:
    return header.title().replace("Api", "API").replace("Www", "WWW")
