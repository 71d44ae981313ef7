"""What a feed's items become, format by format and field by field."""

from __future__ import annotations

import html
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.formats import feeds, parse, sniffing
from pipeline.story import Location, Media, RawStory, Subject

NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "content": "http://purl.org/rss/1.0/modules/content/",
        "dc": "http://purl.org/dc/elements/1.1/",
        "media": "http://search.yahoo.com/mrss/",
        "georss": "http://www.georss.org/georss",
        "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
        "sy": "http://purl.org/rss/1.0/modules/syndication/",
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "atom": "http://www.w3.org/2005/Atom",
        "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    }.items()
)


def read(content: str | bytes, **transport: str) -> Parsed:
    data = content.encode() if isinstance(content, str) else content
    collected = datetime(2024, 8, 5, 12, tzinfo=UTC)
    return parse(Document(content=data, source="test", name="feed.xml", collected_at=collected, **transport))


def rss(items: str, channel: str = "<title>Harbour Post</title>") -> str:
    return f'<?xml version="1.0"?><rss version="2.0" {NAMESPACES}><channel>{channel}{items}</channel></rss>'


def item(inside: str, channel: str = "<title>Harbour Post</title>", **transport: str) -> RawStory:
    """The one story of an RSS 2.0 feed."""
    (story,) = read(rss(f"<item>{inside}</item>", channel), **transport).stories
    return story


def entry(inside: str, feed: str = "<title>Harbour Post</title>") -> RawStory:
    """The one story of an Atom 1.0 feed."""
    xml = f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMESPACES}>{feed}<entry>{inside}</entry></feed>'
    (story,) = read(xml).stories
    return story


# ---- whole documents ----


def test_an_rss_item_with_everything() -> None:
    story = item(
        """<title>Ferry returns &amp; strike ends</title>
        <link>https://harbour.example/ferry</link>
        <guid isPermaLink="false">hp-17</guid>
        <description>The ferry is back.</description>
        <content:encoded><![CDATA[<p>The ferry is back.</p><p>It sailed at noon.</p>]]></content:encoded>
        <dc:creator>Ada Marsh</dc:creator><dc:creator>Ben Oakes</dc:creator>
        <category>Transport</category><category domain="https://harbour.example/desk">City</category>
        <pubDate>Mon, 05 Aug 2024 10:15:30 +0200</pubDate>
        <enclosure url="https://harbour.example/ferry.mp3" type="audio/mpeg" length="9"/>
        <georss:point>59.44 24.75</georss:point>""",
        "<title>Harbour Post</title><language>en-gb</language><copyright>(c) Harbour Post</copyright>",
    )
    assert story.format == "rss"
    assert (story.source, story.document, story.provider) == ("test", "feed.xml", "Harbour Post")
    assert story.collected_at == datetime(2024, 8, 5, 12, tzinfo=UTC)
    assert (story.guid, story.family, story.url) == ("hp-17", "hp-17", "https://harbour.example/ferry")
    assert story.headline == "Ferry returns & strike ends"
    assert story.summary == "The ferry is back."
    assert story.body == "<p>The ferry is back.</p><p>It sailed at noon.</p>"
    assert story.body_type == "html"
    assert story.byline == "Ada Marsh and Ben Oakes"
    assert story.keywords == ["Transport"]
    assert story.subjects == [Subject(code="City", scheme="https://harbour.example/desk", name="City")]
    assert story.media == [Media(url="https://harbour.example/ferry.mp3", type="audio/mpeg")]
    assert story.location == Location(lat=59.44, lon=24.75)
    assert (story.language, story.rights) == ("en-gb", "(c) Harbour Post")
    assert story.published_at == story.first_published_at == datetime(2024, 8, 5, 8, 15, 30, tzinfo=UTC)
    assert story.assumed == []


