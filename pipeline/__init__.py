"""Wirepipe: wire-service feeds in, one clean, de-duplicated, entity-tagged stream of stories out."""

__version__ = "0.1.0"
