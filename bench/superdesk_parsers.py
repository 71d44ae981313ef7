"""How fast Superdesk's own parsers read the same documents: run by a Python that has `superdesk-core` (2.5 wants CPython 3.8).

`python3.8 -m venv sd && sd/bin/pip install superdesk-core && sd/bin/python bench/superdesk_parsers.py ../shared/wires`
prints one line of JSON: by format, documents a second of processor time, and documents that its parser failed on. It runs in
Superdesk's world and not in Wirepipe's, and so uses nothing of it. `bench/formats.py` has Wirepipe's figures.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Callable  # noqa: UP035  as CPython 3.8 wants it

import flask
import superdesk
from lxml import etree
from superdesk import default_settings
from superdesk.io.feed_parsers.anpa import ANPAFeedParser
from superdesk.io.feed_parsers.iptc7901 import IPTC7901FeedParser
from superdesk.io.feed_parsers.newsml_1_2 import NewsMLOneFeedParser
from superdesk.io.feed_parsers.newsml_2_0 import NewsMLTwoFeedParser
from superdesk.io.feed_parsers.nitf import NITFFeedParser
from superdesk.io.iptc import subject_codes
from superdesk.io.subjectcodes import SubjectIndex
from superdesk.locators.locators import LocatorIndex

PROVIDER = {"name": "bench", "source": "bench", "feed_parser": "bench", "config": {}}
SECONDS = 2.0

Read = Callable[[Path], Any]


def xml(parser: Any) -> Read:
    """Reads as its feeding services do: bytes to a tree to an item."""
    return lambda path: parser.parse(etree.fromstring(path.read_bytes()), PROVIDER)


def file(parser: Any) -> Read:
    """For parsers that open the file themselves."""
    return lambda path: parser.parse(str(path), PROVIDER)


def pace(read: Read, paths: list[Path]) -> dict[str, Any]:
    """{documents_per_second, failed, of, error}; only documents that can be read are timed."""
    good: list[Path] = []
    errors: list[str] = []
    for path in paths:
        try:
            read(path)
            good.append(path)
        except Exception as error:
            errors.append(f"{type(error).__name__}: {str(error)[:100]}")
    done, begun = 0, time.process_time()
    while good and time.process_time() - begun < SECONDS:
        for path in good:
            read(path)
        done += len(good)
    rate = round(done / (time.process_time() - begun), 1) if good else None
    return {
        "documents_per_second": rate,
        "failed": len(errors),
        "of": len(paths),
        "error": errors[0] if errors else "",
    }


class NoVocabularies:
    """Stands in for the service of the database's vocabularies, which is empty in a new installation."""

    service: Any = None

    def find_one(self, *_: Any, **__: Any) -> None:
        """None."""

    def find(self, *_: Any, **__: Any) -> list[Any]:
        """No item."""
        return []

    get = get_from_mongo = find


def main(wires: Path) -> None:
    """Prints the figures for the documents that the expectations name."""
    readers = {
        "newsml-g2": xml(NewsMLTwoFeedParser()),
        "stt-newsml-g2": xml(NewsMLTwoFeedParser()),
        "newsml-1.2": xml(NewsMLOneFeedParser()),
        "nitf": xml(NITFFeedParser()),
        "iptc7901": file(IPTC7901FeedParser()),
        "anpa1312": file(ANPAFeedParser()),
    }
    paths: dict[str, dict[str, Path]] = defaultdict(dict)
    for name in ("expected.jsonl", "expected_bulk.jsonl"):
        for line in (wires / name).read_text("utf-8").splitlines():
            row = json.loads(line)
            paths[row["format"]][row["file"]] = wires / row["file"]
    app = flask.Flask("bench")
    app.config.from_object(default_settings)
    app.subjects, app.locators = SubjectIndex(), LocatorIndex()
    app.subjects.register(subject_codes)
    nothing = NoVocabularies()
    nothing.service = nothing
    superdesk.resources["vocabularies"] = nothing
    with app.app_context():
        print(json.dumps({name: pace(read, list(paths[name].values())) for name, read in readers.items()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
