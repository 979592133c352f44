"""Everything that is read from a server: probes, models, metrics, the API page."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from headway.core.names import nearest_name
from headway.errors import PermissionDeniedError
from headway.security.keys import Scope
from headway.serving import problems
from headway.serving.asgi import JSON, Header, send_reply
from headway.serving.description import describe_contract, describe_model
from headway.serving.live import PREDICT_PATHS
from headway.serving.on_demand import OnDemand, make_api_page, make_exposition
from headway.serving.page_files import OWN_FILES, SWAGGER_FILES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from headway.security.keys import ApiKey
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
_MAX_API_PAGES = 8
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
        self._locks_metrics = surroundings.locks_metrics
        self._readiness = readiness
        self._live = live
        self._exposition = OnDemand(
            partial(make_exposition, surroundings.board, lambda: live().releases)
        )
        # of one generation, by the models that a key is for; the page of every model comes first
        self._api_pages: tuple[Generation, dict[frozenset[str], OnDemand[App]]] | None = None
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
        if not self._live().gate.is_open:
            # a probe has no key, and which models there are is not for everybody
            report = msgspec.structs.replace(report, models={})
        await _send_json(send, report, 200 if report.is_answering else _UNAVAILABLE)

    async def _metrics(self, request: Request, send: Send) -> None:
        """Metrics for Prometheus."""
        if self._locks_metrics:
            await self._admit_to_metrics(request)
        exposition = await self._exposition.get()
        accept = (request.header(b"accept") or b"").decode("latin-1")
        body, content_type = exposition.render(accept)
        await send_reply(send, 200, content_type.encode(), body)

    async def _models(self, request: Request, send: Send) -> None:
        """What is served: models and their live versions."""
        service = (await self._seen_by(request))[0]
        models = [describe_model(model) for model in service.models.values()]
        await _send_json(send, {"models": models}, headers=_identity(request))

    async def _model(self, request: Request, send: Send) -> None:
        """One model, with its contract."""
        service, key = await self._seen_by(request)
        name = request.path.removeprefix("/models/")
        if key is not None:
            key.check(Scope.READ, name)
        description = describe_contract(service.model(name))
        await _send_json(send, description, headers=_identity(request))

    async def _docs(self, request: Request, send: Send) -> None:
        """The API page of the models that are served, to try them in a browser."""
        await self._forward(request, send, self._service())

    async def _openapi(self, request: Request, send: Send) -> None:
        """OpenAPI of the models that are served."""
        service, _ = await self._seen_by(request)
        await self._forward(request, send, service)

    async def _forward(self, request: Request, send: Send, service: PredictionService) -> None:
        await request.forward(await self._page_of(service).get(), send)

    async def _seen_by(self, request: Request) -> tuple[PredictionService, ApiKey | None]:
        """Return what the key of a request may read about, and the key."""
        key = await self._live().gate.admit(request.key, Scope.READ)
        service = self._service()
        return (service if key is None else service.within(key.models)), key

    async def _admit_to_metrics(self, request: Request) -> None:
        key = await self._live().gate.admit(request.key, Scope.READ)
        if key is not None and key.models:
            raise PermissionDeniedError(
                f"`{key.name}` is for some models only, and metrics are about all of them",
                hint="send a key that is for every model",
            )

    def _page_of(self, service: PredictionService) -> OnDemand[App]:
        """Return the API page of some live models; those of an older plan are forgotten."""
        live = self._live()
        if self._api_pages is None or self._api_pages[0] is not live:
            self._api_pages = live, {}
        pages, names = self._api_pages[1], frozenset(service.models)
        if names not in pages:
            if len(pages) >= _MAX_API_PAGES:
                del pages[next(reversed(pages))]
            pages[names] = OnDemand(
                partial(make_api_page, service, asks_for_key=not live.gate.is_open)
            )
        return pages[names]

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
