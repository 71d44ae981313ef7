"""NITF 3.x (IPTC), alone or inside other formats, in the dialects of the agencies that send it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from pipeline.collect.document import Document, Fault, Parsed, UnreadableDocument
from pipeline.collect.format import Format
from pipeline.collect.formats import identity, iptc, markup, signals
from pipeline.collect.formats.houses import (
    UNKNOWN,
    House,
    first_known,
    house,
    house_of_dateline,
    house_of_guid,
)
from pipeline.collect.formats.times import Moment, moment
from pipeline.collect.formats.xmltree import LANG, Element, child_text, items, read, text
from pipeline.story import Change, RawStory, Status, Subject

NAME = "nitf"

_ROOT = re.compile(
    r"(?>\s*(?:<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[.*?\])?[^>]*>))*+\s*<([A-Za-z_][\w.:-]*)[\s>/]", re.S
)


def sniff(head: str) -> bool:
    """A document whose root is `nitf`."""
    if not head.lstrip("\ufeff \t\r\n").startswith("<"):
        return False
    found = _ROOT.match(head.lstrip("\ufeff \t\r\n"))
    return found is not None and found[1].rpartition(":")[2].lower() in ("nitf", "nitf-collection", "nitfs")


def parse(document: Document) -> Parsed:
    """The story of a NITF document, or of each of several; raises UnreadableDocument where there is none."""
    wire = read(document.content)
    stories: list[RawStory] = []
    faults: list[Fault] = []
    for number, item in enumerate(items(wire, "nitf")):
        story = _story(item.element, document, wire.assumed) if item.element is not None else item.reason
        if isinstance(story, str):
            faults.append(Fault(reason=story, item=number, original=item.original))
        else:
            stories.append(story)
    if not stories:
        raise UnreadableDocument(
            f"NITF that cannot be read: {wire.error or (faults[0].reason if faults else 'no nitf element')}"
        )
    return Parsed(format=NAME, stories=stories, faults=faults)


FORMAT = Format(NAME, sniff, parse)


def body(article: Element, headline: str = "") -> markup.Body:
    """The body of a `nitf` element: `body.content`, or `body` itself where a wire leaves that out."""
    content = article.findall("body/body.content")
    if not content:
        content = article.findall("body")
    found = markup.of_tree(content, headline)
    head = article.find("body/body.head")
    media = [
        medium
        for each in (head.iter("media") if head is not None else ())
        if (medium := markup.nitf_media(each))
    ]
    return markup.Body(
        content=found.content, type=found.type, media=(*found.media, *media), notes=found.notes
    )


def in_string(written: str) -> Element | None:
    """The `nitf` element in a string, such as a CDATA section or a field of JSON; None where it is none."""
    if not _ARTICLE.match(written):
        return None
    try:
        root = read(_PROLOG.sub("", written).encode("utf-8", "replace")).root
    except UnreadableDocument:
        return None
    return root if root is not None and root.tag == "nitf" else None


_PROLOG = re.compile(r"\s*<\?xml[^>]*\?>")
_ARTICLE = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?(?:<!DOCTYPE[^>]*>\s*)?(?><!--.*?-->\s*)*+<nitf\b", re.S)


def byline(head: Element | None) -> tuple[str, str]:
    """Byline as written and its title, from a `body.head`; placeholders (`Staff Reporter`) are no byline."""
    names: list[str] = []
    titles: list[str] = []
    for element in head.iterfind("byline") if head is not None else ():
        titles.extend(title for each in element.iter("byttl") if (title := text(each)))
        written = " ".join("".join(_without(element, "byttl")).split()).strip(" ,;")
        written = (
            re.sub(r"^(By|Von|Par|Por|Di|Av|Door)(?=[A-ZÀ-Þ][a-zà-þ])(?!y)", r"\1 ", written)
            if element.find("person") is not None
            else written
        )
        if written and not re.fullmatch(r"(?:by\s+)?staff (?:reporter|writer)s?", written, re.I):
            names.append(written)
    return " and ".join(dict.fromkeys(names)), ", ".join(dict.fromkeys(titles)) if names else ""


def embargo_from_notes(
    notes: Iterable[str], agency: House, near: datetime | None, assumed: list[str]
) -> tuple[datetime | None, bool]:
    """The end of an embargo that notes tell in words, and True where one holds the story without an end that can be read."""
    held = False
    for note in notes:
        if signals.speaks_of_embargo(note):
            if until := signals.embargo_in(note, near, agency.zone):
                assumed.append("the embargo's end was read from a note to editors")
                return until, False
            held = True
    if held:
        assumed.append("a note to editors speaks of an embargo whose end cannot be read: held")
    return None, held


def _without(element: Element, tag: str) -> Iterable[str]:
    """An element's text, children of one name left out, with a blank where they were."""
    yield element.text or ""
    for child in element:
        yield " "
        if child.tag != tag:
            yield from _without(child, tag)
        yield (" " if child.tag == tag else "") + (child.tail or "")


