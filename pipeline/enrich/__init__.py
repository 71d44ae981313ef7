"""Entities: the people, places and organisations that a story names, recognised, told apart and linked."""

from __future__ import annotations

from pipeline.enrich.enricher import Enricher

__all__ = ["Enricher"]
