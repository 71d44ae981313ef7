"""What differs from agency to agency, as one table: their names, their clocks, and whether their version numbers count."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.story import Record


class House(Record, frozen=True, kw_only=True):
    """One agency's style."""

    name: str
    """How readers see it, `RawStory.provider`."""
    zone: str = ""
    """IANA zone of its times without a zone; empty: UTC."""
    counts: bool = True
    """False where its version numbers are no sequence."""
    initials: bool = False
    """True where its by-line element holds desk initials (`gr/bp`), never a name."""


UNKNOWN = House(name="")

_HOUSES: tuple[tuple[str, str, str], ...] = (
    # name, zone, other names and domains (in lower case, parted by |)
    ("AAP", "Australia/Sydney", "australian associated press|aap.com.au"),
    ("AFP", "", "agence france-presse|agence france presse|afp.com|afp/getty images"),
    ("AGERPRES", "Europe/Bucharest", "agerpres.ro"),
    ("Anadolu", "Europe/Istanbul", "anadolu agency|anadolu ajansı|aa.com.tr"),
    ("ANA", "Europe/Athens", "ana-mpe|απε-μπε|ana-mpe.gr|amna.gr|απε|athens news agency|athens-macedonian news agency"),
    ("ANI", "Asia/Kolkata", "asian news international|aninews.in"),
    ("ANP", "Europe/Amsterdam", "anp.nl|algemeen nederlands persbureau"),
    ("ANSA", "Europe/Rome", "ansa.it|agenzia ansa"),
    ("AP", "", "associated press|the associated press|ap.org|apnews.com"),
    ("APA", "Europe/Vienna", "austria presse agentur|apa.at"),
    ("Belga", "Europe/Brussels", "belga.be|belga news agency|agence belga|agentschap belga"),
    ("BNS", "Europe/Vilnius", "baltic news service|bns.lt|bns.ee|bns.lv"),
    ("BTA", "Europe/Sofia", "bta.bg"),
    ("BusinessDesk", "Pacific/Auckland", "business desk|businessdesk.co.nz|scoop|scoop.co.nz"),
    ("Business Wire", "", "businesswire|businesswire.com"),
    ("CNA", "Asia/Taipei", "central news agency|cna.com.tw"),
    ("CP", "America/Toronto", "canadian press|the canadian press|la presse canadienne|thecanadianpress.com|cp.org"),
    ("ČTK", "Europe/Prague", "ctk|ctk.cz|czech news agency"),
    ("dpa", "Europe/Berlin", "deutsche presse-agentur|deutsche presse-agentur gmbh|dpa deutsche presse-agentur|dpa.com|dpa.de|dpa-afx"),
    ("EFE", "Europe/Madrid", "agencia efe|efe.com|efe.es|efeinfo"),
    ("ETA", "Europe/Tallinn", "eta.ee"),
    ("Europa Press", "Europe/Madrid", "europapress|europapress.es"),
    ("GlobeNewswire", "", "globenewswire.com|globe newswire"),
    ("HINA", "Europe/Zagreb", "hina.hr"),
    ("Interfax", "Europe/Moscow", "interfax.ru|interfax.com"),
    ("Jiji Press", "Asia/Tokyo", "jiji|jiji.com"),
    ("Keystone-SDA", "Europe/Zurich", "sda|ats|sda-ats|keystone-sda.ch|sda.ch"),
    ("KNA", "Europe/Berlin", "katholische nachrichten-agentur|kna.de"),
    ("Kyodo", "Asia/Tokyo", "kyodo news|kyodonews.jp|kyodo.co.jp"),
    ("LETA", "Europe/Riga", "leta.lv"),
    ("Lusa", "Europe/Lisbon", "agência lusa|lusa.pt|agencia lusa"),
    ("MTI", "Europe/Budapest", "mti.hu|magyar távirati iroda"),
    ("NTB", "Europe/Oslo", "norsk telegrambyrå|ntb.no|ntb scanpix"),
    ("NZPA", "Pacific/Auckland", "nzpa.co.nz"),
    ("PA", "Europe/London", "press association|the press association|pa media|pa.press.net|pressassociation.com|pa sport"),
    ("PAP", "Europe/Warsaw", "pap.pl|polska agencja prasowa"),
    ("PR Newswire", "", "prnewswire|prnewswire.com|pr newswire association llc"),
    ("PTI", "Asia/Kolkata", "press trust of india|pti.in|ptinews.com"),
    ("RIA Novosti", "Europe/Moscow", "ria|ria.ru"),
    ("Ritzau", "Europe/Copenhagen", "ritzaus bureau|ritzau.dk"),
    ("SID", "Europe/Berlin", "sport-informations-dienst|sid.de"),
    ("STA", "Europe/Ljubljana", "sta.si"),
    ("STT", "Europe/Helsinki", "stt.fi|stt-lehtikuva|stt info|suomen tietotoimisto|stt-lehtikuva.fi"),
    ("TANJUG", "Europe/Belgrade", "tanjug.rs"),
    ("TASR", "Europe/Bratislava", "tasr.sk"),
    ("TASS", "Europe/Moscow", "itar-tass|tass.ru|tass.com"),
    ("TT", "Europe/Stockholm", "tidningarnas telegrambyrå|tt.se|tt nyhetsbyrån|tt news agency"),
    ("Ukrinform", "Europe/Kyiv", "ukrinform.net|ukrinform.ua"),
    ("UPI", "", "united press international|upi.com"),
    ("Xinhua", "Asia/Shanghai", "xinhua news agency|xinhuanet.com|news.cn|xinhua/"),
    ("Yonhap", "Asia/Seoul", "yonhap news agency|yna.co.kr|yonhap news"),
)  # fmt: skip