def test_an_atom_entry_with_everything() -> None:
    story = entry(
        """<id>tag:harbour.example,2024:17</id>
        <title type="html">Ferry &lt;em&gt;returns&lt;/em&gt;</title>
        <link rel="self" href="https://harbour.example/17.xml"/>
        <link rel="alternate" href="https://harbour.example/ferry"/>
        <link rel="license" href="https://licence.example/by"/>
        <summary>The ferry is back.</summary>
        <content type="xhtml" xml:lang="et"><div xmlns="http://www.w3.org/1999/xhtml"><p>It <b>sailed</b>.</p></div>
        </content>
        <author><name>Ada Marsh</name><email>ada@harbour.example</email></author>
        <category term="t1" scheme="https://harbour.example/topics" label="Ships"/>
        <published>2024-08-05T08:15:30Z</published><updated>2024-08-05T09:00:00Z</updated>
        <rights>(c) 2024</rights>"""
    )
    assert story.format == "atom"
    assert (story.guid, story.url) == ("tag:harbour.example,2024:17", "https://harbour.example/ferry")
    assert (story.headline, story.summary) == ("Ferry returns", "The ferry is back.")
    assert story.body.strip() == "<p>It <b>sailed</b>.</p>"
    assert story.byline == "Ada Marsh"
    assert story.subjects == [Subject(code="t1", scheme="https://harbour.example/topics", name="Ships")]
    assert story.language == "et"
    assert story.first_published_at == datetime(2024, 8, 5, 8, 15, 30, tzinfo=UTC)
    assert story.published_at == datetime(2024, 8, 5, 9, tzinfo=UTC)
    assert story.rights == "(c) 2024 https://licence.example/by"


def test_rss_1_0() -> None:
    (story,) = read(
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/">
        <channel rdf:about="https://a.example/"><title>Almanac</title></channel>
        <item rdf:about="https://a.example/1"><title>Tides</title><link>https://a.example/1</link>
        <description>High at noon.</description><dc:date>2024-08-05T10:00+02:00</dc:date></item></rdf:RDF>"""
    ).stories
    assert (story.guid, story.headline, story.body) == ("https://a.example/1", "Tides", "High at noon.")
    assert story.published_at == datetime(2024, 8, 5, 8, tzinfo=UTC)
    assert story.published_precision == "minute"


def test_cdf() -> None:
    (story,) = read(
        """<CHANNEL HREF="https://c.example/"><TITLE>Old channel</TITLE>
        <ITEM HREF="https://c.example/1" LASTMOD="1998-11-05T18:25:43Z"><TITLE>Item</TITLE>
        <ABSTRACT>About it.</ABSTRACT></ITEM></CHANNEL>"""
    ).stories
    assert (story.headline, story.url, story.body) == ("Item", "https://c.example/1", "About it.")


def test_netscapes_document_type_is_welcome() -> None:
    (story,) = read(
        """<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
        "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><title>Old</title>
        <item><title>Caf&eacute; opens</title><link>https://o.example/1</link></item></channel></rss>"""
    ).stories
    assert story.headline == "Café opens"


def test_an_empty_feed_is_no_fault() -> None:
    parsed = read(rss(""))
    assert (parsed.stories, parsed.faults, parsed.format) == ([], [], "rss")


def test_broken_xml_gives_its_items_and_says_so() -> None:
    broken = rss(
        "<item><title>One</title><guid>1</guid></item><item><title>Two & three</title><guid>2</guid></item>"
    )
    parsed = read(broken)
    assert [story.headline for story in parsed.stories] == ["One", "Two & three"]
    assert "broken XML" in parsed.stories[0].assumed[0]


def test_a_feed_cut_off_in_the_middle_gives_what_came() -> None:
    whole = rss("<item><title>One</title><guid>1</guid></item><item><title>Two</title><guid>2</guid></item>")
    parsed = read(whole[: whole.index("Two</title>")])
    assert parsed.stories[0].headline == "One"


def test_what_a_server_prints_before_a_feed_is_no_hindrance() -> None:
    parsed = read("<br />\n<b>Warning</b>: no cache\n" + rss("<item><title>One</title><guid>1</guid></item>"))
    assert [story.headline for story in parsed.stories] == ["One"]


