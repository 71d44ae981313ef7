"""How well wire formats are read: field by field against `../shared/wires/expected*.jsonl`, and documents a second for each."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

from pipeline.clean import clean
from pipeline.collect.document import Document, UnreadableDocument
from pipeline.collect.formats import parse
from pipeline.collect.formats.houses import UNKNOWN, house
from pipeline.story import Story, encode, replace

WIRES = Path(__file__).resolve().parents[2] / "shared" / "wires"
ABSENT = "(no story)"


def words(value: object) -> str:
    """Letters and digits alone, for texts that differ only in spacing, quotes and the dash after them."""
    return re.sub(r"[\W_]+", " ", str(value or "")).strip().casefold()


def plain(body: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def utc(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def everything(story: Story) -> str:
    return encode(replace(story, document="")).decode()


def codes(story: Story, *schemes: str) -> set[str]:
    return {subject.code for subject in story.subjects if subject.scheme in schemes}


def same_agency(expected: str, story: Story) -> bool:
    known = house(expected)
    return (
        story.provider == known.name
        if known is not UNKNOWN
        else words(story.provider) == words(expected) or words(expected) in words(story.credit)
    )


def same_byline(expected: str | None, story: Story) -> bool:
    """A list of people's names against a line as written; an agency or a desk in it is no person."""
    if expected is None or nobody(expected):
        return not story.byline
    return bool(story.byline) and all(words(name) in words(expected) for name in story.byline)


def nobody(byline: str) -> bool:
    rest = re.sub(r"^(?:By|Von)\s+|\b(?:correspondents|staff|admin)\b", "", byline).strip()
    return not rest or house(rest) is not UNKNOWN


def same_dateline(expected: str, story: Story) -> bool:
    return story.dateline is not None and words(story.dateline.text) == words(expected)


def same_status(expected: str, story: Story) -> bool:
    return (story.change or "new") == expected


def same_publication(expected: str, story: Story) -> bool:
    return story.status == ("withheld" if expected == "embargoed" else expected) or (
        expected == "embargoed" and story.embargoed_until is not None
    )


def begins(expected: str, story: Story) -> bool:
    """The body begins so, where what cleaning took out of its head (dateline, byline, notes) may stand before it."""
    wanted, body = words(expected), words(" ".join(story.body))
    taken = [
        *story.byline,
        story.editor_note,
        story.dateline.text if story.dateline else "",
        story.dateline.place if story.dateline else "",
    ]
    if body.startswith(wanted[:40]) or (
        not body and all(word in words(" ".join([*taken, "by von"])) for word in wanted.split())
    ):
        return True
    rest = re.sub(r"^.{0,60}?(?:\([^)]{2,24}\)|\b[A-ZÀ-Þ]{4,})\s*[-–—_]+\s*", "", expected)
    heads = [words(rest), words(re.sub(r"^.{3,24}? - ", "", rest))]
    return any(head and body.startswith(head[:30]) for head in heads) or _without_head(wanted, taken, body)


def _without_head(wanted: str, taken: list[str], body: str) -> bool:
    for text in (*(line for part in taken for line in part.split("\n")), "by", "von"):
        wanted = wanted.replace(words(text), " ").strip()
    return bool(wanted) and body.startswith(" ".join(wanted.split())[:24])


def same_headline(expected: str | None, story: Story) -> bool:
    """Markers (`UPDATE 2-`) may be gone from the front; none is expected where the first sentence stands in."""
    if expected is None:
        return story.headline_from == "body" or not story.headline
    return bool(story.headline) and words(expected).endswith(words(story.headline))


def same_body(expected: str, story: Story) -> bool:
    body = words(" ".join(story.body))
    return body in (words(expected), words(re.sub(r"^.{0,60}?\([A-Z]+\)\s*[_-]", "", expected)))


def located(expected: str, story: Story) -> bool:
    places = [each.name for each in story.subjects if each.scheme == "located"]
    return words(expected) in words(" ".join([story.dateline.text if story.dateline else "", *places]))


