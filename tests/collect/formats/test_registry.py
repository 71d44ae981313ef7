"""Which format a document is in, what holds of every story, and what is said of documents that are none."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.formats import FORMATS, detect, parse, safexml, sniffing
from pipeline.collect.formats.finish import finish
from pipeline.story import Media, RawStory, Subject, encode

RSS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>'
    "<item><title>Naïve</title><guid>1</guid></item></channel></rss>"
)


def read(content: bytes) -> Parsed:
    return parse(Document(content=content, source="test", name="test.txt"))


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableDocument) as refused:
        read(content)
    return str(refused.value)


# ---- what is unreadable, and what it is said to be ----


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG image"),
        (b"GIF89a\1\0\1\0", "a GIF image"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"PK\x03\x04\x14\0\0\0", "a zip archive"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "gzip-compressed"),
        (b"\x28\xb5\x2f\xfd\x04\0", "zstd-compressed"),
        (bytes(range(0, 256, 2)) * 2 + b"\0" * 200, "binary data"),
        (
            b"<!DOCTYPE html><html><head><title>Not found</title>",
            'HTML page titled "Not found": a feed\'s address',
        ),
        (b"\n<html lang='en'><body>Moved", "looks like an HTML page"),
        (b'{"status": "ok", "results": []}', "a JSON document without items"),
        (b'{"status": ', "looks like JSON but is broken"),
        (b"[1, 2]", "a JSON list"),
        (b'<?xml version="1.0"?><invoice><total>1</total></invoice>', "first element is <invoice>"),
        (b"+ADw-rss version+AD0-+ACI-2.0+ACIAPg-", "UTF-7"),
    ],
)
def test_a_sentence_says_what_it_looks_like(content: bytes, said: str) -> None:
    assert said in refusal(content)


@pytest.mark.parametrize(
    ("declarations", "said"),
    [
        ('<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">', "'b' expands to other entities"),
        (f'<!ENTITY a "{"a" * 5000}">', "'a' stands for 5000 characters"),
        ('<!ENTITY a SYSTEM "file:///etc/passwd">', "'a' names a file"),
        ('<!ENTITY % a "<!ENTITY b \'x\'>"><!ENTITY c "%a;">', "expands to other entities"),
        ("".join(f'<!ENTITY a{n} "b">' for n in range(2000)), "more than 1000 entities"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_that_expand_are_refused(declarations: str, said: str, encoding: str) -> None:
    assert said in refusal(f"<!DOCTYPE rss [{declarations}]>{RSS[21:]}".encode(encoding))


def test_entities_hidden_behind_a_comment_are_refused() -> None:
    hidden = b"<!-- <rss> --><!DOCTYPE rss [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><rss version='2.0'></rss>"
    assert "expands" in refusal(hidden)


@pytest.mark.parametrize(
    "declarations",
    [
        '<!ENTITY nbsp "&#160;"><!ENTITY lt "&#38;#60;"><!ENTITY copy "(c) &amp;">',
        '<!ENTITY % HTMLlat1 PUBLIC "-//W3C//ENTITIES Latin 1 for XHTML//EN" "xhtml-lat1.ent"> %HTMLlat1;',
        '<!ENTITY photo SYSTEM "photo.jpg" NDATA jpeg>',
    ],
)
def test_harmless_document_types_are_welcome(declarations: str) -> None:
    parsed = read(f"<!DOCTYPE rss [{declarations}]>{RSS[21:]}".encode())
    assert [story.headline for story in parsed.stories] == ["Naïve"]


@pytest.mark.parametrize("attribute", [' a{}="1"', " a{}='>'", " a{}", " a{}=1", '\n a{} = "x"'])
def test_a_tag_of_countless_attributes_is_refused(attribute: str) -> None:
    tag = "<item" + "".join(attribute.format(number) for number in range(10_000)) + ">"
    assert "more than 256 attributes" in refusal(RSS.replace("<item>", tag).encode())


def test_long_values_and_long_texts_are_no_attributes() -> None:
    words = "x = 'y' " * 5000
    safexml.check(f"<rss><a href='{'x' * 100_000}'>{words}</a><![CDATA[ a <b {words} ]]></rss>".encode())


# ---- what is readable ----


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"]
)
def test_encodings_are_undone_before_sniffing(encoding: str) -> None:
    content = RSS.encode(encoding)
    assert sniffing.head(content).startswith("<?xml")
    form = detect(Document(content=content, source="test"))
    assert form is not None
    assert form.name == "feed"


def test_a_character_cut_at_the_end_of_the_head_does_not_spoil_it() -> None:
    assert "é" in sniffing.head(b"x" * (sniffing.HEAD_BYTES - 3) + "éé".encode())


def test_names_of_formats_are_unique() -> None:
    names = [form.name for form in FORMATS]
    assert len(names) == len(set(names))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
@example(b"<" * 400)
@example(b"{" * 400)
@example(b"<!DOCTYPE [" * 30)
def test_no_bytes_are_too_much(content: bytes) -> None:
    try:
        parsed = read(content)
    except UnreadableDocument:
        return
    assert all(story.family for story in parsed.stories)


# ---- what holds of every story ----


def finished(**values: object) -> RawStory:
    raw = RawStory(source="?", format="rss", **{"guid": "1", **values})  # type: ignore[arg-type]
    document = Document(
        content=b"", source="harbour", name="feed.xml", collected_at=datetime(2024, 8, 5, tzinfo=UTC)
    )
    return finish(Parsed(format="rss", stories=[raw]), document, 10).stories[0]


def test_source_document_and_time_are_the_documents() -> None:
    story = finished()
    assert (story.source, story.document) == ("harbour", "feed.xml")
    assert story.collected_at == datetime(2024, 8, 5, tzinfo=UTC)


def test_family_is_the_formats_else_the_guid_else_the_address_else_the_text() -> None:
    assert finished(family="f", guid="g").family == "f"
    assert finished(guid="g", url="https://h.example/").family == "g"
    assert finished(guid="", url="https://h.example/1").family == "https://h.example/1"
    assert finished(guid="", headline="H").family == finished(guid=" ", headline="H").family
    assert finished(guid="", headline="H").family != finished(guid="", headline="I").family


def test_only_http_addresses() -> None:
    story = finished(
        url="JavaScript:alert(1)",
        media=[
            Media(url="https://h.example/a b.jpg"),
            Media(url="//h.example/a.jpg"),
            Media(url="http://[::1"),
        ],
    )
    assert story.url == ""
    assert [medium.url for medium in story.media] == ["https://h.example/a%20b.jpg"]
    assert len(story.assumed) == 3


def test_everything_is_bounded_and_what_was_cut_is_said() -> None:
    story = finished(
        guid="g" * 100_000,
        headline="h" * 100_000,
        byline="b" * 100_000,
        keywords=["k"] * 10_000,
        subjects=[Subject(code="c")] * 10_000,
        media=[Media(url="https://h.example/a.jpg", caption="c" * 100_000)] * 10_000,
        assumed=["a"] * 10_000,
        body="x" * 20_000_000,
    )
    assert len(encode(story)) < 11_000_000
    assert story.family.startswith("digest:")


def test_what_is_no_text_does_not_pass() -> None:
    story = finished(headline="a\0b\ud800c\x0bd", byline="\x1b[31mred", body="tab\tand\nline\0")
    assert (story.headline, story.byline, story.body) == ("ab\ufffdc d", "[31mred", "tab\tand\nline")
    encode(story)


def test_more_stories_than_wanted_are_a_fault() -> None:
    parsed = Parsed(format="rss", stories=[RawStory(source="", format="rss", guid=str(n)) for n in range(20)])
    done = finish(parsed, Document(content=b"", source="s"), 10)
    assert len(done.stories) == 10
    assert "the first 10 were taken" in done.faults[0].reason


def test_an_empty_item_is_a_fault() -> None:
    parsed = Parsed(format="rss", stories=[RawStory(source="", format="rss")])
    done = finish(parsed, Document(content=b"", source="s"), 10)
    assert (done.stories, done.faults[0].item) == ([], 0)


@pytest.mark.parametrize(
    "line", ["EMBARGOED until 1900 GMT March 11", "*** Embargo: tot 11 maart, 19.00 GMT ***"]
)
def test_an_embargo_in_the_first_lines_of_a_text_is_kept(line: str) -> None:
    text = f"Ferry runs aground\n\nOSTEND, Mar 10 (Meridian) - A ferry ran aground on Tuesday.\n\n{line}\n\nAll are safe."
    document = Document(
        content=text.encode(), source="test", collected_at=datetime(2026, 3, 10, 12, tzinfo=UTC)
    )
    story = parse(document).stories[0]
    assert story.embargoed_until == datetime(2026, 3, 11, 19, 0, tzinfo=UTC)


def test_a_text_about_an_embargo_is_held_by_none() -> None:
    text = "Ferry runs aground\n\nThe island, under strict embargo until 6 p.m. on March 11, got no fuel, the mayor said."
    document = Document(
        content=text.encode(), source="test", collected_at=datetime(2026, 3, 10, 12, tzinfo=UTC)
    )
    assert parse(document).stories[0].embargoed_until is None


@pytest.mark.parametrize("tail", ["x", "<x>", "<?xml?>x", ""])
def test_thousands_of_comments_before_no_document_are_soon_read(tail: str) -> None:
    content = ("<!---->" * 1100 + tail).encode()
    begun = time.process_time()
    with suppress(UnreadableDocument):
        parse(Document(content=content, source="example"))
    assert time.process_time() - begun < 2