# ---- headlines ----


@pytest.mark.parametrize(
    ("written", "headline"),
    [
        ("AT&amp;T rises", "AT&T rises"),
        ("AT&amp;amp;T rises", "AT&T rises"),
        ("<![CDATA[AT&amp;T rises]]>", "AT&T rises"),
        ("<![CDATA[Fish & chips]]>", "Fish & chips"),
        ("I &lt;3 ships", "I <3 ships"),
        ("<![CDATA[I <3 ships & <b>sails</b>]]>", "I <3 ships & sails"),
        ("1 &lt; 2 &gt; 0", "1 < 2 > 0"),
        ("The &lt;blink&gt; tag is back", "The <blink> tag is back"),
        ("The &lt;blink&gt; tag &amp;amp; AT&amp;T", "The <blink> tag & AT&T"),
        ("&lt;b&gt;Bold&lt;/b&gt; plan", "Bold plan"),
        ("One&lt;br/&gt;two", "One two"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Ships", "Ships"),
        ("  Spread \n over   lines ", "Spread over lines"),
        ("It&#8217;s &quot;done&quot;", 'It’s "done"'),
        ("Don&amp;#8217;t", "Don’t"),
    ],
)
def test_rss_headlines_are_text(written: str, headline: str) -> None:
    """Text that looks like markup is escaped, as cleaning looks for markup in headlines."""
    assert html.unescape(item(f"<title>{written}</title><guid>1</guid>").headline) == headline


@pytest.mark.parametrize(
    ("written", "headline"),
    [
        ('<title type="text">&lt;b&gt; is bold &amp;amp; so on</title>', "<b> is bold &amp; so on"),
        ("<title>I &lt;3 ships</title>", "I <3 ships"),
        ('<title type="html">&lt;b&gt;Bold&lt;/b&gt; AT&amp;amp;T</title>', "Bold AT&T"),
        (
            '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">A <i>fine</i> 1 &lt; 2</div></title>',
            "A fine 1 < 2",
        ),
    ],
)
def test_atom_headlines_are_what_their_type_says(written: str, headline: str) -> None:
    assert html.unescape(entry(f"<id>1</id>{written}").headline) == headline


def test_control_characters_do_not_pass() -> None:
    assert item("<title>Ships\0 and\x0bsails\x08</title><guid>1</guid>").headline == "Ships and sails"


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=60))
def test_any_plain_atom_headline_survives(title: str) -> None:
    assume(not _mojibake(title))
    escaped = title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert html.unescape(entry(f"<id>1</id><title>{escaped}</title>").headline) == " ".join(title.split())


def _mojibake(text: str) -> bool:
    """UTF-8 that was read as Latin-1: feedparser mends it."""
    try:
        return not text.isascii() and bool(text.strip().encode("latin-1").decode("utf-8"))
    except UnicodeError:
        return False


# ---- bodies ----


def test_a_description_alone_is_the_body() -> None:
    story = item("<guid>1</guid><description>&lt;p&gt;All of it.&lt;/p&gt;</description>")
    assert (story.body, story.body_type, story.summary) == ("<p>All of it.</p>", "html", "")


def test_a_description_without_tags_keeps_its_paragraphs() -> None:
    story = item("<guid>1</guid><description>One &amp;amp; two.\n\nThree.</description>")
    assert (story.body, story.body_type) == ("One & two.\n\nThree.", "text")


def test_content_before_description_is_the_body_too() -> None:
    story = item(
        "<guid>1</guid><content:encoded>&lt;p&gt;Long.&lt;/p&gt;</content:encoded><description>Short.</description>"
    )
    assert (story.body, story.summary) == ("<p>Long.</p>", "Short.")


def test_a_summary_that_repeats_the_body_is_none() -> None:
    story = item(
        "<guid>1</guid><description>Same.</description><content:encoded>&lt;p&gt;Same.&lt;/p&gt;</content:encoded>"
    )
    assert (story.body, story.summary) == ("<p>Same.</p>", "")


