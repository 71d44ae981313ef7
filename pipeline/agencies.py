"""The table of news agencies: the name each goes by here, the names it signs with, and the time zone of its wire."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from pipeline.story import Record


class Agency(Record, frozen=True, kw_only=True):
    """One agency. `zone` is the IANA time zone of times that its wire writes without one; empty where that is not certain."""

    name: str
    aliases: tuple[str, ...] = ()
    zone: str = ""
    country: str = ""
    """ISO 3166-1 alpha-2 of its seat."""


# name | other names it signs with, comma-separated | zone | country
_TABLE = """
Reuters | Reuter, Thomson Reuters, Reuters News, Reuters News Agency, rtrs, rtr, Reuters Staff | UTC | GB
AFP | Agence France-Presse, Agence France Presse, afp.com, AFP News | UTC | FR
AP | Associated Press, The Associated Press, AP News, apnews.com | America/New_York | US
dpa | Deutsche Presse-Agentur, Deutsche Presse Agentur, dpa-infocom, dpa international, dpa-AFX | Europe/Berlin | DE
EFE | Agencia EFE, EFE News, Efeagro, Efe-Epa | Europe/Madrid | ES
Europa Press | europapress | Europe/Madrid | ES
ANSA | Agenzia ANSA, ansa.it | Europe/Rome | IT
Adnkronos | Adn Kronos, Adnkronos/Labitalia | Europe/Rome | IT
AGI | Agenzia Giornalistica Italia, Agenzia Italia | Europe/Rome | IT
LaPresse | La Presse Agenzia | Europe/Rome | IT
Askanews | TMNews | Europe/Rome | IT
Xinhua | Xinhua News Agency, Xinhuanet, 新华社, 新华网 | Asia/Shanghai | CN
China News Service | CNS, 中新社, 中新网 | Asia/Shanghai | CN
TASS | ITAR-TASS, ТАСС, ИТАР-ТАСС, TASS News Agency | Europe/Moscow | RU
Interfax | Интерфакс, Interfax News Agency | Europe/Moscow | RU
Interfax-Ukraine | Интерфакс-Украина | Europe/Kyiv | UA
RIA Novosti | РИА Новости, RIA | Europe/Moscow | RU
Sputnik | Sputnik News | Europe/Moscow | RU
Ukrinform | Укрінформ, Укринформ | Europe/Kyiv | UA
UNIAN | УНІАН, УНИАН | Europe/Kyiv | UA
BelTA | БЕЛТА | Europe/Minsk | BY
Kyodo | Kyodo News, 共同通信, 共同, KYODO | Asia/Tokyo | JP
Jiji Press | Jiji, 時事通信, 時事 | Asia/Tokyo | JP
PA | PA Media, Press Association, The Press Association, PA News, PA Newswire | Europe/London | GB
AAP | Australian Associated Press, AAP Newswire | Australia/Sydney | AU
CP | The Canadian Press, Canadian Press, La Presse Canadienne, Presse canadienne, LPC | America/Toronto | CA
Belga | Agence Belga, Belga News Agency, Agentschap Belga | Europe/Brussels | BE
NTB | Norsk Telegrambyrå, ©NTB, NTB scanpix | Europe/Oslo | NO
NPK | Nynorsk Pressekontor | Europe/Oslo | NO
STT | Suomen Tietotoimisto, STT-Lehtikuva, Finnish News Agency, Lehtikuva | Europe/Helsinki | FI
TT | Tidningarnas Telegrambyrå, TT Nyhetsbyrån, TT News Agency, TT-AFP, TT-Reuters | Europe/Stockholm | SE
Ritzau | Ritzaus Bureau, /ritzau/, Ritzau Finans, Ritzau Scanpix | Europe/Copenhagen | DK
APA | Austria Presse Agentur, APA-OTS, OTS | Europe/Vienna | AT
Keystone-SDA | sda, Keystone SDA, SDA-ATS, ats, Agence télégraphique suisse, awp, sda-Keystone | Europe/Zurich | CH
ANP | Algemeen Nederlands Persbureau | Europe/Amsterdam | NL
Novum Nieuws | Novum | Europe/Amsterdam | NL
Lusa | Agência Lusa, Lusa - Agência de Notícias de Portugal | Europe/Lisbon | PT
PAP | Polska Agencja Prasowa | Europe/Warsaw | PL
ČTK | CTK, Czech News Agency, Česká tisková kancelář | Europe/Prague | CZ
TASR | Tlačová agentúra Slovenskej republiky | Europe/Bratislava | SK
SITA | SITA Slovenská tlačová agentúra | Europe/Bratislava | SK
MTI | Magyar Távirati Iroda | Europe/Budapest | HU
Agerpres | AGERPRES | Europe/Bucharest | RO
Mediafax | | Europe/Bucharest | RO
BTA | Bulgarian News Agency, БТА | Europe/Sofia | BG
ANA-MPE | ΑΠΕ-ΜΠΕ, AMNA, Athens News Agency, Athens-Macedonian News Agency, ANA | Europe/Athens | GR
CNA Cyprus | Cyprus News Agency, ΚΥΠΕ | Asia/Nicosia | CY
Hina | HINA | Europe/Zagreb | HR
STA | Slovenska tiskovna agencija, Slovenian Press Agency | Europe/Ljubljana | SI
Tanjug | Танјуг | Europe/Belgrade | RS
FENA | | Europe/Sarajevo | BA
BNS | Baltic News Service | | LT
ELTA | | Europe/Vilnius | LT
LETA | | Europe/Riga | LV
Anadolu | Anadolu Agency, AA, Anadolu Ajansı, Anadolu Agency (AA) | Europe/Istanbul | TR
DHA | Demirören News Agency, Demirören Haber Ajansı | Europe/Istanbul | TR
İHA | IHA, Ihlas News Agency, İhlas Haber Ajansı | Europe/Istanbul | TR
PTI | Press Trust of India, PTI News | Asia/Kolkata | IN
IANS | Indo-Asian News Service | Asia/Kolkata | IN
ANI | Asian News International, ANI News | Asia/Kolkata | IN
UNI | United News of India | Asia/Kolkata | IN
APP | Associated Press of Pakistan | Asia/Karachi | PK
BSS | Bangladesh Sangbad Sangstha | Asia/Dhaka | BD
UNB | United News of Bangladesh | Asia/Dhaka | BD
Yonhap | Yonhap News Agency, Yonhap News, 연합뉴스 | Asia/Seoul | KR
KCNA | Korean Central News Agency | Asia/Pyongyang | KP
Bernama | | Asia/Kuala_Lumpur | MY
Antara | Antara News, LKBN Antara | Asia/Jakarta | ID
VNA | Vietnam News Agency, TTXVN | Asia/Ho_Chi_Minh | VN
PNA | Philippine News Agency | Asia/Manila | PH
TNA | Thai News Agency | Asia/Bangkok | TH
CNA Taiwan | Central News Agency, 中央社 | Asia/Taipei | TW
IRNA | Islamic Republic News Agency | Asia/Tehran | IR
SANA | Syrian Arab News Agency | Asia/Damascus | SY
WAM | Emirates News Agency | Asia/Dubai | AE
SPA | Saudi Press Agency | Asia/Riyadh | SA
QNA | Qatar News Agency | Asia/Qatar | QA
KUNA | Kuwait News Agency | Asia/Kuwait | KW
Petra | Jordan News Agency | Asia/Amman | JO
MENA | Middle East News Agency | Africa/Cairo | EG
MAP | Maghreb Arabe Presse | Africa/Casablanca | MA
APS | Algérie Presse Service | Africa/Algiers | DZ
NAN | News Agency of Nigeria | Africa/Lagos | NG
GNA | Ghana News Agency | Africa/Accra | GH
SAPA | South African Press Association | Africa/Johannesburg | ZA
PANA | Panapress, PANAPRESS | | SN
Agência Brasil | Agencia Brasil, ABr | America/Sao_Paulo | BR
Estadão Conteúdo | Agência Estado | America/Sao_Paulo | BR
Télam | Telam | America/Argentina/Buenos_Aires | AR
Noticias Argentinas | | America/Argentina/Buenos_Aires | AR
Notimex | | America/Mexico_City | MX
Andina | Agencia Andina | America/Lima | PE
Prensa Latina | PL, Prensa Latina (PL) | America/Havana | CU
UPI | United Press International | America/New_York | US
Bloomberg | Bloomberg News, bloomberg.com | America/New_York | US
Dow Jones | Dow Jones Newswires, DJ, DJN | America/New_York | US
PR Newswire | PRNewswire, PRNewswire-AsiaNet, PR NEWSWIRE | America/New_York | US
Business Wire | BUSINESS WIRE, BusinessWire | America/New_York | US
GlobeNewswire | GLOBE NEWSWIRE, Globe Newswire | America/New_York | US
Tribune News Service | TNS, tca, tns, Tribune Content Agency | | US
Cover Media | Cover | | GB
WENN | World Entertainment News Network | | GB
SID | Sport-Informations-Dienst | Europe/Berlin | DE
epd | Evangelischer Pressedienst | Europe/Berlin | DE
KNA | Katholische Nachrichten-Agentur | Europe/Berlin | DE
Gracenote | | | US
Opta | OPTA, Opta Sports Data | | GB
Field Level Media | | | US
RTÉ | RTE | Europe/Dublin | IE
NZN | New Zealand Newswire, NZPA | Pacific/Auckland | NZ
"""

# Short names that are words, initials or codes of much else: an agency only where the text stands as a signature
# does (in a dateline's brackets, or in the wire's own credit element), never as a line of text.
_FAINT = frozenset(
    str.split(
        "pl aa cover map pna dj ria sta pa cp tt ap efe uni una "
        "ots awp ats tns tca spa mena pana petra andina antara sana app nan ana pap vna"
    )
)
_TRIM = re.compile(
    r"^[\s\W_]*(?:c\)\s*)?(?:(?:source|credit|quelle|fuente|fonte|kilde|källa|bron)\s*:\s*)?[\s\W_]+|[\s\W_]+$|\s+",
    re.I,
)
_PARTS = re.compile(r"\s*[/,&+–—|;]\s*|\s-\s|\s+(?:and|und|et|y|e|via)\s+")


@lru_cache(maxsize=2048)
def agency(name: str) -> Agency | None:
    """The agency that signs exactly so, whatever the case, brackets, dashes or copyright sign around the name."""
    return _by_alias().get(_key(name))


@lru_cache(maxsize=2048)
def signed(credit: str) -> Agency | None:
    """The agency in a credit that may name several, or a photographer: `Jane Doe/AP/dpa` is dpa's, who sent it last."""
    if (whole := agency(credit)) is not None:
        return whole
    known = [found for part in _PARTS.split(credit[:200]) if (found := agency(part)) is not None]
    return known[-1] if known else None


def alone(line: str) -> Agency | None:
    """The agency, where a line of text is nothing but its signature. A short name that means much else (`AP`, `TT`)
    counts in capitals or brackets only."""
    line = line.strip()
    found = agency(line) if len(line) <= 60 else None
    if found is None or (_key(line) in _FAINT and not (line[:1] in "(©/—–-" or _bare(line).isupper())):
        return None
    return found


def _bare(text: str) -> str:
    return _TRIM.sub(" ", text).strip()


@lru_cache(maxsize=2048)
def _key(name: str) -> str:
    return _bare(name).casefold()


@cache
def _by_alias() -> dict[str, Agency]:
    table: dict[str, Agency] = {}
    for row in _TABLE.strip().splitlines():
        name, aliases, zone, country = (cell.strip() for cell in row.split("|"))
        names = tuple(filter(None, (alias.strip() for alias in aliases.split(","))))
        entry = Agency(name=name, aliases=names, zone=zone, country=country)
        for key in (name, *names):
            table.setdefault(_key(key), entry)
    return table