def _story(article: Element, document: Document, mended: list[str]) -> RawStory | str:
    head, page = article.find("head"), article.find("body")
    data = head.find("docdata") if head is not None else None
    if page is None and data is None:
        return "a NITF document without body and docdata"
    top = page.find("body.head") if page is not None else None
    assumed = list(mended)
    metas = {
        each.get("name", "").lower(): each.get("content", "").strip()
        for each in (head.iter("meta") if head is not None else ())
    }
    guid = _get(data, "doc-id", "id-string")
    agency, provider = _provider(article, data, top, metas, guid)
    if agency is UNKNOWN and (placed := house_of_dateline(_opening(article))) is not UNKNOWN:
        agency, provider = placed, provider or placed.name
    release = moment(_get(data, "date.release", "norm"), agency.zone)
    issue = (
        _issued(data, release, agency, assumed)
        or _when(top, ("dateline/story.date",), agency, assumed)
        or _published(head, metas, agency, assumed)
    )
    headline = (
        child_text(top, "hedline/hl1")
        or child_text(top, "headline/hl1")
        or child_text(top, "hedline")
        or child_text(head, "title")
    )
    found = body(article, headline)
    note_texts = [
        each.get("info", "") or text(each) for each in (data.iterfind("ed-msg") if data is not None else ())
    ]
    note_texts += [
        text(each)
        for each in (top.iterfind("note") if top is not None else ())
        if each.get("type", "std").lower() != "npa"
    ]
    corrected = (
        [each.get("info", "").strip() for each in data.iterfind("correction")] if data is not None else []
    )
    note_texts += [info for info in corrected if info]
    revision = " ".join(each.get("comment", "") for each in article.iter("revision-history")).strip()
    management = data.get("management-status", "") if data is not None else ""
    key = data.find("du-key") if data is not None else None
    version = _version(guid, key)
    keyed = key.get("key", "") if key is not None else ""
    family = identity.family(guid, version, keyed)
    if not family:
        family = guid = _stand_in(data, headline, metas)
        assumed.append("the document has no doc-id: slug, headline and date stand in")
        if not family:
            return "a NITF document without doc-id and headline"
    change = signals.strongest(
        _change(management, note_texts, revision, metas, agency, version),
        "correction" if corrected else None,
        _to_another(data),
    )
    embargo, held = _embargo(management, release, issue, change, (*note_texts, headline), agency, assumed)
    status: Status = signals.status_of(management)
    status = "canceled" if change == "kill" else "withheld" if held and status == "usable" else status
    filed, country = dateline(top)
    name, title = byline(top)
    if agency.initials:
        name, title = "", ""
    credit = child_text(top, "distributor")
    return RawStory(
        source=document.source,
        format=NAME,
        guid=guid,
        family=family,
        wire_version=version,
        version_counts=bool(keyed) and family != guid and identity.counts(agency, version),
        document=document.name,
        provider=provider,
        status=status,
        change=change,
        corrects=_corrects(data, family),
        headline=headline,
        subheadline=_subheadline(top, headline),
        slugline=_slugline(head, data, metas),
        summary=child_text(top, "abstract"),
        byline=name,
        byline_title=title,
        dateline=filed,
        dateline_country=country,
        credit=credit,
        rights=_rights(data, top),
        editor_note=markup.public((*note_texts, *found.notes)),
        language=language(article),
        urgency=identity.whole_number(_get(article, ".//urgency", "ed-urg")),
        genre=_genre(head),
        body=found.content,
        body_type=found.type,
        subjects=_subjects(head, top, metas),
        keywords=_keywords(data, metas),
        media=list(found.media),
        published_at=issue.at if issue else None,
        published_precision=issue.precision if issue else "second",
        embargoed_until=embargo,
        collected_at=document.collected_at,
        assumed=assumed,
    )


