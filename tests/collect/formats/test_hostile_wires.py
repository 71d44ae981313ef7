"""No document, however broken, makes a wire format crash, hang or lose what is still whole in it."""

# ruff: noqa: E501 - documents are easier to read whole

from __future__ import annotations

import json
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.format import Format
from pipeline.collect.formats import (
    anpa1312,
    ap,
    dpa,
    iptc7901,
    mail,
    newsml_12,
    newsml_g2,
    ninjs,
    nitf,
    ritzau,
    telex,
)

G2 = """<?xml version="1.0" encoding="utf-8"?><newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><header><sender>example.org</sender></header><itemSet>
<newsItem guid="urn:newsml:example.org:20240301:a" version="2" standard="NewsML-G2" xml:lang="en"><itemMeta><itemClass qcode="ninat:text"/>
<versionCreated>2024-03-01T10:00:00Z</versionCreated><pubStatus qcode="stat:usable"/><edNote>Adds é.</edNote><signal qcode="sig:update"/></itemMeta>
<contentMeta><urgency>3</urgency><headline>Fire</headline><by>Ada Lind</by><subject qcode="medtop:20000150"/></contentMeta>
<contentSet><inlineXML><html><body><p>A fire &amp; more.</p></body></html></inlineXML></contentSet></newsItem></itemSet></newsMessage>"""
NITF = """<nitf><head><title>t</title><docdata><doc-id id-string="x.1"/><urgency ed-urg="3"/><date.issue norm="20240301T100000Z"/>
<ed-msg info="Embargoed to 0001 March 2"/><du-key key="abcdefgh" version="2"/></docdata></head><body><body.head><hedline><hl1>Fire</hl1></hedline>
<byline>By <person>A</person><byttl>W</byttl></byline></body.head><body.content><p>A<br/>b</p><table><tr><td>1</td></tr></table></body.content></body></nitf>"""
NEWSML = """<NewsML Version="1.2"><NewsItem><Identification><NewsIdentifier><PublicIdentifier>urn:newsml:afp.com:20240301:1:2</PublicIdentifier><RevisionId>2</RevisionId>
</NewsIdentifier></Identification><NewsManagement><Status FormalName="Usable"/></NewsManagement><NewsComponent><NewsLines><HeadLine>Fire</HeadLine></NewsLines>
<ContentItem><MediaType FormalName="Text"/><DataContent><p>Text.</p></DataContent></ContentItem></NewsComponent></NewsItem></NewsML>"""
NINJS = json.dumps(
    {
        "uri": "a",
        "version": "1",
        "versioncreated": "2024-03-01T10:00:00Z",
        "headline": "x",
        "body_html": "<p>é</p>",
        "subject": [{"code": "1"}],
        "associations": {"a": {"renditions": {"x": {"href": "http://example.org/a"}}}},
    }
)
DPA = json.dumps(
    {
        "format": "digitalwires@0.9",
        "urn": "urn:newsml:dpa.com:1:2",
        "version": 1,
        "headline": "x",
        "article_html": "<p>é</p>",
        "ednotes": [{"role": "x", "ednote": "y", "is_publishable": True}],
        "categories": [{"type": "dnltype:desk", "qcode": "a:b", "name": "n"}],
    }
)
AP = json.dumps(
    {
        "api_version": "1.1",
        "data": {
            "items": [
                {
                    "item": {
                        "altids": {"itemid": "1"},
                        "version": 0,
                        "type": "text",
                        "headline": "x",
                        "bylines": [{"by": "A"}],
                        "datelinelocation": {"city": "B"},
                    }
                }
            ]
        },
    }
)
TELETYPE = "\x01abc0123 4 i 120  dpa 0456\r\n\r\nHarbour/fire/x/\r\n\x02LEAD\r\nFire =\r\n\r\nPortville (dpa) - A fire.\r\n\r\n* * * *\r\nsecret\r\n\x03011000 GMT Mar 24\r\n\x04"
ANPA = "\x16\x16\x01W0123\x1ftest-\r\nu a\x13\x11 BC-X  03-01 0120\r\n\x02^BC-X, 1st Ld,1<\r\n^Fire<\r\n^By A=\r\n\t  Text.\r\n\x08a;b;c;d\x10\r\n\x03AP-WF-03-01-24 1000GMT<\r\n\x04"
MAIL = "From: a@example.org\nTo: b@example.org\nSubject: =?utf-8?B?w6k=?=\nDate: Fri, 1 Mar 2024 10:00:00 +0000\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nText\n--x--\n"
TELEX = "ZCZC0123/SXA\nR CRO S0A\n\nHARBOUR ON FIRE\n\n (ANSA) - ROMA, 10 GIU - A fire.\n\n RED-XY\n10-GIU-24 12:00 NNNN\n"
RITZAU = "<RBNews><NewsID>1</NewsID><PublishDate>2024-03-01T10:00:00</PublishDate><headline>x</headline><content>&lt;p&gt;y&lt;/p&gt;</content></RBNews>"

SAMPLES: list[tuple[Format, str]] = [
    (newsml_g2.FORMAT, G2), (nitf.FORMAT, NITF), (newsml_12.FORMAT, NEWSML), (ninjs.FORMAT, NINJS), (dpa.FORMAT, DPA), (ap.FORMAT, AP),
    (iptc7901.FORMAT, TELETYPE), (anpa1312.FORMAT, ANPA), (mail.FORMAT, MAIL), (ritzau.FORMAT, RITZAU),
    (telex.FORMAT, TELEX),
]  # fmt: skip
each_format = pytest.mark.parametrize(("form", "sample"), SAMPLES, ids=[form.name for form, _ in SAMPLES])


