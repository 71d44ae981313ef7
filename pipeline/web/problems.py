"""Errors as the API tells them: one sentence for a person, in the form of RFC 9457."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from pipeline.story import Record, encode


class Problem(Record, frozen=True, kw_only=True):
    """What went wrong, `application/problem+json` (RFC 9457)."""

    title: str
    """The kind of problem, the same for every one of its kind."""
    status: int
    """The HTTP status."""
    detail: str
    """What happened here and what to do, one or two sentences."""


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


TITLES = {
    400: "The request can't be understood",
    404: "There is no such thing",
    405: "This is for reading only",
    500: "Something went wrong here",
    503: "Not at the moment",
}


def problem_response(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as a response."""
    problem = Problem(title=TITLES.get(status, "The request failed"), status=status, detail=detail)
    return Response(encode(problem), status, headers, "application/problem+json")