def test_content_of_pictures_only_leaves_the_body_to_the_description() -> None:
    story = item(
        "<guid>1</guid><description>Words.</description>"
        "<content:encoded>&lt;img src='https://h.example/a.jpg'/&gt;</content:encoded>"
    )
    assert (story.body, story.summary) == ("Words.", "")


def test_a_caption_is_not_the_body() -> None:
    """feedparser takes a media:description after a description for the content."""
    story = item(
        """<guid>1</guid><description>The story.</description>
        <media:content url="https://h.example/a.jpg" medium="image" width="640" height="480">
        <media:title>Ferry</media:title><media:description>The ferry at the quay</media:description>
        <media:credit role="photographer">Cy Dunn</media:credit></media:content>
        <media:thumbnail url="https://h.example/t.jpg" width="80"/>"""
    )
    assert (story.body, story.summary, story.headline) == ("The story.", "", "")
    assert story.media == [
        Media(
            url="https://h.example/a.jpg",
            type="image",
            caption="The ferry at the quay",
            credit="Cy Dunn",
            width=640,
            height=480,
        ),
        Media(url="https://h.example/t.jpg", type="image", width=80),
    ]


def test_a_group_describes_its_media() -> None:
    story = item(
        """<guid>1</guid><title>Film</title><media:group><media:credit>Cy Dunn</media:credit>
        <media:content url="https://h.example/hi.mp4" type="video/mp4"/>
        <media:content url="https://h.example/lo.mp4" type="video/mp4"><media:credit>Di Eng</media:credit>
        </media:content></media:group><media:content url="https://h.example/x.jpg"/>"""
    )
    assert [medium.credit for medium in story.media] == ["Cy Dunn", "Di Eng", ""]


def test_a_film_without_any_text_has_its_description() -> None:
    story = entry(
        """<id>1</id><media:group><media:title>Ferry, the film</media:title>
        <media:description>Ten minutes.</media:description>
        <media:content url="https://h.example/f.mp4"/></media:group>"""
    )
    assert (story.headline, story.body) == ("Ferry, the film", "Ten minutes.")


def test_plain_atom_content_stays_plain() -> None:
    story = entry("<id>1</id><content>x &lt; y &amp; so</content>")
    assert (story.body, story.body_type) == ("x < y & so", "text")


def test_html_that_atom_was_told_is_text_is_html() -> None:
    story = entry("<id>1</id><summary>&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;</summary>")
    assert (story.body, story.body_type) == ("<p>One</p><p>Two</p>", "html")


def test_html_whose_paragraphs_are_blank_lines() -> None:
    story = item("<guid>1</guid><description><![CDATA[<b>One</b> line.\n\nTwo.]]></description>")
    assert story.body == "<b>One</b> line.\n<p>Two."


# ---- people ----


@pytest.mark.parametrize(
    ("written", "byline"),
    [
        ("<author>ada@harbour.example (Ada Marsh)</author>", "Ada Marsh"),
        ("<author>Ada Marsh &lt;ada@harbour.example&gt;</author>", "Ada Marsh"),
        ("<author>ada@harbour.example</author>", ""),
        ("<author>noreply@blogger.example (Unknown)</author>", ""),
        ("<dc:creator>Ada Marsh</dc:creator><author>Ada Marsh</author>", "Ada Marsh"),
        ("<dc:creator><![CDATA[Ada Marsh &amp; Ben Oakes]]></dc:creator>", "Ada Marsh & Ben Oakes"),
    ],
)
def test_bylines_are_names(written: str, byline: str) -> None:
    assert item(f"<guid>1</guid>{written}").byline == byline


def test_an_atom_feeds_person_signs_every_entry() -> None:
    story = entry("<id>1</id>", "<title>Harbour Post</title><author><name>Ada Marsh</name></author>")
    assert (story.byline, story.credit) == ("Ada Marsh", "")