def _opening(article: Element) -> str:
    """The first words of the text."""
    read = ""
    for content in article.iterfind("body/body.content"):
        for part in content.itertext():
            read += str(part)
            if len(read) > _OPENING:
                break
    return " ".join(read[:_OPENING].split())


_OPENING = 300
"""Characters of a text in which a dateline may name the agency."""


def _get(parent: Element | None, path: str, attribute: str) -> str:
    if parent is None:
        return ""
    if path.startswith(".//"):
        found = parent.iter(path[3:])
    else:
        found = parent.iterfind(path) if "/" in path else parent.iterchildren(path)
    for each in found:
        if value := each.get(attribute, "").strip():
            return value
    return ""


def _provider(
    article: Element, data: Element | None, top: Element | None, metas: dict[str, str], guid: str
) -> tuple[House, str]:
    """The agency, from whatever names it: distributor, source, delivery list, registrar, rights, the head of the text."""
    distributor = child_text(top, "distributor")
    named = [
        metas.get("ntbkilde", ""), metas.get("aap-source", ""), distributor, _get(data, "del-list/from-src", "src-name"),
        _get(data, "doc-id", "regsrc"), child_text(top, "rights/rights.owner"), _get(data, "doc.rights", "owner"),
        _get(data, "doc.rights", "agent"),
        guid.partition(".")[0], _get(data, "doc.copyright", "holder").partition(".")[0],
    ]  # fmt: skip
    known = first_known(*named)
    known = known if known is not UNKNOWN else house_of_guid(guid)
    if distributor and house(distributor) is UNKNOWN:
        return known, distributor
    if known is UNKNOWN:
        return UNKNOWN, next(
            (
                name
                for name in (
                    named[0],
                    named[1],
                    named[5],
                    named[6],
                    named[3],
                    _get(data, "doc.copyright", "holder"),
                )
                if name
            ),
            "",
        )
    return known, known.name


def _when(parent: Element | None, paths: tuple[str, ...], agency: House, assumed: list[str]) -> Moment | None:
    for path in paths:
        found = moment(_get(parent, path, "norm"), agency.zone)
        if found:
            return _say_zone(found, agency, assumed)
    return None


def _issued(data: Element | None, release: Moment | None, agency: House, assumed: list[str]) -> Moment | None:
    """The date of issue; the release's where that tells the time of the same day, or is all there is."""
    issue = moment(_get(data, "date.issue", "norm"), agency.zone)
    if release and (
        issue is None
        or (issue.precision == "day" and release.precision != "day" and release.at.date() == issue.at.date())
    ):
        issue = release
    return _say_zone(issue, agency, assumed) if issue else None


def _published(
    head: Element | None, metas: dict[str, str], agency: House, assumed: list[str]
) -> Moment | None:
    for written in (
        _get(head, ".//pubdata", "date.publication"),
        metas.get("timestamp", "").replace(".", "-"),
        metas.get("ntb-dato", ""),
    ):
        if found := moment(written, agency.zone):
            return _say_zone(found, agency, assumed)
    return None


