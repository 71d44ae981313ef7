"""The IPTC's vocabularies: names of subject codes and media topics, and the codes in the ways in which wires write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

from pipeline.story import Subject

_SCHEMES = {
    "subj": "subj", "subject": "subj", "subjectcode": "subj", "iptcsubjectcodes": "subj", "iptcsubjectcode": "subj",
    "iptc": "subj", "sttsubj": "subj", "medtop": "medtop", "mediatopic": "medtop", "mediatopics": "medtop",
}  # fmt: skip
"""Names of the two vocabularies as wires write them (STT keeps the IPTC's subject codes under an alias of its own)."""

_EIGHT = re.compile(r"\d{8}")
_CV = re.compile(r"https?://cv\.iptc\.org/newscodes/([a-z]+)/([\w-]+)", re.I)


@lru_cache(maxsize=1)
def names() -> dict[tuple[str, str], str]:
    """Names by (scheme, code), English: `subj` (subject codes, 1,404) and `medtop` (media topics, 1,387).

    IPTC NewsCodes, copyright IPTC, https://cv.iptc.org/newscodes/, CC BY 4.0; media topics as of March 2025."""
    table = files("pipeline.collect.formats").joinpath("newscodes.tsv").read_text("utf-8")
    return {(scheme, code): name for scheme, code, name in (line.split("\t") for line in table.splitlines())}


@lru_cache(maxsize=16_384)
def subject(scheme: str, code: str, name: str = "") -> Subject:
    """A subject with its vocabulary's usual short name, and the IPTC's name for it where the wire gives none.

    `scheme` may be an alias, a full scheme address, or empty: then eight digits that the IPTC knows are its code."""
    code = code.strip()
    if found := _CV.match(code):
        scheme, code = found[1], found[2]
    elif (prefix := code.partition(":")[0].lower()) in _SCHEMES and ":" in code:
        scheme, code = prefix, code.partition(":")[2]
    elif not scheme and ":" in code and not code.startswith(("http:", "https:", "urn:", "tag:")):
        scheme, _, code = code.rpartition(":")
    if match := _CV.match(scheme + "/x"):
        scheme = match[1]
    known = _SCHEMES.get(scheme.lower())
    if known is None and not scheme and _EIGHT.fullmatch(code):
        known = "medtop" if code.startswith("2") else "subj" if ("subj", code) in names() else None
    if known == "subj" and code.startswith("2") and ("medtop", code) in names():
        known = "medtop"
    scheme = known or scheme
    return Subject(code=code, scheme=scheme, name=" ".join(name.split()) or names().get((scheme, code), ""))


def distinct(subjects: Iterable[Subject]) -> list[Subject]:
    """Each (scheme, code) once, in the order of first mention; a named mention fills an unnamed one."""
    kept: dict[tuple[str, str], Subject] = {}
    for each in subjects:
        key = (each.scheme, each.code or each.name)
        if (each.code or each.name) and (key not in kept or (each.name and not kept[key].name)):
            kept[key] = each
    return list(kept.values())
