"""NITF: what a reader can rely on, on documents written for this test."""

# ruff: noqa: E501 - documents are easier to read whole

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.formats import nitf
from pipeline.story import RawStory


def document(
    docdata: str = "",
    head: str = "",
    top: str = "",
    content: str = "<p>A fire broke out.</p>",
    prolog: str = "",
) -> str:
    return f"""{prolog}<nitf version="-//IPTC//DTD NITF 3.4//EN"><head><title>harbour</title>{head}
      <docdata>{docdata or '<doc-id id-string="x.1"/><date.issue norm="20240301T100000+0100"/>'}</docdata></head>
      <body><body.head><hedline><hl1>Fire in the harbour</hl1></hedline>{top}</body.head><body.content>{content}</body.content></body></nitf>"""


def parse(text: str) -> Parsed:
    return nitf.parse(Document(content=text.encode(), source="example"))


def story(text: str) -> RawStory:
    (found,) = parse(text).stories
    return found


def test_the_usual_fields() -> None:
    found = story(
        document(
            docdata="""<doc-id id-string="x.1" regsrc="NTB"/><urgency ed-urg="3"/><date.issue norm="2024-03-01T10:00:00"/>
              <key-list><keyword key="harbour"/><keyword>fire</keyword></key-list><doc.copyright year="2024" holder="NTB"/>
              <ed-msg info="Adds the mayor."/><evloc city="Portville"/>""",
            head="""<tobject tobject.type="News"><tobject.property tobject.property.type="Current"/>
              <tobject.subject tobject.subject.refnum="03006000" tobject.subject.type="Disaster"/></tobject>""",
            top="""<byline>By <person>Ada Lind</person><byttl>Harbour Writer</byttl></byline><distributor><org>NTB</org></distributor>
              <dateline><location><city>Portville</city>, <state>XX</state></location><story.date norm="20240301"/></dateline>
              <abstract><p>A fire, put out.</p></abstract>""",
        )
    )
    assert (found.guid, found.headline, found.urgency) == ("x.1", "Fire in the harbour", 3)
    assert (found.byline, found.byline_title) == ("By Ada Lind", "Harbour Writer")
    assert (found.dateline, found.summary, found.credit, found.provider) == (
        "Portville, XX",
        "A fire, put out.",
        "NTB",
        "NTB",
    )
    assert found.published_at == datetime(2024, 3, 1, 9, tzinfo=UTC)
    assert any("Europe/Oslo" in each for each in found.assumed)
    assert found.keywords == ["harbour", "fire"]
    assert ("subj", "03006000") in {(each.scheme, each.code) for each in found.subjects}
    assert ("located", "Portville") in {(each.scheme, each.code) for each in found.subjects}
    assert found.editor_note == "Adds the mayor."
    assert found.change == "update"
    assert found.rights == "Copyright 2024 NTB"


def test_an_embargo_is_a_release_after_the_issue_or_a_note() -> None:
    dates = (
        '<doc-id id-string="x"/><date.issue norm="20240301T100000Z"/><date.release norm="20240302T000100Z"/>'
    )
    found = story(document(docdata=dates))
    assert found.embargoed_until == datetime(2024, 3, 2, 0, 1, tzinfo=UTC)
    same = story(document(docdata=dates.replace("20240302T000100Z", "20240301T100000Z")))
    assert same.embargoed_until is None
    status = story(document(docdata=dates).replace("<docdata>", '<docdata management-status="embargoed">'))
    assert status.status == "withheld"
    note = story(
        document(
            docdata='<doc-id id-string="x"/><date.issue norm="20240301T100000Z"/><ed-msg info="Embargoed to 0001 Saturday March 2"/>'
        )
    )
    assert note.embargoed_until == datetime(2024, 3, 2, 0, 1, tzinfo=UTC)


def test_placeholder_dates_are_no_dates() -> None:
    found = story(
        document(
            docdata='<doc-id id-string="x"/><date.issue norm="YYYYMMDD000000-HHMM"/><date.release norm="YYYYMMDD000000-HHMM"/>'
        )
    )
    assert found.published_at is None
    assert found.embargoed_until is None


def test_a_canceled_document_kills_the_one_that_it_names() -> None:
    found = story(
        document(docdata='<doc-id id-string="x.b"/>').replace(
            "<docdata>", '<docdata management-status="canceled" management-doc-idref="x.a">'
        )
    )
    assert (found.change, found.status, found.corrects) == ("kill", "canceled", "x.a")


def test_versions_share_the_key_that_stands_in_their_ids() -> None:
    first = story(
        document(
            docdata='<doc-id id-string="fire-4711aa_0" regsrc="NTB"/><du-key key="fire-4711aa" version="1"/>'
        )
    )
    second = story(
        document(
            docdata='<doc-id id-string="fire-4711aa_1" regsrc="NTB"/><du-key key="fire-4711aa" version="2"/>'
        )
    )
    assert first.family == second.family == "fire-4711aa"
    assert (second.wire_version, second.version_counts, second.change) == ("2", True, "update")
    other = story(document(docdata='<doc-id id-string="9b1"/><du-key key="HARBOUR" version="2"/>'))
    assert other.family == "9b1"


