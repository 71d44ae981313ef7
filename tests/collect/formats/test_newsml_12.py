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


def part(
    role: str = "", text: str = "", language: str = "", lines: str = "", inner: str = "", href: str = ""
) -> str:
    """A NewsComponent, with a text or the address of a picture."""
    described = (
        f'<DescriptiveMetadata><Language FormalName="{language}"/></DescriptiveMetadata>' if language else ""
    )
    named = f'<Role FormalName="{role}"/>' if role else ""
    content = f"<ContentItem><DataContent>{text}</DataContent></ContentItem>" if text else ""
    if href:
        content = f'<ContentItem Href="{href}"><MediaType FormalName="Photo"/></ContentItem>'
    news_lines = f"<NewsLines>{lines}</NewsLines>" if lines else ""
    return f"<NewsComponent>{named}{news_lines}{described}{inner}{content}</NewsComponent>"


def of_components(*components: str) -> list[RawStory]:
    whole = item()
    begin = whole.index("<NewsComponent>")
    return parse(
        whole[:begin] + "<NewsComponent>" + "".join(components) + "</NewsComponent></NewsItem>"
    ).stories


def test_the_lines_of_a_picture_are_not_the_storys() -> None:
    picture = part(
        "Picture",
        href="https://example.org/p.jpg",
        lines="<HeadLine>Quay</HeadLine><ByLine>PIA LENS</ByLine>",
    )
    text = part(lines="<HeadLine>Strike</HeadLine>", inner=part("Body", "<p>It began.</p>"), language="en")
    (found,) = of_components(picture, text)
    assert (found.headline, found.byline, found.language) == ("Strike", "", "en")
    (found,) = of_components(picture)
    assert (found.headline, found.byline, found.item_class) == ("Quay", "PIA LENS", "picture")


def test_a_headline_and_lead_in_components_of_their_own() -> None:
    (found,) = of_components(
        part("Title", "Strike"), part("Lead", "<p>In short.</p>"), part("Body", "<p>At length.</p>")
    )
    assert (found.headline, found.summary, found.body) == (
        "Strike",
        "In short.",
        "<p>At length.</p>",
    )


def test_an_item_in_two_languages_is_two_stories() -> None:
    dutch = part(
        "Text", language="nl", lines="<HeadLine>Staking</HeadLine>", inner=part("Body", "<p>Zij begon.</p>")
    )
    french = part(
        "Text", language="fr", lines="<HeadLine>Grève</HeadLine>", inner=part("Body", "<p>Elle dure.</p>")
    )
    picture = part("Picture", href="https://example.org/p.jpg", lines="<HeadLine>Quay</HeadLine>")
    first, second = of_components(dutch, french, picture)
    assert (first.language, first.headline, first.body) == ("nl", "Staking", "<p>Zij begon.</p>")
    assert (second.language, second.headline, second.body) == ("fr", "Grève", "<p>Elle dure.</p>")
    assert first.guid == second.guid
    assert second.family == f"{first.family}#fr"
    assert [each.caption for each in (*first.media, *second.media)] == ["Quay", "Quay"]


def test_a_picture_has_its_caption_and_its_largest_rendition() -> None:
    renditions = part("Thumbnail", href="https://example.org/t.jpg") + part(
        "Preview", href="https://example.org/p.jpg"
    )
    picture = part(
        "Picture",
        lines="<HeadLine>Quay</HeadLine><CreditLine>EP</CreditLine>",
        inner=part("Caption", "The quay at noon.") + renditions,
    )
    (found,) = of_components(part("Body", "<p>It began.</p>"), picture)
    (medium,) = found.media
    assert (medium.caption, medium.credit) == ("The quay at noon.", "EP")


def test_nitf_in_a_cdata_section_gives_what_the_lines_lack() -> None:
    article = (
        "<![CDATA[<?xml version='1.0'?><nitf baselang='da'><head><title>x</title></head><body><body.head><hedline><hl1>Brand</hl1>"
        "<hl2>To til hospitalet</hl2></hedline><byline>Af Ada Lind</byline><dateline>Havneby</dateline></body.head>"
        "<body.content><p>Det brænder.</p></body.content></body></nitf>]]>"
    )
    (found,) = of_components(part(text=article))
    assert (found.headline, found.subheadline, found.byline, found.dateline) == (
        "Brand",
        "To til hospitalet",
        "Af Ada Lind",
        "Havneby",
    )
    assert found.body == "<div><p>Det brænder.</p></div>"


def test_a_package_of_references_is_left_aside_and_one_of_items_unfolded() -> None:
    references = item("").replace("</NewsComponent>", '<NewsItemRef NewsItem="urn:x:1"/></NewsComponent>')
    parsed = parse(references)
    assert (parsed.stories, len(parsed.aside)) == ([], 1)
    inner = item(revision="1").replace("TX-1", "TX-8") + item(revision="1").replace("TX-1", "TX-9")
    parsed = parse(item("").replace("</NewsComponent>", f"{inner}</NewsComponent>"))
    assert [each.family.rpartition(":")[2] for each in parsed.stories] == ["TX-8", "TX-9"]


def test_a_revision_that_had_one_before_is_an_update() -> None:
    text = item().replace('PreviousRevision="0"', 'PreviousRevision="20240301"').replace("TX-1:1", "TX-1:7")
    text = text.replace(">1</RevisionId>", ">7</RevisionId>").replace("afp.com", "example.org")
    assert story(text).change == "update"


def test_every_instruction_counts() -> None:
    found = story(item(management='<Instruction FormalName="Update"/><Instruction FormalName="Correction"/>'))
    assert found.change == "correction"


def test_a_text_in_base64_is_decoded_and_what_is_none_left_out() -> None:
    whole = item("PHA+VW4gZmV1LjwvcD4=").replace("<DataContent>", '<Encoding Notation="Base64"><DataContent>')
    whole = whole.replace("</DataContent>", "</DataContent></Encoding>")
    assert "<p>Un feu.</p>" in story(whole).body
    assert story(whole.replace("PHA+VW4gZmV1LjwvcD4=", "x")).body == ""


def test_a_rights_line() -> None:
    assert (
        story(item(lines="<RightsLine>Not for archives</RightsLine>")).rights
        == "Copyright AFP\nNot for archives"
    )