def read(form: Format, content: bytes) -> Parsed | None:
    """What the format makes of it; only UnreadableDocument may be raised, and then with a sentence."""
    form.sniff(content[:8192].decode("latin-1"))
    try:
        return form.parse(Document(content=content, source="example"))
    except UnreadableDocument as error:
        if not str(error):
            raise
        return None


@each_format
def test_the_sample_is_whole(form: Format, sample: str) -> None:
    assert form.sniff(sample)
    parsed = read(form, sample.encode())
    assert parsed is not None
    assert len(parsed.stories) == 1
    assert not parsed.faults


@each_format
def test_cut_off_at_every_byte(form: Format, sample: str) -> None:
    content = sample.encode()
    for end in range(len(content)):
        read(form, content[:end])


@each_format
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_bytes_changed_removed_and_doubled(form: Format, sample: str, data: st.DataObject) -> None:
    content = bytearray(sample.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, max(len(content) - 1, 0)))
        kind = data.draw(st.sampled_from(["change", "remove", "double", "insert"]))
        length = data.draw(st.integers(1, 40))
        if kind == "change":
            content[at : at + 1] = bytes([data.draw(st.integers(0, 255))])
        elif kind == "remove":
            del content[at : at + length]
        elif kind == "double":
            content[at:at] = content[at : at + length]
        else:
            content[at:at] = data.draw(st.binary(max_size=12))
    read(form, bytes(content))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | st.just("2024-03-01T10:00:00Z"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("form", "sample"),
    [(ninjs.FORMAT, NINJS), (dpa.FORMAT, DPA), (ap.FORMAT, AP)],
    ids=["ninjs", "dpa", "ap"],
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_json_with_any_value_at_any_key(form: Format, sample: str, data: st.DataObject) -> None:
    value = json.loads(sample)
    holder = value["data"]["items"][0]["item"] if form is ap.FORMAT else value
    keys = sorted(holder)
    for key in data.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=4)):
        holder[key] = data.draw(VALUES)
    read(form, json.dumps(value).encode())


@pytest.mark.parametrize("form", [form for form, _ in SAMPLES], ids=[form.name for form, _ in SAMPLES])
@settings(max_examples=40, deadline=None)
@given(content=st.binary(max_size=300))
@example(content=b"")
@example(content=b"\xff\xfe<\x00")
@example(content=b"<" * 5000)
def test_any_bytes(form: Format, content: bytes) -> None:
    read(form, content)


LARGE = 2_000_000


@pytest.mark.parametrize(
    ("form", "content"),
    [
        (newsml_g2.FORMAT, (G2.replace("A fire", "A fire " * (LARGE // 7))).encode()),
        (newsml_g2.FORMAT, (G2.partition("</newsItem>")[0] + "<newsItem>" * (LARGE // 10)).encode()),
        (newsml_g2.FORMAT, (G2.replace("<p>", "<p>" + "<i>" * (LARGE // 3))).encode()),
        (newsml_g2.FORMAT, b"<newsItem " + b"a='1' " * 1000 + b">" + b"\xff" * LARGE),
        (nitf.FORMAT, (NITF.replace("A<br/>", "line<br/>" * (LARGE // 9))).encode()),
        (nitf.FORMAT, (NITF.replace("Embargoed to", "Embargoed " + "1 Mar" * (LARGE // 5))).encode()),
        (ninjs.FORMAT, NINJS.replace("<p>", "<p>" * (LARGE // 20)).encode()),
        (ninjs.FORMAT, NINJS.replace('"x"', '"' + "&lt;p&gt;" * (LARGE // 9) + '"').encode()),
        (iptc7901.FORMAT, TELETYPE.replace("A fire.", "A fire.\r\n" * (LARGE // 9)).encode()),
        (iptc7901.FORMAT, ("\x01" * LARGE).encode()),
        (anpa1312.FORMAT, ANPA.replace("Text.", "Text.\r\n^x=" * (LARGE // 10)).encode()),
        (anpa1312.FORMAT, ANPA.replace("\x08", "\x08a;b;c;d\r\n" * (LARGE // 40)).encode()),
        (telex.FORMAT, ("ZCZC\nA1\n\nX\n\nText.\n" * (LARGE // 20)).encode()),
        (telex.FORMAT, TELEX.replace("A fire.", "AB/CD " * (LARGE // 6)).encode()),
        (telex.FORMAT, ("ZCZC" + "A1 " * (LARGE // 3) + "\n\nX").encode()),
        (mail.FORMAT, MAIL.replace("Text", "Text\n--x\n" * (LARGE // 60)).encode()),
        (mail.FORMAT, MAIL.replace("=?utf-8?B?w6k=?=", "=?utf-8?B?" * (LARGE // 10)).encode()),
    ],
    ids=lambda value: value.name if isinstance(value, Format) else None,
)
def test_large_documents_stay_within_bounds(form: Format, content: bytes) -> None:
    begun = time.process_time()
    read(form, content)
    assert time.process_time() - begun < 10, "cost that grows faster than the document"