CHECKS: dict[str, Callable[[Any, Story], bool]] = {
    "guid": lambda value, story: story.guid == value,
    "family_key": lambda value, story: story.family == value,
    "version": lambda value, story: story.wire_version == str(value),
    "headline": same_headline,
    "headline_fallback": lambda value, story: words(story.headline) == words(value) or story.headline_from == "body",
    "byline": same_byline,
    "byline_title": lambda value, story: words(value) in words(story.byline_title),
    "dateline": same_dateline,
    "slugline": lambda value, story: words(story.slugline) == words(value),
    "credit": lambda value, story: words(story.credit) == words(value),
    "source": same_agency,
    "urgency": lambda value, story: story.urgency == value,
    "language": lambda value, story: story.language == value,
    "keywords": lambda value, story: set(map(words, story.keywords)) == set(map(words, value)),
    "subject_codes": lambda value, story: codes(story, "subj") == set(value),
    "mediatopics": lambda value, story: codes(story, "medtop") == set(value),
    "published_utc": lambda value, story: utc(story.published_at) == value,
    "first_created_utc": lambda value, story: utc(story.first_published_at or story.published_at) == value,
    "embargo_utc": lambda value, story: utc(story.embargoed_until) == value,
    "pub_status": same_publication,
    "status": same_status,
    "item_class": lambda value, story: story.item_class == value,
    "body_prefix60": begins,
    "body_full": same_body,
    "body_contains": lambda value, story: all(words(each) in words(" ".join([story.headline, *story.body])) for each in value),
    "body_excludes": lambda value, story: not any(each in everything(story) for each in value),
    "body_empty": lambda value, story: not story.body,
    "ednote": lambda value, story: words(value) in words(story.editor_note),
    "kicker": lambda value, story: words(value) in words(story.subheadline) or words(value) in words(" ".join(story.keywords)),
    "usage_terms": lambda value, story: words(value) in words(story.rights),
    "cancels": lambda value, story: story.corrects == value,
    "abstract": lambda value, story: words(value) in words(story.summary),
    "associations": lambda value, story: len(story.media) == value,
    "located_city": located,
}  # fmt: skip
"""The fields that the story record has, and when they are right."""

RECORD_NAMES = {
    "published_utc": "published_at",
    "family_key": "family",
    "version": "wire_version",
    "status": "change",
    "source": "provider",
    "embargo_utc": "embargoed_until",
    "pub_status": "status",
    "first_created_utc": "first_published_at",
    "ednote": "editor_note",
    "subject_codes": "subjects",
    "body_prefix60": "body",
}
"""Where the record has a field of the expectations under another name."""


def expectations(folder: Path) -> list[dict[str, Any]]:
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for name in ("expected.jsonl", "expected_bulk.jsonl"):
        for line in (folder / name).read_text("utf-8").splitlines():
            row = json.loads(line)
            rows.setdefault((row["file"], row["item"]), {}).update(row)
    return list(rows.values())


def stories(folder: Path, file: str) -> tuple[list[Story], list[str]]:
    """The clean stories of a document, and what was left aside."""
    try:
        parsed = parse(Document(content=(folder / file).read_bytes(), source="bench", name=file))
    except UnreadableDocument as error:
        return [], [str(error)]
    return [clean(raw) for raw in parsed.stories], parsed.aside


def compare(folder: Path) -> list[dict[str, Any]]:
    """One outcome a field: {format, file, item, field, outcome: right | wrong | missing, expected, got}."""
    outcomes: list[dict[str, Any]] = []
    read: dict[str, tuple[list[Story], list[str]]] = {}
    for row in expectations(folder):
        if row["file"] not in read:
            read[row["file"]] = stories(folder, row["file"])
        found, aside = read[row["file"]]
        story = found[row["item"]] if row["item"] < len(found) else None
        for field, check in CHECKS.items():
            if field not in row or (
                field == "headline" and row[field] is None and "headline_fallback" in row
            ):
                continue
            if story is None:
                outcome = "aside" if aside and row.get("item_class") == "composite" else "missing"
            else:
                outcome = "right" if check(row[field], story) else "wrong"
            got = _got(field, story) if outcome == "wrong" and story is not None else "; ".join(aside)
            outcomes.append(
                {
                    "format": row["format"],
                    "file": row["file"],
                    "item": row["item"],
                    "field": field,
                    "outcome": outcome,
                    "expected": row[field],
                    "got": got,
                }
            )
    return outcomes


