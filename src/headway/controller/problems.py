"""Lets the admin API say what went wrong as the serving API does."""

from __future__ import annotations

import logging

from headway.dashboard.ports import Reply
from headway.serving import problems

_FIRST_SERVER_ERROR = 500
_logger = logging.getLogger("headway.controller")


class ServingProblems:
    """The problem documents of `headway.serving.problems`."""

    def reply(self, error: Exception, *, path: str, request_id: str) -> Reply:
        """Return what is answered to an error. What the client is not told is logged."""
        problem = problems.problem_of(error)
        if problem.status >= _FIRST_SERVER_ERROR:
            _logger.warning("request %s to %s: %s", request_id, path, error)
        body = problem.encode(instance=path, request_id=request_id)
        return Reply(problem.status, body, problems.headers_of(error))

    def no_such_path(self, path: str) -> Exception:
        """Return the error of a path that is nothing here."""
        return problems.no_such_route(path, "`/api/v1/openapi.json` lists what there is")

    def method_not_allowed(self, method: str, allowed: tuple[str, ...]) -> Exception:
        """Return the error of a path that is asked for with the wrong method."""
        return problems.method_not_allowed(method, allowed)
