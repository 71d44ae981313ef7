"""Prints the saved objects as Kibana imports them: `python -m pipeline.kibana > deploy/kibana/wirepipe.ndjson`."""

from __future__ import annotations

import sys

from pipeline.kibana.dashboards import saved_objects

if __name__ == "__main__":
    sys.stdout.buffer.write(saved_objects("wire-"))
