"""Company codes as wires write them: `Apple Inc <AAPL.O>`, `AT&T (NYSE: T)`; the company named there gets the code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.enrich.passages import UPPER, Passage
from pipeline.enrich.spans import Span
from pipeline.enrich.vocabulary import NOT_FIRST

_CODE = re.compile(
    r"[ ]?(?:<(?P<ric>[A-Z0-9]{1,8}(?:\.[A-Z]{1,3})?(?:=[A-Z]*)?)>|"
    r"\((?P<exchange>NYSE|NASDAQ|Nasdaq|NasdaqGS|AMEX|NYSE American|LSE|TSX|TSX-V|ASX|HKEX|OTC|OTCQB|OTCQX|BSE|NSE|Euronext|"
    r"XETRA|SIX)"
    r"(?: ?[:-] ?)(?P<ticker>[A-Z0-9.]{1,8})\)|"
    r"\((?P<bare>[0-9A-Z]{1,6}\.(?:O|N|L|PA|DE|T|HK|SS|SZ|TO|AX|MI|MC|AS|BR|ST|HE|CO|OL|NS|BO|KS|TW|SI|MX|SA|J|VX|S))\))"
)
_COMPANY = re.compile(rf"(?:[{UPPER}][\w&.'-]*|&|of|and)(?: (?:[{UPPER}0-9][\w&.'-]*|&|of|and|plc))* ?$")
_FIRST = NOT_FIRST | {"Of", "Shares", "Rival", "of", "and", "&"}


def tickers(number: int, passage: Passage, spans: list[Span]) -> tuple[list[Span], dict[int, str]]:
    """The passage's spans with the codes themselves taken out and companies that only the code shows put in; and the code of
    each company, by the position of its name."""
    text = passage.cased
    codes: dict[int, str] = {}
    if "<" not in text and "(" not in text:
        return spans, codes
    for match in _CODE.finditer(text):
        code = match["ric"] or match["bare"] or f"{match['exchange']}:{match['ticker']}"
        spans = [s for s in spans if not (s.start >= match.start() and s.end <= match.end())]
        named = next(
            (s for s in spans if s.end in (match.start(), match.start() - 1) and s.type != "group"), None
        )
        if named is None:
            before = _COMPANY.search(text, max(0, match.start() - 80), match.start())
            if before is None or "=" in code:
                continue
            start = before.start()
            words = before[0].split()
            while words and words[0] in _FIRST:
                start += len(words[0]) + 1
                words = words[1:]
            end = start + len(text[start : match.start()].rstrip())
            if not words or end <= start:
                continue
            spans = [s for s in spans if s.end <= start or s.start >= end]
            named = Span(number, start, end, text[start:end], "organisation", "rule ticker")
            spans = sorted([*spans, named], key=lambda s: s.start)
        elif named.type != "organisation":
            named.type = "organisation"
            named.known = None
            named.rule += " + rule ticker"
        codes[named.start] = code
    return spans, codes


def coded(spans: Sequence[Span], codes: dict[tuple[int, int], str]) -> str:
    """The code of whichever of an organisation's mentions carries one, the first."""
    return next((codes[(s.passage, s.start)] for s in spans if (s.passage, s.start) in codes), "")
