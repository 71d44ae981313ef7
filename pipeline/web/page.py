"""The page's files, read once and served with tags so that a browser asks but seldom fetches."""

from __future__ import annotations

import hashlib
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

TYPES = {
    "index.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


class Page:
    """The files of `pipeline/web/static`."""

    def __init__(self) -> None:
        folder = files("pipeline.web") / "static"
        self._files = {name: (folder / name).read_bytes() for name in TYPES}

    def response(self, name: str, request: Request) -> Response | None:
        """One file, or 304 where the reader has it; None where there is no such file."""
        content = self._files.get(name)
        if content is None:
            return None
        tag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=TYPES[name])