@pytest.mark.parametrize("house", ["Harbour Post", "Harbour Newsdesk", "Press Team"])
def test_a_house_is_a_credit(house: str) -> None:
    story = entry("<id>1</id>", f"<title>Harbour Post</title><author><name>{house}</name></author>")
    assert (story.byline, story.credit) == ("", house)


def test_an_rss_feeds_editor_signs_nothing() -> None:
    story = item("<guid>1</guid>", "<title>T</title><managingEditor>ed@h.example (Ed Itor)</managingEditor>")
    assert story.byline == ""


def test_provider_is_the_source_that_an_item_was_taken_from() -> None:
    assert item('<guid>1</guid><source url="https://n.example/rss">Northern</source>').provider == "Northern"
    assert item("<guid>1</guid><dc:publisher>Western</dc:publisher>").provider == "Western"
    assert (
        item("<guid>1</guid>", "<title>T</title><webMaster>w@h.example (Web Master)</webMaster>").provider
        == "T"
    )


def test_an_endless_author_costs_nothing() -> None:
    endless = f"{'a' * 300_000} @ {'b' * 300_000}"
    for element in ("author", "dc:creator", "dc:publisher"):
        assert "@" not in item(f"<guid>1</guid><{element}>{endless}</{element}>").byline


# ---- identity and addresses ----


def test_a_guid_may_be_the_address() -> None:
    story = item("<title>T</title><guid>https://h.example/1</guid>")
    assert (story.guid, story.url) == ("https://h.example/1", "https://h.example/1")


def test_a_guid_that_is_no_address_is_none() -> None:
    story = item("<title>T</title><guid>4711</guid>", content_location="https://h.example/feed/rss.xml")
    assert (story.guid, story.family) == ("4711", "4711")


def test_without_guid_the_address_is_the_family() -> None:
    assert item("<title>T</title><link>https://h.example/1</link>").family == "https://h.example/1"


def test_without_either_the_text_is_the_family() -> None:
    one = item("<title>T</title><description>Words.</description>")
    two = item("<title>T</title><description>Words.</description>")
    other = item("<title>T</title><description>Other words.</description>")
    assert one.family == two.family != other.family


def test_items_that_share_an_id_are_told_apart_by_address() -> None:
    both = "".join(
        f"<item><guid isPermaLink='false'>same</guid><link>https://h.example/{n}</link></item>"
        for n in (1, 2)
    )
    parsed = read(rss(both))
    assert len({story.family for story in parsed.stories}) == 2


def test_relative_links_resolve_against_where_the_feed_came_from() -> None:
    story = item(
        "<link>/news/1</link><guid isPermaLink='false'>1</guid>", content_location="https://h.example/rss"
    )
    assert story.url == "https://h.example/news/1"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "ftp://h.example/1"]
)
def test_other_schemes_are_left_out_and_it_is_said(address: str) -> None:
    story = item(f"<title>T</title><link>{address}</link><enclosure url='{address}' type='image/png'/>")
    assert (story.url, story.media) == ("", [])
    assert any("not http or https" in note for note in story.assumed)


def test_the_publishers_own_address_is_preferred_to_a_proxys() -> None:
    story = item(
        "<link>https://proxy.example/~r/1</link>"
        "<feedburner:origLink>https://h.example/1</feedburner:origLink>"
    )
    assert story.url == "https://h.example/1"


# ---- times ----


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("Mon, 05 Aug 2024 10:15:30 GMT", datetime(2024, 8, 5, 10, 15, 30, tzinfo=UTC)),
        ("Mon, 05 Aug 2024 10:15:30 EST", datetime(2024, 8, 5, 15, 15, 30, tzinfo=UTC)),
        ("Mon, 05 Aug 2024 10:15:30 CEST", datetime(2024, 8, 5, 8, 15, 30, tzinfo=UTC)),
        ("2024-08-05T10:15:30+02:00", datetime(2024, 8, 5, 8, 15, 30, tzinfo=UTC)),
        ("5 Aug 2024 10:15:30 +0000", datetime(2024, 8, 5, 10, 15, 30, tzinfo=UTC)),
    ],
)
def test_times_as_feeds_write_them(written: str, at: datetime) -> None:
    story = item(f"<guid>1</guid><pubDate>{written}</pubDate>")
    assert (story.published_at, story.published_precision, story.assumed) == (at, "second", [])


