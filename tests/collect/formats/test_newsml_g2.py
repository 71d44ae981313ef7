"""NewsML-G2: what a reader can rely on, on documents written for this test."""

# ruff: noqa: E501 - documents are easier to read whole

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.formats import newsml_g2
from pipeline.story import RawStory

NAR = 'xmlns="http://iptc.org/std/nar/2006-10-01/"'


def item(
    meta: str = "",
    content: str = "",
    body: str = "",
    guid: str = "urn:newsml:example.org:20240301:harbour",
    version: str = "1",
) -> str:
    return f"""<newsItem {NAR} guid="{guid}" version="{version}" standard="NewsML-G2" xml:lang="en-GB">
      <rightsInfo><copyrightNotice>Copyright Example Press</copyrightNotice></rightsInfo>
      <itemMeta><itemClass qcode="ninat:text"/><provider qcode="nprov:EP"><name>Example Press</name></provider>
        <versionCreated>2024-03-01T10:00:00+01:00</versionCreated>{meta}</itemMeta>
      <contentMeta><urgency>3</urgency><headline>Fire in the harbour</headline>{content}</contentMeta>
      <contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head>
      <body>{body or "<p>A fire broke out.</p><p>It was put out.</p>"}</body></html></inlineXML></contentSet></newsItem>"""


def parse(text: str) -> Parsed:
    return newsml_g2.parse(Document(content=text.encode(), source="example"))


def story(text: str) -> RawStory:
    parsed = parse(text)
    assert not parsed.faults
    (found,) = parsed.stories
    return found


def test_the_usual_fields() -> None:
    found = story(
        item(
            meta='<firstCreated>2024-03-01T08:00:00Z</firstCreated><pubStatus qcode="stat:usable"/><edNote>Adds the mayor.</edNote>',
            content="""<by>By Ada Lind</by><dateline>PORTVILLE</dateline><creditline>EP</creditline><slugline>HARBOUR-FIRE</slugline>
              <language tag="en-GB"/><keyword>harbour</keyword><genre qcode="genre:Actuality"/>
              <subject qcode="medtop:20000150"><name>Feuer</name></subject><subject qcode="subj:03006000"/>
              <description role="drol:summary">A fire, put out.</description>""",
        )
    )
    assert found.guid == found.family == "urn:newsml:example.org:20240301:harbour"
    assert (found.wire_version, found.version_counts) == ("1", True)
    assert found.headline == "Fire in the harbour"
    assert (found.byline, found.dateline, found.credit, found.slugline) == (
        "By Ada Lind",
        "PORTVILLE",
        "EP",
        "HARBOUR-FIRE",
    )
    assert found.published_at == datetime(2024, 3, 1, 9, tzinfo=UTC)
    assert found.first_published_at == datetime(2024, 3, 1, 8, tzinfo=UTC)
    assert (found.urgency, found.language, found.keywords, found.summary) == (
        3,
        "en",
        ["harbour"],
        "A fire, put out.",
    )
    assert [(each.scheme, each.code, each.name) for each in found.subjects] == [
        ("medtop", "20000150", "Feuer"),
        ("subj", "03006000", found.subjects[1].name),
    ]
    assert found.subjects[1].name
    assert found.provider == "Example Press"
    assert found.editor_note == "Adds the mayor."
    assert found.change == "update"
    assert found.rights == "Copyright Example Press"
    assert found.body == "<div><p>A fire broke out.</p><p>It was put out.</p></div>"


@pytest.mark.parametrize(
    "private",
    [
        '<edNote role="example:private">call 0123 456789</edNote>',
        '<edNote pubconstraint="x:nonpublic">call 0123 456789</edNote>',
        '<edNote role="x:contacts">call 0123 456789</edNote>',
        "<edNote>Reach the desk: +49 30 1234 5678</edNote>",
        '<edNote><section xmlns="http://www.w3.org/1999/xhtml" class="np-nonpublic"><p>call 0123 456789</p></section></edNote>',
    ],
)
def test_private_notes_and_telephone_numbers_never_come_out(private: str) -> None:
    found = story(item(meta=private))
    assert "456789" not in repr(found)
    assert "5678" not in repr(found)