_NOT_COUNTING = (House(name="Reuters", counts=False), House(name="Bloomberg", counts=False))
_OTHER_NAMES = {
    "reuters": 0, "reuters.com": 0, "thomson reuters": 0, "tr.com": 0, "reuters news": 0, "bloomberg": 1, "bloomberg.com": 1,
}  # fmt: skip
_INITIALS = {"EFE"}


def _table() -> dict[str, House]:
    table = {name: _NOT_COUNTING[number] for name, number in _OTHER_NAMES.items()}
    for name, zone, others in _HOUSES:
        house = House(name=name, zone=zone, initials=name in _INITIALS)
        for known in (name.lower(), *(other for other in others.split("|") if other)):
            table[known] = house
    return table


@lru_cache(maxsize=1)
def houses() -> dict[str, House]:
    """Every agency by each of its names and domains, lower case."""
    return _table()


@lru_cache(maxsize=2048)
def house(written: str) -> House:
    """The agency that `written` names: a name, `(AP)`, `/ritzau/`, `STT–`, a code `nprov:dpa`, a domain; else UNKNOWN."""
    table = houses()
    text = " ".join(written.lower().split()).strip("()[]/ –—-.,:;*©")
    text = re.sub(r"^(copyright|source|\(c\))\s*(\d{4})?[\s,:]*", "", text)
    if found := table.get(text):
        return found
    if ":" in text and (found := table.get(text.rpartition(":")[2])):
        return found
    text = re.sub(r"^(https?://)?(www\.|api\.|[a-z]{2}\.)?", "", text).partition("/")[0]
    if found := table.get(text):
        return found
    return table.get(re.sub(r"^the ", "", text), UNKNOWN)


_AUTHORITY = re.compile(
    r"(?:urn:newsml:|tag[:_]|https?://(?:www\.|api\.|cv\.)?|urn:publicid:\d*:?)([a-z0-9.-]+\.[a-z]{2,})", re.I
)


def house_of_guid(guid: str) -> House:
    """The agency whose domain stands in an item's id (`urn:newsml:DOMAIN:...`, `tag:DOMAIN,2020:...`)."""
    found = _AUTHORITY.match(guid)
    return house(found[1]) if found else UNKNOWN


_SIGNATURE = re.compile(r"\(([^()]{2,24})\)|/([A-Za-z]{2,12})/")


def house_of_dateline(text: str) -> House:
    """The agency in a dateline or at the head of a text: `BERLIN (dpa) -`, `København /ritzau/:`, `(ANSA) - ROMA`."""
    for found in _SIGNATURE.finditer(text[:160]):
        for name in re.split(r"[/,-]", found[1] or found[2]):
            known = house(name.strip())
            if known is not UNKNOWN:
                return known
    return UNKNOWN


def first_known(*written: str) -> House:
    """The first of several names that is an agency's, else UNKNOWN."""
    return next((known for text in written if text and (known := house(text)) is not UNKNOWN), UNKNOWN)