def test_a_missing_zone_is_said() -> None:
    story = item("<guid>1</guid><pubDate>2024-08-05T10:15:30</pubDate>")
    assert story.published_at == datetime(2024, 8, 5, 10, 15, 30, tzinfo=UTC)
    assert "UTC assumed" in story.assumed[0]


def test_a_day_is_no_time() -> None:
    assert item("<guid>1</guid><pubDate>2024-08-05</pubDate>").published_precision == "day"


def test_nonsense_is_no_time_and_is_said() -> None:
    story = item("<guid>1</guid><pubDate>soon</pubDate>")
    assert (story.published_at, story.first_published_at) == (None, None)
    assert "could not be read" in story.assumed[0]


def test_a_version_is_never_older_than_its_publication() -> None:
    story = entry(
        "<id>1</id><published>2024-08-05T10:00:00Z</published><updated>2024-08-01T10:00:00Z</updated>"
    )
    assert story.published_at == datetime(2024, 8, 5, 10, tzinfo=UTC)


# ---- language, encodings ----


def test_language_from_the_nearest_element() -> None:
    feed = "<title>T</title>"
    assert entry('<id>1</id><title xml:lang="fi">Laiva</title>', feed).language == "fi"
    assert item("<guid>1</guid>", "<title>T</title><language>pt_BR</language>").language == "pt-BR"
    assert item("<guid>1</guid>", "<title>T</title><language>English!</language>").language == ""
    assert item("<guid>1</guid>", content_language="sv, fi").language == "sv"


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252", "utf-16", "utf-32", "cp037"])
def test_encodings(encoding: str) -> None:
    xml = rss("<item><title>Café naïf</title><guid>1</guid></item>")
    content = xml.replace('version="1.0"?', f'version="1.0" encoding="{encoding}"?').encode(encoding)
    assert read(content).stories[0].headline == "Café naïf"


@pytest.mark.parametrize(
    "declared", ["iso-8859-1", "windows-1252", "us-ascii", "utf-7", "undefined", "no-such"]
)
def test_a_wrong_declaration_does_not_spoil_utf_8(declared: str) -> None:
    xml = rss("<item><title>Café – naïf</title><guid>1</guid></item>")
    for content, header in (
        (xml.replace('version="1.0"?', f'version="1.0" encoding="{declared}"?'), ""),
        (xml, f"text/xml; charset={declared}"),
    ):
        assert read(content, content_type=header).stories[0].headline == "Café – naïf"


def test_utf_7_hides_no_markup() -> None:
    title = "+ADw-script+AD4-alert(1)+ADw-/script+AD4-"
    xml = rss(f"<item><title>{title}</title><guid>1</guid></item>")
    story = read(xml.replace('version="1.0"?', 'version="1.0" encoding="utf-7"?')).stories[0]
    assert story.headline == title


# ---- places ----


def test_the_middle_of_a_box() -> None:
    story = item("<guid>1</guid><georss:box>10 20 30 40</georss:box>")
    assert story.location == Location(lat=20, lon=30)


def test_w3c_points() -> None:
    assert item("<guid>1</guid><geo:lat>59.4</geo:lat><geo:long>24.7</geo:long>").location == Location(
        lat=59.4, lon=24.7
    )
    assert item("<guid>1</guid><geo:lat>159.4</geo:lat><geo:long>24.7</geo:long>").location is None


# ---- what a feed says of itself ----