def _got(field: str, story: Story) -> str:
    return str(getattr(story, RECORD_NAMES.get(field, field), everything(story)))[:160]


def speed(folder: Path, seconds: float) -> dict[str, dict[str, float]]:
    """Documents and megabytes read in a second of processor time for each format: the parser alone."""
    groups: dict[str, list[Document]] = defaultdict(list)
    for row in expectations(folder):
        groups[row["format"]].append(
            Document(content=(folder / row["file"]).read_bytes(), source="bench", name=row["file"])
        )
    return {name: _pace(documents, seconds) for name, documents in groups.items()}


def _pace(documents: Iterable[Document], seconds: float) -> dict[str, float]:
    """The pace of the fastest of many rounds: whatever else the machine does only slows a round."""
    documents = list(documents)
    size = sum(len(document.content) for document in documents)
    fastest = float("inf")
    begun = time.process_time()
    while (start := time.process_time()) - begun < seconds:
        for document in documents:
            parse(document)
        fastest = min(fastest, time.process_time() - start)
    return {
        "documents_per_second": round(len(documents) / fastest, 1),
        "megabytes_per_second": round(size / fastest / 1e6, 2),
        "mean_bytes": round(size / len(documents)),
    }


def main(arguments: list[str]) -> int:
    """Prints a table; with --json the outcomes and speeds as one object; with --wrong each field that is not right."""
    options = argparse.ArgumentParser(prog="bench/formats.py", description=__doc__)
    options.add_argument("--wires", type=Path, default=WIRES, help="folder with expected.jsonl")
    options.add_argument("--json", action="store_true")
    options.add_argument("--wrong", action="store_true", help="list every field that is not right")
    options.add_argument(
        "--seconds", type=float, default=0.5, help="time spent on each format's speed; 0: none"
    )
    chosen = options.parse_args(arguments)
    outcomes = compare(chosen.wires)
    speeds = speed(chosen.wires, chosen.seconds) if chosen.seconds else {}
    totals: dict[str, dict[str, int]] = defaultdict(
        lambda: {"right": 0, "wrong": 0, "missing": 0, "aside": 0}
    )
    for each in outcomes:
        totals[each["format"]][each["outcome"]] += 1
        totals["all"][each["outcome"]] += 1
    if chosen.json:
        print(
            json.dumps(
                {
                    "formats": totals,
                    "speed": speeds,
                    "not_right": [each for each in outcomes if each["outcome"] != "right"],
                },
                ensure_ascii=False,
            )
        )
        return 0
    print(
        f"{'format':24}{'right':>7}{'wrong':>7}{'missing':>9}{'aside':>7}{'%':>8}{'documents/s':>14}{'MB/s':>8}"
    )
    for name, total in totals.items():
        judged = total["right"] + total["wrong"] + total["missing"]
        pace = speeds.get(name, {})
        share = 100 * total["right"] / judged if judged else 0.0
        print(f"{name:24}{total['right']:7}{total['wrong']:7}{total['missing']:9}{total['aside']:7}{share:8.1f}"
              f"{pace.get('documents_per_second', 0):14.0f}{pace.get('megabytes_per_second', 0):8.1f}")  # fmt: skip
    if chosen.wrong:
        for each in outcomes:
            if each["outcome"] not in ("right", "aside"):
                where = f"{each['file']}[{each['item']}] {each['field']}"
                print(f"{each['outcome']}: {where}: expected {each['expected']!r}, got {each['got']!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
