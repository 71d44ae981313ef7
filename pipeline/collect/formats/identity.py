"""What joins the versions of a story: the wire's id without its revision, the version as written, and what both say together."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

from pipeline.collect.formats.houses import House
from pipeline.story import Change

_URN_REVISION = re.compile(r"(urn:newsml:[^:]+:\d{8}(?:T\d{6}(?:Z|[+-]\d{4})?)?:.+):(\d{1,5}[NUA]?)", re.I)
_COUNT_LIMIT = 100_000


def family(guid: str, version: str, key: str = "") -> str:
    """A guid without its revision: `urn:newsml:afp.com:20140829T135002Z:TX-PAR-FXW86:1` without `:1` (RFC 3085, section 3.1);
    any guid that ends in `:VERSION`, `;VERSION` or `_vVERSION` without that. `key` is what the wire itself calls the evolving
    story (NITF's du-key): where the guid is that key and a number, the key's part is the family."""
    if found := _URN_REVISION.fullmatch(guid):
        return found[1]
    if (
        key
        and len(key) >= 8
        and (found := re.fullmatch(rf"(.{{0,12}}{re.escape(key)})[_.:-]\d{{1,4}}(?:[_-][A-Z]{{2,3}})?", guid))
    ):
        return found[1]
    if version and not guid.startswith("urn:newsml:"):
        shorter = re.sub(rf"(?:[:;]|[:;_.-]v|[?&;/]version=){re.escape(version)}$", "", guid)
        return shorter or guid
    return guid


def counts(house: House, version: str) -> bool:
    """True where a version is a number of a sequence, as far as is known of the agency and as the number itself allows."""
    return house.counts and version.isdigit() and int(version) < _COUNT_LIMIT


def from_version(house: House, version: str, first: datetime | None, this: datetime | None) -> Change | None:
    """What number and times say: new for a sequence's first, update for a later one; None where neither can be known."""
    if counts(house, version):
        if int(version) > 1:
            return "update"
        return "new" if int(version) == 1 else None
    if first is not None and this is not None and this - first > timedelta(seconds=30):
        return "update"
    return None


@lru_cache(maxsize=1024)
def language(tag: str) -> str:
    """A language as BCP 47 without region: `en-US` is `en`; a script stays (`zh-Hant`), and Chinese regions become theirs."""
    parts = re.split(r"[-_]", tag.strip())
    first = parts[0].lower()
    if not re.fullmatch(r"[a-z]{2,3}", first):
        return ""
    rest = [part for part in parts[1:] if part]
    script = next((part.title() for part in rest if len(part) == 4 and part.isalpha()), "")
    if first == "zh" and not script and rest:
        script = {"TW": "Hant", "HK": "Hant", "MO": "Hant", "CN": "Hans", "SG": "Hans"}.get(
            rest[0].upper(), ""
        )
    return f"{_LANGUAGES.get(first, first)}-{script}" if script else _LANGUAGES.get(first, first)


_LANGUAGES = {
    "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it", "por": "pt", "fin": "fi",
    "swe": "sv", "nor": "no", "dan": "da", "nld": "nl", "dut": "nl", "ara": "ar", "ell": "el", "gre": "el", "rus": "ru",
    "zho": "zh", "chi": "zh", "jpn": "ja", "kor": "ko", "tur": "tr", "pol": "pl",
}  # fmt: skip


def whole_number(written: str) -> int | None:
    """An urgency or priority from 0 to 9, or None."""
    written = written.strip()
    return int(written[0]) if re.fullmatch(r"\d(?:\.0)?", written) else None