def test_hints() -> None:
    hints = read(
        rss(
            "",
            """<title>Harbour Post</title><ttl>45</ttl>
            <atom:link rel="self" href="https://h.example/rss"/><atom:link rel="hub" href="https://hub.example/"/>
            <skipHours><hour>0</hour><hour>23</hour><hour>24</hour><hour>x</hour></skipHours>
            <skipDays><day>Sunday</day><day>saturday</day><day>Someday</day></skipDays>""",
        )
    ).hints
    assert hints is not None
    assert (hints.title, hints.self_url, hints.hub) == (
        "Harbour Post",
        "https://h.example/rss",
        "https://hub.example/",
    )
    assert hints.ttl_seconds == 45 * 60
    assert (hints.skip_hours, hints.skip_days) == ([0, 23], ["Saturday", "Sunday"])


def test_update_period_and_frequency() -> None:
    hints = read(
        rss("", "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>")
    ).hints
    assert hints is not None
    assert hints.ttl_seconds == 6 * 3600


# ---- exports of blogs ----


def test_an_export_holds_more_than_stories() -> None:
    wordpress = 'xmlns:wp="http://wordpress.org/export/1.2/"'
    parsed = read(
        rss(
            f"""<item {wordpress}><guid>1</guid><title>Post</title><wp:post_type>post</wp:post_type>
            <wp:status>publish</wp:status></item>
            <item {wordpress}><guid>2</guid><title>Draft</title><wp:post_type>post</wp:post_type>
            <wp:status>draft</wp:status></item>
            <item {wordpress}><guid>3</guid><title>Picture</title><wp:post_type>attachment</wp:post_type></item>"""
        )
    )
    assert [(story.headline, story.status) for story in parsed.stories] == [
        ("Post", "usable"),
        ("Draft", "withheld"),
    ]
    assert len(parsed.aside) == 1


# ---- recognising ----


@pytest.mark.parametrize(
    "start",
    [
        "<rss version='2.0'>",
        "\n <?xml version='1.0'?>\n<!-- <html> --><rss>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "<atom:feed xmlns:atom='http://www.w3.org/2005/Atom'>",
        "<rdf:RDF xmlns='http://purl.org/rss/1.0/'>",
        "<CHANNEL HREF='https://c.example/'>",
        "<b>Warning</b> <rss version='2.0'>",
    ],
)
def test_feeds_are_recognised(start: str) -> None:
    assert feeds.sniff(start)


@pytest.mark.parametrize(
    "start",
    [
        "",
        "plain <text>",
        "A text on the <feed> element and the <rss> one",
        "<html><head><title>RSS</title>",
        '{"a": "<rss>"}',
        "<nitf>",
    ],
)
def test_other_documents_are_not(start: str) -> None:
    assert not feeds.sniff(start)


def test_a_feed_after_a_long_comment_is_recognised() -> None:
    content = f"<!--{'x' * 20_000}-->{rss('')}".encode()
    assert feeds.sniff(sniffing.head(content))


SOUP = (
    *(
        "<item>",
        "</item>",
        "<title>",
        "</title>",
        "<link>",
        "<guid>",
        "</guid>",
        "<entry>",
        "<id>",
        "<published>",
    ),
    *(
        "&amp;",
        "&",
        "<",
        "]]>",
        "<![CDATA[",
        "text",
        "é",
        "\0",
        "<image>",
        "<content>",
        "<source>",
        "<language>",
    ),
    *(
        "<media:group>",
        "</media:group>",
        "<media:content/>",
        "<media:thumbnail>",
        "<skipHours><hour>",
        "<where>",
    ),
    *(
        "<links>",
        "<tags>",
        "<authors>x</authors>",
        "<author>",
        "</author>",
        "<dc:creator>x</dc:creator>",
        "<gml:pos>1</gml:pos>",
        "<georss:point>1,2",
    ),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(SOUP), max_size=40))
def test_no_soup_of_elements_is_too_much(parts: list[str]) -> None:
    try:
        parsed = read(rss("".join(parts)))
    except UnreadableDocument:
        return
    assert all(story.family for story in parsed.stories)
