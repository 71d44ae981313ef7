"""Bytes that are not what they say: NUL bytes, UTF-16 without a mark, wrong prologs, mixed encodings, charsets that are none."""

# ruff: noqa: E501 - documents are easier to read whole

from __future__ import annotations

import json

import pytest

from pipeline.collect.document import Document, UnreadableDocument
from pipeline.collect.formats import parse
from pipeline.story import RawStory

HEADLINE = "Größe “über” alles – 10 € für José"
PROLOG = '<?xml version="1.0" encoding="{}"?>'
NITF = """<nitf><head><docdata><doc-id id-string="x.1"/></docdata></head><body><body.head><hedline><hl1>{}</hl1></hedline></body.head>
<body.content><p>Ein Feuer.</p></body.content></body></nitf>"""
G2 = """<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:x:1" version="1"><itemMeta><itemClass qcode="ninat:text"/></itemMeta>
<contentMeta><headline>{}</headline></contentMeta></newsItem>"""
NEWSML = """<NewsML><NewsItem><Identification><NewsIdentifier><PublicIdentifier>urn:newsml:example.org:20240301:1:1</PublicIdentifier>
</NewsIdentifier></Identification><NewsComponent><NewsLines><HeadLine>{}</HeadLine></NewsLines></NewsComponent></NewsItem></NewsML>"""
RSS = '<rss version="2.0"><channel><title>x</title><item><title>{}</title><guid>x.1</guid></item></channel></rss>'
each_document = pytest.mark.parametrize(
    "document", [NITF, G2, NEWSML, RSS], ids=["nitf", "g2", "newsml", "rss"]
)


def read(content: bytes) -> RawStory:
    parsed = parse(Document(content=content, source="example"))
    assert not parsed.faults
    (found,) = parsed.stories
    return found


@each_document
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("prolog", ["", PROLOG.format("utf-16"), PROLOG.format("utf-8")])
def test_xml_by_its_bytes_whatever_its_prolog_says(document: str, encoding: str, prolog: str) -> None:
    assert read((prolog + document.format(HEADLINE)).encode(encoding)).headline == HEADLINE


@each_document
@pytest.mark.parametrize(
    "declared", ["iso-8859-1", "windows-1252", "ISO-8859-1", "us-ascii", "x-unknown", ""]
)
def test_xml_in_windows_1252(document: str, declared: str) -> None:
    prolog = PROLOG.format(declared) if declared else ""
    assert read((prolog + document.format(HEADLINE)).encode("cp1252")).headline == HEADLINE


@each_document
@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1252", "utf-16", "x-unknown"])
def test_utf_8_under_another_name(document: str, declared: str) -> None:
    assert read((PROLOG.format(declared) + document.format(HEADLINE)).encode()).headline == HEADLINE


@pytest.mark.parametrize("document", [NITF, G2, NEWSML], ids=["nitf", "g2", "newsml"])
def test_windows_1252_among_utf_8(document: str) -> None:
    content = document.format("Größe @ José").encode().replace(b"@", "“über”".encode("cp1252"))
    found = read(content)
    assert found.headline == "Größe “über” José"
    assert any("Windows-1252" in each for each in found.assumed)


@pytest.mark.parametrize("document", [NITF, G2, NEWSML], ids=["nitf", "g2", "newsml"])
def test_nul_bytes_among_the_text_are_left_out(document: str) -> None:
    found = read(document.format("Gr\0öße\0").encode() + b"\0" * 12)
    assert found.headline == "Größe"
    assert any("forbids" in each for each in found.assumed)


@pytest.mark.parametrize(
    "declared", [b"x\0y", b"utf-8\0", b"\0", b"\xff", b"utf-8" * 40, b"idna", b"base64", b"undefined"]
)
def test_a_prolog_that_names_no_encoding(declared: bytes) -> None:
    prolog = b'<?xml version="1.0" encoding="' + declared + b'"?>'
    for document in (NITF, G2, NEWSML, RSS):
        content = prolog + document.format("Größe").encode()
        try:
            found = parse(Document(content=content, source="example"))
        except UnreadableDocument:
            continue
        assert found.stories or found.faults


ITEM = {
    "uri": "x.1",
    "versioncreated": "2024-03-01T10:00:00Z",
    "headline": HEADLINE,
    "body_text": "Ein Feuer.",
}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-16", "utf-32", "cp1252"]
)
def test_json_in_every_encoding(encoding: str) -> None:
    assert read(json.dumps(ITEM, ensure_ascii=False).encode(encoding)).headline == HEADLINE


def test_json_with_line_ends_in_its_strings() -> None:
    found = read(json.dumps(ITEM).encode().replace(b"Ein Feuer.", b"Ein\tFeuer.\n\nNoch eins."))
    assert found.body == "Ein\tFeuer.\n\nNoch eins."
    assert any("JSON forbids" in each for each in found.assumed)


def test_json_with_escaped_nul_characters_and_surrogates() -> None:
    content = (
        json.dumps({**ITEM, "headline": "Gr\0öße"}).encode().replace(b"Ein Feuer.", rb"Ein \ud83d Feuer.")
    )
    found = read(content)
    assert found.headline == "Größe"
    assert "Feuer." in found.body


MAIL = b"""From: Example Desk <desk@example.org>
To: wires@example.net
Date: Fri, 1 Mar 2024 11:00:00 +0100
Subject: %s
Content-Type: text/plain; charset="%s"

Gr\xf6\xdfe.
"""


@pytest.mark.parametrize(
    "charset",
    [b"iso-8859-1", b"x\0y", b"\0", b"\xff\xfe", b"none", b"utf-8", b"a" * 300, b"unicode-1-1-utf-7"],
)
def test_mail_with_a_charset_that_is_none(charset: bytes) -> None:
    assert read(MAIL % (b"Feuer", charset)).body == "Größe."


@pytest.mark.parametrize(
    "subject",
    [
        b"Gr\xf6\xdfe",
        "Größe".encode(),
        b"=?iso-8859-1?Q?Gr=F6=DFe?=",
        b"=?x\0y?Q?Gr=F6=DFe?=",
        b"=?none?Q?Gr=C3=B6=C3=9Fe?=",
    ],
)
def test_a_subject_in_raw_bytes_or_an_unknown_charset(subject: bytes) -> None:
    assert "Gr" in read(MAIL % (subject, b"iso-8859-1")).headline
    if b"\0" not in subject:
        assert read(MAIL % (subject, b"iso-8859-1")).headline == "Größe"
