"""Everything that is read from a server: probes, models, metrics, the API page."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from headway.core.names import nearest_name
from headway.security.keys import Scope
from headway.serving import problems
from headway.serving.asgi import JSON, Header, send_reply
from headway.serving.description import describe_contract, describe_model
from headway.serving.live import PREDICT_PATHS
from headway.serving.on_demand import OnDemand, make_api_page, make_exposition
from headway.serving.page_files import OWN_FILES, SWAGGER_FILES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from headway.serving.asgi import App, Send
    from headway.serving.generation import Generation
    from headway.serving.predict import Surroundings
    from headway.serving.readiness import Readiness
    from headway.serving.request import Request
    from headway.serving.service import PredictionService

    Page = Callable[[Request, Send], Awaitable[None]]

_MODEL_PATH = re.compile(r"/models/([^/]+)")
_READING = ("GET", "HEAD")
_API_PAGE = "/docs"
_ANY_MODEL = "/models/NAME"
_REDIRECT = 307
_UNAVAILABLE = 503
# a long path is no misspelt one
_LONGEST_MISSPELT = 100


class Pages:
    """The pages of one server.

    Args:
        surroundings: Of any generation; what all of them share is used.
        readiness: Of the server.
        live: Returns what is live now.
    """

    def __init__(
        self, surroundings: Surroundings, readiness: Readiness, live: Callable[[], Generation]
    ) -> None:
        self._readiness = readiness
        self._live = live
        self._exposition = OnDemand(
            partial(make_exposition, surroundings.board, lambda: live().releases)
        )
        self._api_page: tuple[Generation, OnDemand[App]] | None = None
        self._pages: Mapping[str, Page] = {
            "/": self._index,
            "/healthz": self._healthz,
            "/readyz": self._readyz,
            "/metrics": self._metrics,
            "/models": self._models,
            _ANY_MODEL: self._model,
            _API_PAGE: self._docs,
            "/openapi.json": self._openapi,
            f"{_API_PAGE}/openapi.json": self._openapi,
        } | {f"{_API_PAGE}/{name}": self._docs for name in (*OWN_FILES, *SWAGGER_FILES)}

    def paths(self) -> dict[str, str]:
        """Return what is read at each path; `NAME` stands for any model."""
        return {path: (page.__doc__ or "").partition("\n")[0] for path, page in self._pages.items()}

    async def show(self, request: Request, send: Send) -> None:
        """Answer a request for a page.

        Raises:
            ProblemError: There is no such page, it cannot be had with this method, or the models are
                not loaded.
            AuthenticationError: The page asks for a key.
            ModelNotFoundError: No such model is live.
        """
        page = self._find(request.path)
        if page is None:
            raise problems.no_such_route(request.path, self._hint(request.path))
        request.check_http_method(_READING)
        await page(request, send)

    def _find(self, path: str) -> Page | None:
        page = self._pages.get(path)
        return self._model if page is None and _MODEL_PATH.fullmatch(path) else page

    def _hint(self, path: str) -> str | None:
        known = [*self._pages, *PREDICT_PATHS]
        nearest = nearest_name(path[:_LONGEST_MISSPELT], known)
        return f"did you mean `{nearest}`?" if nearest else "`/docs` shows what there is"

    async def _index(self, request: Request, send: Send) -> None:
        """A redirection to the API page."""
        location = (b"location", f"{request.root_path}{_API_PAGE}".encode())
        await send_reply(send, _REDIRECT, b"text/plain", b"", (location,))

    async def _healthz(self, _request: Request, send: Send) -> None:
        """Whether the process lives."""
        await _send_json(send, {"status": "alive"})

    async def _readyz(self, _request: Request, send: Send) -> None:
        """Whether the server answers: 200 for `ready` and `degraded` (not by all workers), else 503."""
        report = self._readiness.report()
        await _send_json(send, report, 200 if report.is_answering else _UNAVAILABLE)

    async def _metrics(self, request: Request, send: Send) -> None:
        """Metrics for Prometheus."""
        exposition = await self._exposition.get()
        accept = (request.header(b"accept") or b"").decode("latin-1")
        body, content_type = exposition.render(accept)
        await send_reply(send, 200, content_type.encode(), body)

    async def _models(self, request: Request, send: Send) -> None:
        """What is served: models and their live versions."""
        self._live().keys.verify(request.key, Scope.READ)
        models = [describe_model(model) for model in self._service().models.values()]
        await _send_json(send, {"models": models}, headers=_identity(request))

    async def _model(self, request: Request, send: Send) -> None:
        """One model, with its contract."""
        self._live().keys.verify(request.key, Scope.READ)
        name = request.path.removeprefix("/models/")
        description = describe_contract(self._service().model(name))
        await _send_json(send, description, headers=_identity(request))

    async def _docs(self, request: Request, send: Send) -> None:
        """The API page of the models that are served, to try them in a browser."""
        self._service()
        await request.forward(await self._page_of(self._live()).get(), send)

    async def _openapi(self, request: Request, send: Send) -> None:
        """OpenAPI of the models that are served."""
        self._live().keys.verify(request.key, Scope.READ)
        await self._docs(request, send)

    def _page_of(self, live: Generation) -> OnDemand[App]:
        """Return the API page of what is live now; that of an older plan is forgotten."""
        if self._api_page is None or self._api_page[0] is not live:
            make = partial(make_api_page, live.releases, asks_for_key=not live.keys.is_open)
            self._api_page = live, OnDemand(make)
        return self._api_page[1]

    def _service(self) -> PredictionService:
        if not self._readiness.is_loaded:
            raise problems.not_ready(self._readiness.own_status)
        return self._live().releases.service


def _identity(request: Request) -> tuple[Header, ...]:
    return ((b"x-request-id", request.request_id.encode()),)


async def _send_json(
    send: Send, document: Any, status: int = 200, headers: tuple[Header, ...] = ()
) -> None:
    await send_reply(send, status, JSON, msgspec.json.encode(document), headers)
