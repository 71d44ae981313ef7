"""The clean stage: what a wire said of a story, as a careful editor would file it. Pure, stateless, the same on every machine."""

from __future__ import annotations

from pipeline.clean.stage import clean as clean
