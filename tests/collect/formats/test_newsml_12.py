"""NewsML 1.2: what a reader can rely on, on documents written for this test."""

# ruff: noqa: E501 - documents are easier to read whole

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.formats import newsml_12
from pipeline.story import RawStory


def item(
    data: str = "<nitf><body><body.content><p>A fire broke out.</p></body.content></body></nitf>", revision: str = "1", status: str = "Usable", management: str = "", lines: str = "",
    more: str = "",
) -> str:  # fmt: skip
    content = (
        f'<ContentItem><MediaType FormalName="Text"/><DataContent>{data}</DataContent></ContentItem>'
        if data
        else ""
    )
    return f"""<NewsItem xml:lang="fr"><Identification><NewsIdentifier><ProviderId>afp.com</ProviderId><DateId>20240301T090000Z</DateId>
      <NewsItemId>TX-1</NewsItemId><RevisionId PreviousRevision="0" Update="N">{revision}</RevisionId>
      <PublicIdentifier>urn:newsml:afp.com:20240301T090000Z:TX-1:{revision}</PublicIdentifier></NewsIdentifier></Identification>
      <NewsManagement><NewsItemType FormalName="News"/><FirstCreated>20240301T090000+0000</FirstCreated>
      <ThisRevisionCreated>20240301T100000+0000</ThisRevisionCreated><Status FormalName="{status}"/><Urgency FormalName="4"/>{management}</NewsManagement>
      <NewsComponent><NewsLines><DateLine>PORTVILLE, 1 mars 2024 (AFP) -</DateLine><HeadLine>Le port en feu</HeadLine><SlugLine>port-feu</SlugLine>
      <CopyrightLine>Copyright AFP</CopyrightLine>{lines}</NewsLines>
      <AdministrativeMetadata><Provider><Party FormalName="AFP"/></Provider></AdministrativeMetadata>
      <DescriptiveMetadata><Language FormalName="fr"/><SubjectCode><SubjectDetail FormalName="03006001"/></SubjectCode>
      <SubjectCode><SubjectDetail FormalName="03006001"/></SubjectCode><Location HowPresent="Origin"><Property FormalName="Country" Value="FRA"/>
      <Property FormalName="City" Value="Portville"/></Location><Property FormalName="Keyword" Value="port"/></DescriptiveMetadata>{content}{more}</NewsComponent></NewsItem>"""


def parse(items: str) -> Parsed:
    text = f'<?xml version="1.0" encoding="utf-8"?><NewsML Version="1.2"><NewsEnvelope><DateAndTime>20240301T100001Z</DateAndTime></NewsEnvelope>{items}</NewsML>'
    return newsml_12.parse(Document(content=text.encode(), source="example"))


def story(text: str) -> RawStory:
    (found,) = parse(text).stories
    return found


def test_the_usual_fields() -> None:
    found = story(item())
    assert found.guid == "urn:newsml:afp.com:20240301T090000Z:TX-1:1"
    assert found.family == "urn:newsml:afp.com:20240301T090000Z:TX-1"
    assert (found.wire_version, found.version_counts, found.change) == ("1", True, "new")
    assert (found.headline, found.slugline, found.dateline, found.dateline_country) == (
        "Le port en feu",
        "port-feu",
        "PORTVILLE, 1 mars 2024 (AFP) -",
        "FR",
    )
    assert found.published_at == datetime(2024, 3, 1, 10, tzinfo=UTC)
    assert found.first_published_at == datetime(2024, 3, 1, 9, tzinfo=UTC)
    assert (found.urgency, found.language, found.provider, found.keywords) == (4, "fr", "AFP", ["port"])
    assert [(each.scheme, each.code) for each in found.subjects] == [
        ("subj", "03006001"),
        ("located", "Portville"),
        ("located", "FRA"),
    ]
    assert "<p>A fire broke out.</p>" in found.body


@pytest.mark.parametrize(
    ("arguments", "change", "status"),
    [
        ({"revision": "2"}, "update", "usable"),
        ({"status": "Canceled", "data": ""}, "kill", "canceled"),
        ({"status": "Withheld"}, "new", "withheld"),
        ({"management": '<Instruction FormalName="Correction"/>', "revision": "2"}, "correction", "usable"),
    ],
)
def test_what_a_version_is(arguments: dict[str, str], change: str, status: str) -> None:
    found = story(item(**arguments))
    assert (found.change, found.status) == (change, status)
    assert found.family == "urn:newsml:afp.com:20240301T090000Z:TX-1"


def test_an_embargo_ends_when_the_status_will_change() -> None:
    found = story(
        item(
            status="Embargoed",
            management='<StatusWillChange><FutureStatus FormalName="Usable"/><DateAndTime>20240302T000000Z</DateAndTime></StatusWillChange>',
        )
    )
    assert found.embargoed_until == datetime(2024, 3, 2, tzinfo=UTC)
    assert found.status == "withheld"


@pytest.mark.parametrize(
    "data",
    [
        "<p>Un feu.</p>",
        "<html><body><p>Un feu.</p></body></html>",
        "<![CDATA[<P>Un feu.</P>]]>",
        "&lt;p&gt;Un feu.&lt;/p&gt;",
    ],
)
def test_bodies_in_every_wrapping(data: str) -> None:
    assert "<p>Un feu.</p>" in story(item(data)).body


def test_plain_text_keeps_its_paragraphs() -> None:
    found = story(item("Un feu.\n\nIl est éteint."))
    assert (found.body_type, found.body) == ("text", "Un feu.\n\nIl est éteint.")


def test_abstracts_and_captions_are_not_the_body() -> None:
    part = '<NewsComponent><Role FormalName="{}"/><ContentItem><MediaType FormalName="Text"/><DataContent><p>{}</p></DataContent></ContentItem></NewsComponent>'
    found = story(item("", more=part.format("Abstract", "In short.") + part.format("Main", "At length.")))
    assert "At length." in found.body
    assert "In short." not in found.body
    assert found.summary == "In short."


def test_pictures_are_media_with_captions() -> None:
    picture = """<NewsComponent><Role FormalName="Picture"/><NewsLines><HeadLine>The harbour</HeadLine></NewsLines>
      <ContentItem Href="https://example.org/s.jpg"><MediaType FormalName="Photo"/><Characteristics><Property FormalName="Width" Value="100"/></Characteristics></ContentItem>
      <ContentItem Href="https://example.org/l.jpg"><MediaType FormalName="Photo"/><Characteristics><Property FormalName="Width" Value="900"/></Characteristics></ContentItem></NewsComponent>"""
    (medium,) = story(item(more=picture)).media
    assert (medium.url, medium.caption, medium.width) == ("https://example.org/l.jpg", "The harbour", 900)


def test_several_items_and_a_broken_one() -> None:
    parsed = parse(item() + item().replace("</HeadLine>", "</Headline>") + item(revision="2"))
    assert [each.wire_version for each in parsed.stories] == ["1", "2"]
    assert [fault.item for fault in parsed.faults] == [1]


def test_vocabularies_are_left_aside_and_nothing_is_unreadable() -> None:
    parsed = parse(item().replace('NewsItemType FormalName="News"', 'NewsItemType FormalName="TopicSet"'))
    assert not parsed.stories
    assert parsed.aside
    with pytest.raises(UnreadableDocument):
        parse("")


def test_sniffed_by_its_root() -> None:
    assert newsml_12.sniff(
        '<?xml version="1.0"?><!DOCTYPE NewsML SYSTEM "NewsML_1.2.dtd"><NewsML Version="1.2">'
    )
    assert not newsml_12.sniff("<newsMessage><newsItem/></newsMessage>")
