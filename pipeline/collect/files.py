"""A file as a document: the folder that it lies in names its source."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from pipeline.collect.document import Document

STDIN = "stdin"
"""The source, and the name, of what comes in on standard input."""


def document_from_file(path: Path, source: str | None = None) -> Document:
    """The file's bytes as a document of `source`, by default the name of its folder; collected when the file was last
    changed. Raises OSError."""
    with path.open("rb") as file:
        changed = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
        content = file.read()
    return Document(
        content=content,
        source=source or path.resolve().parent.name or "files",
        name=str(path),
        collected_at=changed,
    )