def test_a_private_section_of_the_body_never_comes_out() -> None:
    found = story(
        item(
            body='<section class="main"><p>News.</p></section><section class="np-nonpublic"><p>Secret</p></section>'
        )
    )
    assert "Secret" not in repr(found)
    assert "News." in found.body


def test_a_desks_telephone_in_the_body_is_left_out_and_a_hotlines_stays() -> None:
    found = story(
        item(
            body="<p>Redaktion Politik - Tel.: +49 30 1234 5678<br/>News.</p><p>Call the hotline, phone 0800 123 4567.</p>"
        )
    )
    assert "5678" not in found.body
    assert "News." in found.body
    assert "0800 123 4567" in found.body


@pytest.mark.parametrize(
    ("meta", "change", "status"),
    [
        ('<pubStatus qcode="stat:canceled"/>', "kill", "canceled"),
        ('<pubStatus uri="http://cv.iptc.org/newscodes/pubstatusg2/canceled"/>', "kill", "canceled"),
        ('<pubStatus qcode="stat:withheld"/>', "new", "withheld"),
        ('<signal qcode="sig:correction"/>', "correction", "usable"),
        ('<signal qcode="sig:update"/>', "update", "usable"),
        ('<edNote role="x:public">Korjattu: satama on Turussa.</edNote>', "correction", "usable"),
        ("", "new", "usable"),
    ],
)
def test_what_a_version_is(meta: str, change: str, status: str) -> None:
    found = story(item(meta=meta))
    assert (found.change, found.status) == (change, status)


def test_a_kill_with_an_empty_body_is_a_kill_of_its_family() -> None:
    found = story(item(meta='<pubStatus qcode="stat:canceled"/>', body="<p/>", version="3"))
    assert (found.change, found.status, found.body) == ("kill", "canceled", "")
    assert found.family == "urn:newsml:example.org:20240301:harbour"


def test_the_embargo_of_the_standard_and_the_one_in_words() -> None:
    told = story(item(meta="<embargoed>2024-03-02T12:00:00Z</embargoed>"))
    assert told.embargoed_until == datetime(2024, 3, 2, 12, tzinfo=UTC)
    assert told.status == "usable"
    words = story(item(meta="<embargoed/><edNote>EMBARGOED until 10:00 GMT, March 3</edNote>"))
    assert words.embargoed_until == datetime(2024, 3, 3, 10, tzinfo=UTC)
    held = story(item(meta="<edNote>STRICTLY EMBARGOED</edNote>"))
    assert held.embargoed_until is None
    assert held.status == "withheld"


def test_random_version_numbers_are_no_sequence() -> None:
    found = story(item(guid="tag:reuters.com,2024:newsml_X1", version="1132689232"))
    assert not found.version_counts
    assert found.provider == "Reuters"


def test_a_guid_that_carries_its_revision_leaves_it_out_of_the_family() -> None:
    assert (
        story(item(guid="urn:newsml:example.org:20240301:harbour:7", version="7")).family
        == "urn:newsml:example.org:20240301:harbour"
    )
    assert (
        story(item(guid="tag:example.org,2024:harbour:7", version="7")).family
        == "tag:example.org,2024:harbour"
    )


def test_times_without_zone_are_the_agencys_and_it_is_said() -> None:
    text = item(guid="urn:newsml:stt.fi:20240301:1").replace(
        "2024-03-01T10:00:00+01:00", "2024-07-01T10:00:00"
    )
    found = story(text)
    assert found.published_at == datetime(2024, 7, 1, 7, tzinfo=UTC)
    assert any("Europe/Helsinki" in each for each in found.assumed)


def test_a_timestamp_in_the_dateline_is_no_dateline() -> None:
    assert story(item(content="<dateline>2024-03-01 10:00:00 GMT+00:00</dateline>")).dateline == ""


def test_ready_made_lines_come_out_as_text_with_its_lines() -> None:
    lines = "By Ada Lind\n    March 1 (EP) - A fire broke out in the\nharbour of the town.\n    It was put out by\nnoon.\n    No one was hurt."
    found = story(item(body=f"<p>{lines}</p>"))
    assert found.body_type == "text"
    assert found.body == lines