def _say_zone(found: Moment, agency: House, assumed: list[str]) -> Moment:
    if not found.zoned and found.precision != "day":
        assumed.append(f"no zone given: {agency.zone or 'UTC'} assumed")
    return found


def _version(guid: str, key: Element | None) -> str:
    if key is not None and (number := key.get("version", "").strip()):
        return number
    if key is not None and (generation := key.get("generation", "").strip()):
        return generation
    return ""


def _stand_in(data: Element | None, headline: str, metas: dict[str, str]) -> str:
    issued = _get(data, "date.issue", "norm")[:8].replace("-", "")
    name = (
        metas.get("anpa-keyword")
        or _get(data, "key-list/keyword", "key")
        or _get(data, "du-key", "key")
        or headline
    )
    return f"{issued}:{name}" if name else ""


def _change(
    management: str, notes: list[str], revision: str, metas: dict[str, str], agency: House, version: str
) -> Change | None:
    if (coded := signals.from_code(management)) == "kill":
        return coded
    told = signals.strongest(
        coded,
        *(signals.from_note(note) for note in notes),
        signals.from_note(revision),
        signals.from_slug(metas.get("anpa-takekey", "")),
        signals.from_slug(metas.get("slug", "")),
    )
    return told or (identity.from_version(agency, version, None, None) if version else None)


def _embargo(
    management: str,
    release: Moment | None,
    issue: Moment | None,
    change: Change | None,
    notes: Iterable[str],
    agency: House,
    assumed: list[str],
) -> tuple[datetime | None, bool]:
    """The release date holds a story back where it lies after the issue (or the status says so); else notes in words."""
    if change == "kill":
        return None, False
    if release and (
        signals.status_of(management) == "withheld"
        or (issue is not None and (release.at - issue.at).total_seconds() > 60)
    ):
        return release.at, False
    until, held = embargo_from_notes(notes, agency, issue.at if issue else None, assumed)
    return until, held or signals.status_of(management) == "withheld"


def _to_another(data: Element | None) -> Change | None:
    """What the document does to the one that it refers to."""
    done = data.get("management-idref-status", "") if data is not None else ""
    return "kill" if signals.from_code(done) == "kill" else None


def _corrects(data: Element | None, own: str) -> str:
    """The id of another document whose status this one changes, or which it corrects."""
    target = data.get("management-doc-idref", "").strip() if data is not None else ""
    target = target or _get(data, "correction", "id-string")
    target = identity.family(target, "") if target else ""
    return target if target != own else ""


def _subheadline(top: Element | None, headline: str) -> str:
    written = child_text(top, "hedline/hl2") or child_text(top, "headline/hl2")
    return "" if written == headline else written


def _slugline(head: Element | None, data: Element | None, metas: dict[str, str]) -> str:
    slug = (
        child_text(head, "slugline") or metas.get("slug") or metas.get("slugline") or metas.get("ntbstikkord")
    )
    if not slug:
        slug = " ".join(filter(None, (metas.get("anpa-keyword"), metas.get("anpa-takekey"))))
    return slug or ""


def _rights(data: Element | None, top: Element | None) -> str:
    holder, year = _get(data, "doc.copyright", "holder"), _get(data, "doc.copyright", "year")
    owner = child_text(top, "rights/rights.owner") or _get(data, "doc.rights", "owner")
    return f"Copyright {year} {holder}".replace("  ", " ") if holder and year else holder or owner


def language(article: Element) -> str:
    """The language that a `nitf` element declares."""
    tag = (
        article.get("baselang")
        or article.get(LANG)
        or next(
            (
                each.get("content", "")
                for each in article.iterfind("head/meta")
                if each.get("name", "").lower() in ("language", "lang", "dc.language", "content-language")
            ),
            "",
        )
        or _get(article, "body", LANG)
    )
    return identity.language(tag)


def _genre(head: Element | None) -> str:
    return _get(head, ".//tobject.property", "tobject.property.type")


