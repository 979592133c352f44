"""The FastAPI app of the admin API."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.routing import Route

from headway.core.version import __version__
from headway.dashboard.api.guard import Guard
from headway.dashboard.documents import (
    Activated,
    CreatedKey,
    KeyDocument,
    KeyList,
    NewKey,
    ProblemDocument,
    StatusDocument,
    key_document,
)
from headway.errors import HeadwayError, MalformedInputError, PermissionDeniedError
from headway.security.keys import ApiKey, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from headway.dashboard.api.guard import App
    from headway.dashboard.ports import Administration

PREFIX = "/api/v1"
_OPENAPI = f"{PREFIX}/openapi.json"
_NOT_FOUND, _METHOD_NOT_ALLOWED = 404, 405
_MAX_PROBLEMS = 20
_NO_KEY = "Needs no key."
_READ = "Needs the scope `read` or `admin`; a key for some models sees those."
_ADMIN = "Needs the scope `admin`, of a key that is for every model."
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemDocument, "content": {"application/problem+json": {}}}
    for status in (400, 401, 403, 503)
}
_bearer = HTTPBearer(auto_error=False, description="An API key as a bearer token.")
_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="An API key.")


def build_admin_app(
    administration: Administration, host: str, trusted_hosts: Iterable[str] = ()
) -> App:
    """Return the ASGI app that answers the admin API.

    Args:
        administration: The server that is looked after.
        host: Address that is listened on.
        trusted_hosts: Further values of `Host` that are answered.
    """
    return Guard(make_app(administration), administration.problems, host, trusted_hosts)


def make_app(administration: Administration) -> FastAPI:
    """Return the app without what stands before it, for its OpenAPI document."""
    app = FastAPI(
        title="Headway: admin API",
        version=__version__,
        description="What is live, which plan, and who may ask.",
        docs_url=None,
        redoc_url=None,
        openapi_url=_OPENAPI,
        responses=_REFUSALS,
    )
    _tell_problems(app, administration)
    _add_probes(app, administration)
    _add_server(app, administration)
    _add_keys(app, administration)
    return app


def _guard(administration: Administration, *scopes: Scope) -> Callable[..., ApiKey | None]:
    """Return a dependency that accepts keys with one of the scopes; to an administrator all models are."""

    def verify(
        token: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
        key: Annotated[str | None, Depends(_header)],
    ) -> ApiKey | None:
        given = key if key is not None else (token.credentials if token else None)
        sent = None if given is None else given.encode()
        for scope in scopes[:-1]:
            try:
                return administration.verify(sent, scope)
            except PermissionDeniedError:
                continue
        found = administration.verify(sent, scopes[-1])
        if found is not None and found.models and scopes == (Scope.ADMIN,):
            raise PermissionDeniedError(
                f"`{found.name}` is for some models only", hint="send a key that is for every model"
            )
        return found

    return verify


def _add_probes(app: FastAPI, administration: Administration) -> None:
    @app.get(
        "/healthz", summary="Say that the process is alive", description=_NO_KEY, tags=["probes"]
    )
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get(
        "/readyz",
        summary="Say whether the state of the server is known",
        description=_NO_KEY,
        tags=["probes"],
    )
    async def readyz() -> dict[str, str]:
        administration.plan()
        return {"status": "ready"}


def _add_server(app: FastAPI, administration: Administration) -> None:
    reader = Depends(_guard(administration, Scope.ADMIN, Scope.READ))
    admin = Depends(_guard(administration, Scope.ADMIN))

    @app.get(
        f"{PREFIX}/status",
        summary="Show what is live, and the workers",
        description=_READ,
        tags=["server"],
    )
    async def status(key: ApiKey | None = reader) -> StatusDocument:
        document = administration.status(
            tells_all=key is None or (Scope.ADMIN in key.scopes and not key.models)
        )
        if key is not None and key.models:
            document.models = [model for model in document.models if model.name in key.models]
        return document

    @app.get(
        f"{PREFIX}/plan",
        summary="Show the serving plan that is live",
        description=_ADMIN,
        tags=["server"],
        dependencies=[admin],
        response_model=dict[str, Any],
    )
    async def plan() -> Response:
        return Response(administration.plan(), media_type="application/json")

    @app.put(
        f"{PREFIX}/plan",
        summary="Make another serving plan live; keys in it are not looked at",
        description=_ADMIN,
        tags=["server"],
        dependencies=[admin],
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"type": "object"}}},
            }
        },
    )
    async def put_plan(request: Request) -> Activated:
        return Activated(revision=await administration.propose(await request.body()))


def _add_keys(app: FastAPI, administration: Administration) -> None:
    guards = [Depends(_guard(administration, Scope.ADMIN))]

    @app.get(
        f"{PREFIX}/keys",
        summary="List the keys",
        description=_ADMIN,
        tags=["keys"],
        dependencies=guards,
    )
    async def keys(*, revoked: bool = False) -> KeyList:
        records = await asyncio.to_thread(lambda: administration.issuer().records(revoked=revoked))
        return KeyList(keys=[key_document(record) for record in records])

    @app.post(
        f"{PREFIX}/keys",
        summary="Make a key; it is shown this once",
        description=_ADMIN,
        tags=["keys"],
        dependencies=guards,
        status_code=201,
    )
    async def create(new: NewKey) -> CreatedKey:
        record, key = await asyncio.to_thread(
            lambda: administration.issuer().create(new.name, new.scopes, new.models, new.rate_per_s)
        )
        await administration.refresh_keys()
        return CreatedKey(**key_document(record).model_dump(), key=key)

    @app.delete(
        f"{PREFIX}/keys/{{name}}",
        summary="Revoke a key",
        description=_ADMIN,
        tags=["keys"],
        dependencies=guards,
    )
    async def revoke(name: str) -> KeyDocument:
        record = await asyncio.to_thread(lambda: administration.issuer().revoke(name))
        await administration.refresh_keys()
        return key_document(record)


def _tell_problems(app: FastAPI, administration: Administration) -> None:
    problems = administration.problems

    async def tell(request: Request, error: Exception) -> Response:
        request_id = request.state.request_id
        reply = problems.reply(error, path=request.url.path, request_id=request_id)
        headers = {name.decode(): value.decode() for name, value in reply.headers}
        return Response(reply.body, reply.status, headers, media_type="application/problem+json")

    async def tell_invalid(request: Request, error: Exception) -> Response:
        return await tell(request, _malformed(error))

    async def tell_http(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", None)
        if status == _NOT_FOUND:
            error = problems.no_such_path(request.url.path)
        elif status == _METHOD_NOT_ALLOWED:
            error = problems.method_not_allowed(request.method, _allowed(app, request.url.path))
        else:
            error = MalformedInputError("the request cannot be read")
        return await tell(request, error)

    app.add_exception_handler(HeadwayError, tell)
    app.add_exception_handler(RequestValidationError, tell_invalid)
    app.add_exception_handler(HTTPException, tell_http)
    app.add_exception_handler(Exception, tell)


def _allowed(app: FastAPI, path: str) -> tuple[str, ...]:
    """Return every method that a path is answered with; the framework names those of one route."""
    methods: set[str] = set()
    for route in app.routes:
        if isinstance(route, Route) and route.path_regex.match(path):
            methods |= route.methods or set()
    return tuple(sorted(methods))


def _malformed(error: Exception) -> MalformedInputError:
    """Return an error that names everything that is wrong with a body; values are not repeated."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    said = [
        f"{'.'.join(map(str, details['loc'][1:])) or 'the body'}: {details['msg']}"
        for details in found[:_MAX_PROBLEMS]
    ]
    return MalformedInputError("; ".join(said) or "the request cannot be read")
