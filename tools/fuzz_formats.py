"""Feeds every wire format mutated documents, guided by coverage, until one crashes, hangs, or loses what it held.

`nice -n 19 python tools/fuzz_formats.py --minutes 30` begins with `tests/collect/formats/corpus/` (documents of our own making)
and keeps what reaches new code in `var/fuzz/`. What it finds is written beside that, and becomes a regression test. It needs
the package `atheris` (Linux, CPython up to 3.13).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["pipeline.collect.formats", "pipeline.clean"]):
    from pipeline.clean import clean
    from pipeline.clean.language import detected
    from pipeline.collect import formats
    from pipeline.collect.document import Document, UnreadableDocument
    from pipeline.story import encode

CORPUS = Path(__file__).parents[1] / "tests" / "collect" / "formats" / "corpus"
SECONDS = 10
"""A document of at most 64 KiB that takes longer hangs."""
LONGEST = 65_536


class Vanished(Exception):
    """A document gave neither a story nor a fault nor something left aside by name."""


def read(content: bytes) -> None:
    """Reads one document as the collectors do, and cleans and writes each of its stories."""
    try:
        parsed = formats.parse(Document(content=content, source="fuzz", name="fuzz"))
    except UnreadableDocument:
        return
    if not (parsed.stories or parsed.faults or parsed.aside or parsed.hints):
        raise Vanished(parsed.format)
    for raw in parsed.stories[:20]:
        encode(raw)
        encode(clean(raw))


def main() -> None:
    """Fuzzes for so many minutes, or as long as libFuzzer's own options say."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=10.0)
    options.add_argument("--found", type=Path, default=Path("var/fuzz"), help="where documents go")
    chosen, others = options.parse_known_args()
    kept = chosen.found / "corpus"
    kept.mkdir(parents=True, exist_ok=True)
    limits = (f"-max_total_time={int(chosen.minutes * 60)}", f"-timeout={SECONDS}", f"-max_len={LONGEST}")
    where = (str(kept), str(CORPUS), f"-artifact_prefix={chosen.found}/", "-rss_limit_mb=3072")
    command = [sys.argv[0], *where, *limits]
    detected(
        "The first text of all waits until the model of languages is loaded, which is no fault of its own."
    )
    atheris.Setup([*command, *others], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