def test_notes_for_editors_alone_never_come_out() -> None:
    found = story(
        document(
            top='<note type="npa"><body.content><p>secret</p></body.content></note>',
            content='<p>News.</p><note type="npa"><p>secret</p></note>',
        )
    )
    assert "secret" not in repr(found)
    assert story(document(content='<p>News.</p><note type="pa"><p>Open.</p></note>')).editor_note == "Open."


def test_body_markup_and_pictures() -> None:
    found = story(
        document(
            content="""<block><hl2>Sub</hl2><p>With <person>Ada</person> &#233;.</p></block><table><tr><td>a</td><td>1</td></tr></table>
              <media media-type="image"><media-reference mime-type="image/jpeg" source="https://example.org/a.jpg" width="300" height="200"/>
              <media-caption>The harbour.</media-caption></media>"""
        )
    )
    assert "<h2>Sub</h2><p>With Ada é.</p>" in found.body
    assert "<table><tr><td>a</td><td>1</td></tr></table>" in found.body
    assert "The harbour." not in found.body
    assert [(each.url, each.caption, each.width) for each in found.media] == [
        ("https://example.org/a.jpg", "The harbour.", 300)
    ]


def test_a_teletypes_line_breaks_are_joined_and_meant_ones_stay() -> None:
    line = "A fire broke out in the harbour of the town late on Friday "
    found = story(document(content=f"<p>{line}<br/>{line}<br/>and was put out.</p><p>a<br/>b</p>"))
    assert "<br>" not in found.body.partition("</p>")[0]
    assert "a<br>b" in found.body


def test_a_desk_that_writes_initials_has_no_byline() -> None:
    assert story(document(top="<byline>gr/bp</byline><distributor>Agencia EFE</distributor>")).byline == ""


def test_a_document_type_declaration_without_entities_is_read() -> None:
    assert (
        story(document(prolog='<?xml version="1.0"?><!DOCTYPE nitf SYSTEM "nitf-3-4.dtd">')).headline
        == "Fire in the harbour"
    )
    assert story(document(content="<p>caf&eacute; &amp; bar</p>")).body.count("café") == 1


def test_declared_entities_are_refused() -> None:
    with pytest.raises(UnreadableDocument, match="entities"):
        parse(
            document(prolog='<!DOCTYPE nitf [<!ENTITY x SYSTEM "file:///etc/passwd">]>', content="<p>&x;</p>")
        )


def test_without_body_head_the_title_is_the_headline() -> None:
    found = story(
        "<nitf><head><title>TEAMS</title><docdata><doc-id id-string='1'/></docdata></head><body><body.content><pre>A v B\nC v D</pre></body.content></body></nitf>"
    )
    assert found.headline == "TEAMS"
    assert "A v B" in found.body


def test_sniffed_by_its_root() -> None:
    assert nitf.sniff(document())
    assert nitf.sniff('<?xml version="1.0"?>\n<!-- <x> -->\n<!DOCTYPE nitf SYSTEM "x.dtd">\n<nitf>')
    assert not nitf.sniff("<newsItem><nitf/></newsItem>")
    assert not nitf.sniff('{"body": "<nitf>"}')


DATED = '<doc-id id-string="x.2"/><date.issue norm="{}"/><date.release norm="{}"/>'


def test_a_release_later_on_the_day_of_issue_is_its_time_and_no_embargo() -> None:
    found = story(document(DATED.format("20240301", "20240301T101500Z")))
    assert (found.published_at, found.embargoed_until) == (datetime(2024, 3, 1, 10, 15, tzinfo=UTC), None)
    later = story(document(DATED.format("20240301T080000Z", "20240302T050000Z")))
    assert later.embargoed_until == datetime(2024, 3, 2, 5, tzinfo=UTC)
    alone = story(document('<doc-id id-string="x.2"/><date.release norm="20240301T101500Z"/>'))
    assert (alone.published_at, alone.embargoed_until) == (datetime(2024, 3, 1, 10, 15, tzinfo=UTC), None)


def test_the_correction_of_another_document() -> None:
    found = story(
        document('<doc-id id-string="x.2"/><correction info="Spells the name right" id-string="x.1"/>')
    )
    assert (found.change, found.corrects, found.editor_note) == ("correction", "x.1", "Spells the name right")


def test_a_document_that_cancels_another() -> None:
    whole = document('<doc-id id-string="x.2"/>').replace(
        "<docdata>",
        '<docdata management-status="usable" management-doc-idref="x.1" management-idref-status="canceled">',
    )
    found = story(whole)
    assert (found.change, found.corrects) == ("kill", "x.1")


def test_keywords_in_a_meta_element_and_classifiers() -> None:
    found = story(
        document(
            '<doc-id id-string="x.2"/><identified-content><classifier type="mediatopic" value="20000150">fire</classifier>'
            "</identified-content>",
            head='<meta name="keywords" content="harbour, fire"/>',
        )
    )
    assert found.keywords == ["harbour", "fire"]
    assert ("medtop", "20000150", "fire") in [(each.scheme, each.code, each.name) for each in found.subjects]


def test_fractions_are_readable() -> None:
    found = story(
        document(
            content="<p>Up <num>3<frac><frac-num>1</frac-num><frac-sep/><frac-denom>2</frac-denom></frac></num> points.</p>"
        )
    )
    assert "Up 3 1/2 points." in found.body