def test_nitf_inside_and_escaped_html_inside() -> None:
    nitf = item().replace(item().partition("<html")[2].partition("</html>")[0], "")
    nitf = nitf.replace(
        "<html</html>",
        "<nitf><body><body.content><block><p>From NITF.</p></block></body.content></body></nitf>",
    )
    assert "<p>From NITF.</p>" in story(nitf).body
    start, end = item().index("<inlineXML"), item().index("</contentSet>")
    escaped = (
        item()[:start]
        + "<inlineData contenttype='text/plain'>&lt;p&gt;Escaped &amp;amp; read.&lt;/p&gt;</inlineData>"
        + item()[end:]
    )
    assert story(escaped).body == "<p>Escaped &amp; read.</p>"


def test_many_items_and_what_is_left_aside_by_name() -> None:
    parsed = parse(
        f"""<newsMessage {NAR}><header><sender>example.org</sender></header><itemSet>{item(guid="a")}{item(guid="b")}
        <packageItem guid="p1"/><planningItem guid="p2"/><conceptItem guid="c1"/><knowledgeItem guid="k1"/></itemSet></newsMessage>"""
    )
    assert [each.guid for each in parsed.stories] == ["a", "b"]
    assert parsed.aside == [
        "newsml-g2 package p1",
        "newsml-g2 planning item p2",
        "newsml-g2 concept item c1",
        "newsml-g2 knowledge item k1",
    ]


def test_a_broken_item_is_a_fault_and_the_others_live() -> None:
    broken = item(guid="b").replace("</headline>", "</hedline>")
    parsed = parse(
        f"<newsMessage {NAR}><itemSet>{item(guid='a')}{broken}{item(guid='c')}</itemSet></newsMessage>"
    )
    assert [each.guid for each in parsed.stories] == ["a", "c"]
    (fault,) = parsed.faults
    assert fault.item == 1
    assert b'guid="b"' in fault.original


def test_a_message_cut_off_keeps_its_whole_items_and_says_what_was_lost() -> None:
    whole = f"<newsMessage {NAR}><itemSet>{item(guid='a')}{item(guid='b')}</itemSet></newsMessage>"
    parsed = parse(whole[: whole.index("It was put out.", whole.index('guid="b"'))])
    assert [each.guid for each in parsed.stories] == ["a"]
    assert [(fault.item, "breaks off" in fault.reason) for fault in parsed.faults] == [(1, True)]


def test_a_prolog_that_names_the_wrong_encoding_is_mended_and_said() -> None:
    content = ('<?xml version="1.0" encoding="iso-8859-1"?>' + item(body="<p>Déjà vu à Åbo</p>")).encode()
    (found,) = newsml_g2.parse(Document(content=content, source="example")).stories
    assert "Déjà vu à Åbo" in found.body
    assert any("UTF-8" in each for each in found.assumed)


def test_entities_are_refused() -> None:
    bomb = '<!DOCTYPE newsItem [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + item(body="<p>&b;</p>")
    with pytest.raises(UnreadableDocument, match="entities"):
        parse(bomb)


@pytest.mark.parametrize(
    "text",
    [
        "<newsItem standard='NewsML-G2'",
        f"<newsMessage {NAR}><itemSet/></newsMessage>",
        f"<newsItem {NAR} guid='x'>",
    ],
)
def test_what_holds_no_item_says_so(text: str) -> None:
    with pytest.raises(UnreadableDocument):
        parse(text)


def test_sniffed_by_root_and_name_space_alone() -> None:
    assert newsml_g2.sniff(item())
    assert newsml_g2.sniff(f'<?xml version="1.0"?><!-- a comment --><g:newsMessage xmlns:g="{NAR[7:-1]}">')
    assert not newsml_g2.sniff('<NewsML Version="1.2"><NewsItem/></NewsML>')
    assert not newsml_g2.sniff('{"newsItem": 1}')


def test_headline_and_text_in_the_items_own_language() -> None:
    page = '<inlineXML xml:lang="{}"><html xmlns="http://www.w3.org/1999/xhtml"><body><p>{}</p></body></html></inlineXML>'
    whole = item(content='<headline xml:lang="en">Harbour</headline><headline xml:lang="fr">Port</headline>')
    begin, _, rest = whole.partition("<headline>Fire in the harbour</headline>")
    head, _, _ = rest.partition("<inlineXML")
    found = story(
        begin
        + head
        + page.format("fr", "Le port.")
        + page.format("en", "The harbour.")
        + "</contentSet></newsItem>"
    )
    assert found.headline == "Harbour"
    assert "The harbour." in found.body
    assert "Le port." not in found.body