def _subjects(head: Element | None, top: Element | None, metas: dict[str, str]) -> list[Subject]:
    found: list[Subject] = []
    for each in head.iter("tobject.subject") if head is not None else ():
        number, registrar = (
            each.get("tobject.subject.refnum", "").strip(),
            each.get("tobject.subject.ipr", "IPTC").strip(),
        )
        names = [each.get(f"tobject.subject.{part}", "") for part in ("detail", "matter", "type")]
        code = each.get("tobject.subject.code", "").strip()
        if number:
            scheme = (
                "" if registrar.upper() == "IPTC" or re.fullmatch(r"\d{8}", number) else registrar.lower()
            )
            found.append(
                iptc.subject(scheme, number, next((name for name in names if name), "") if scheme else "")
            )
        elif code:
            found.append(Subject(code=code, scheme="nitf", name=next((name for name in names if name), "")))
    for each in head.iterfind("docdata/identified-content/classifier") if head is not None else ():
        code, scheme = each.get("value", "").strip() or text(each), each.get("type", "").strip()
        found.append(iptc.subject(scheme or each.get("idsrc", ""), code, text(each)))
    places = [_get(head, ".//evloc", "city"), child_text(top, "dateline/location/city")]
    found.extend(Subject(code=place, scheme="located", name=place) for place in places if place)
    for name, scheme in (("anpa-category", "anpa"), ("category", "category"), ("ntb-kategori", "ntb")):
        if metas.get(name):
            found.append(Subject(code=metas[name], scheme=scheme))
    return iptc.distinct(found)


def _keywords(data: Element | None, metas: dict[str, str]) -> list[str]:
    listed = data.iterfind("key-list/keyword") if data is not None else ()
    words = [each.get("key", "").strip() or text(each) for each in listed]
    words = words or re.split(r"\s*[,;]\s*", metas.get("keywords", ""))
    return list(dict.fromkeys(word for word in words if word))


_ALPHA3 = {
    "HND": "HN", "NOR": "NO", "SWE": "SE", "DNK": "DK", "FIN": "FI", "DEU": "DE", "AUT": "AT", "CHE": "CH",
    "FRA": "FR", "ESP": "ES", "ITA": "IT", "PRT": "PT", "GBR": "GB", "IRL": "IE", "USA": "US", "CAN": "CA",
    "MEX": "MX", "AUS": "AU", "NZL": "NZ", "BEL": "BE", "NLD": "NL", "GRC": "GR", "RUS": "RU", "CHN": "CN",
    "JPN": "JP", "KOR": "KR", "IND": "IN", "BRA": "BR", "ARG": "AR", "CHL": "CL", "COL": "CO", "VEN": "VE",
    "PER": "PE", "CUB": "CU", "ISR": "IL", "EGY": "EG", "TUR": "TR", "UKR": "UA", "POL": "PL", "ZAF": "ZA",
}  # fmt: skip


def country(code: str) -> str:
    """A country's ISO 3166-1 alpha-2 code from that or from alpha-3 in any case; empty for anything else."""
    code = code.strip().upper()
    return code if len(code) == 2 and code.isalpha() else _ALPHA3.get(code, "")


def dateline(top: Element | None) -> tuple[str, str]:
    """The dateline's words without its date element, and its country; a lone timestamp is no dateline."""
    element = top.find("dateline") if top is not None else None
    if element is None:
        return "", ""
    written = " ".join("".join(_without(element, "story.date")).split())
    written = re.sub(r"\s+([,.;:])", r"\1", written)
    location = element.find("location")
    code = _get(element, ".//country", "iso-cc").upper()
    if (
        location is not None
        and location.find("city") is not None
        and not (location.text or "").strip()
        and written.count(",") == 0
    ):
        parts = [
            found
            for path in ("city", "sublocation", "state", "region", "country")
            if (found := child_text(location, path))
        ]
        written = ", ".join(dict.fromkeys(parts))
    return ("" if re.match(r"\d{4}-?\d\d-?\d\d", written) else written), country(code)
