"""What set-up found: one record for topics, templates and dashboards alike."""

from __future__ import annotations

from pipeline.story import Record


class Finding(Record, frozen=True, kw_only=True):
    """What set-up did about one thing, or would not do."""

    name: str
    state: str
    """`created`, `changed`, `as it should be` or `differs`."""
    detail: str = ""
    """How it differs, and what to do."""