def test_a_short_rendition_is_not_the_text() -> None:
    short = (
        '<inlineData rendition="rnd:sms" contenttype="text/plain">Brief.</inlineData><inlineXML rendition="rnd:abstract">'
        '<html xmlns="http://www.w3.org/1999/xhtml"><body><p>Abstract.</p></body></html></inlineXML>'
    )
    found = story(item().replace("<contentSet>", f"<contentSet>{short}"))
    assert "A fire broke out." in found.body
    only = item()
    only = only[: only.index("<inlineXML")] + short + "</contentSet></newsItem>"
    assert "Abstract." in story(only).body


ARTICLE = (
    "<nitf><body><body.head><hedline><hl1>Harbour on fire</hl1><hl2>Two in hospital</hl2></hedline><byline>By Ada Lind</byline>"
    "<distributor>EP</distributor><dateline><location>Portville</location></dateline></body.head><body.content><p>It burns.</p>"
    "</body.content></body></nitf>"
)


@pytest.mark.parametrize(
    "content",
    [
        f'<inlineXML contenttype="application/nitf+xml">{ARTICLE}</inlineXML>',
        f'<inlineData contenttype="application/xml"><![CDATA[<?xml version="1.0"?>{ARTICLE}]]></inlineData>',
    ],
)
def test_nitf_inside_gives_what_the_item_lacks(content: str) -> None:
    whole = item().replace("<headline>Fire in the harbour</headline>", "")
    found = story(whole[: whole.index("<inlineXML")] + content + "</contentSet></newsItem>")
    assert (found.headline, found.subheadline, found.byline) == (
        "Harbour on fire",
        "Two in hospital",
        "By Ada Lind",
    )
    assert (found.dateline, found.credit) == ("Portville", "EP")
    assert "<p>It burns.</p>" in found.body


def test_names_that_the_item_asserts() -> None:
    asserted = '<assert qcode="p:1"><name>Ada Lind</name></assert><assert qcode="city:1"><name>Portville</name></assert><itemMeta>'
    found = story(
        item(content='<subject qcode="p:1"/><located qcode="city:1"/><located literal="Northland"/>').replace(
            "<itemMeta>", asserted
        )
    )
    assert [(each.scheme, each.code, each.name) for each in found.subjects] == [
        ("p", "1", "Ada Lind"),
        ("located", "Portville", "Portville"),
        ("located", "Northland", "Northland"),
    ]


@pytest.mark.parametrize(
    ("meta", "change", "corrects"),
    [
        ('<signal literal="correction"/>', "correction", ""),
        ("<signal><name>Update</name></signal>", "update", ""),
        ('<link rel="irel:isCorrectionOf" residref="urn:x:1"/>', "correction", "urn:x:1"),
        ('<link rel="irel:replaces" residref="urn:x:1"/>', "update", "urn:x:1"),
        ('<link rel="irel:hasCorrection" residref="urn:x:1"/>', "new", ""),
        ('<link rel="irel:seeAlso" residref="urn:x:1"/>', "new", ""),
    ],
)
def test_signals_in_words_and_links_to_what_is_replaced(meta: str, change: str, corrects: str) -> None:
    found = story(item(meta=meta))
    assert (found.change, found.corrects) == (change, corrects)


def test_a_slug_as_title_is_no_headline() -> None:
    whole = item(meta="<title>harbour-fire</title>").replace("<headline>Fire in the harbour</headline>", "")
    assert story(whole).headline == ""
    assert story(whole.replace("harbour-fire", "Harbour fire")).headline == "Harbour fire"


def test_internal_and_contact_sections_of_a_text_stay_private() -> None:
    found = story(
        item(body='<p>News.</p><div class="contact">Ada, 99 88 77 66</div><p class="internal">No</p>')
    )
    assert found.body == "<div><p>News.</p></div>"


def test_the_caption_of_a_picture_without_a_headline() -> None:
    whole = item(content='<description role="drol:caption">The quay at noon.</description>')
    whole = whole.replace("<headline>Fire in the harbour</headline>", "")
    whole = (
        whole[: whole.index("<inlineXML")]
        + '<remoteContent href="https://example.org/q.jpg"/></contentSet></newsItem>'
    )
    assert story(whole).summary == "The quay at noon."
