"""A raw story comes out as a careful editor would file it, whatever was in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.clean import clean
from pipeline.clean.furniture import without
from pipeline.story import Media, RawStory, encode, story_id

PUBLISHED = datetime(2024, 8, 5, 12, tzinfo=UTC)


def raw(**fields: Any) -> RawStory:
    return RawStory(
        **{"source": "test", "format": "rss", "family": "1", "guid": "1", "published_at": PUBLISHED, **fields}
    )


def test_a_story_in_html_from_end_to_end() -> None:
    story = clean(
        raw(
            headline="UPDATE 2-Storm closes <b>harbour</b> at A&amp;B quay",
            body="<p>(Adds details)</p><p>* Two ferries sink</p><p>By Ann Varga</p>"
            "<p>AARHUS, Denmark, Aug 5 (Reuters) - The harbour was closed on Monday after a storm.</p>"
            "<p>Nobody was hurt, the authority said.</p><p>(Reporting by Ann Varga; Editing by Bo Ek)</p>"
            "<p><a href='https://example.com'>Read more...</a></p>",
        )
    )
    assert story.id == story_id("test", "1")
    assert (story.headline, story.marker, story.change) == (
        "Storm closes harbour at A&B quay",
        "UPDATE 2-",
        "update",
    )
    assert story.byline == ["Ann Varga"]
    assert story.dateline is not None
    assert (story.dateline.text, story.dateline.place, story.dateline.country, story.dateline.date) == (
        "AARHUS, Denmark, Aug 5 (Reuters)",
        "Aarhus, Denmark",
        "DK",
        "2024-08-05",
    )
    assert story.body == [
        "(Adds details)",
        "* Two ferries sink",
        "The harbour was closed on Monday after a storm.",
        "Nobody was hurt, the authority said.",
    ]
    assert (story.provider, story.staff) == ("Reuters", "Reporting by Ann Varga; Editing by Bo Ek")
    assert (story.language, story.language_from, story.version) == ("en", "text", 0)
    assert story.word_count == 20


def test_the_same_story_from_a_teletype_has_the_same_hash() -> None:
    page = clean(
        raw(
            headline="Storm",
            body="<p>OSLO (AP) — The harbour was closed on Monday after a storm that sank <i>two</i> ferries.</p><p>AP</p>",
        )
    )
    wire = clean(
        raw(
            headline="STORM CLOSES HARBOUR",
            body_type="text",
            body="    The harbour was closed on Monday after a\nstorm that sank two ferries.\n REUTER\n",
        )
    )
    assert page.text_hash == wire.text_hash
    assert wire.credit == "REUTER"


def test_a_missing_headline_is_the_first_sentence() -> None:
    story = clean(
        raw(body_type="text", body="LONDON (AP) — Mr. Smith of the U.S. Navy went home on Monday. He slept.")
    )
    assert (story.headline, story.headline_from) == (
        "Mr. Smith of the U.S. Navy went home on Monday.",
        "body",
    )


def test_a_headline_repeated_over_the_text_is_said_once() -> None:
    assert clean(raw(headline="Storm hits", body="<h1>Storm hits</h1><p>It hit.</p>")).body == ["It hit."]


@pytest.mark.parametrize(
    ("wire", "headline", "change", "status"),
    [
        (None, "Storm", None, "usable"),
        ("new", "Storm", "new", "usable"),
        ("new", "UPDATE 1-Storm", "update", "usable"),
        ("update", "RPT-Storm", "update", "usable"),
        ("update", "CORRECTED-Storm", "correction", "usable"),
        ("update", "KILL: Storm", "kill", "canceled"),
        ("kill", "CORRECTED-Storm", "kill", "canceled"),
    ],
)
def test_the_wire_s_elements_and_the_markers_together(
    wire: Any, headline: str, change: str | None, status: str
) -> None:
    story = clean(raw(change=wire, headline=headline, body="<p>It hit.</p>"))
    assert (story.change, story.status) == (change, status)


def test_a_byline_with_a_title_under_it() -> None:
    story = clean(
        raw(
            headline="H",
            body_type="text",
            body="By JANE DOE\nAP Business Writer\n\nNEW YORK (AP) _ Gold rose on Monday.",
        )
    )
    assert (story.byline, story.byline_title, story.body) == (
        ["Jane Doe"],
        "AP Business Writer",
        ["Gold rose on Monday."],
    )


def test_a_digest_has_no_dateline() -> None:
    story = clean(
        raw(
            headline="News", body="<p>SYDNEY - Rain fell on the city.</p><p>PERTH - Sun shone on the sea.</p>"
        )
    )
    assert story.dateline is None
    assert len(story.body) == 2


def test_captions_go_to_their_pictures() -> None:
    story = clean(
        raw(
            headline="H",
            media=[Media(url="https://example.com/1.jpg")],
            body="<p>Text.</p><figure><img src='https://example.com/1.jpg'><figcaption>The port</figcaption></figure>",
        )
    )
    assert [(medium.url, medium.caption) for medium in story.media] == [
        ("https://example.com/1.jpg", "The port")
    ]
    assert story.body == ["Text."]


def test_a_long_body_is_cut_and_it_is_said() -> None:
    story = clean(raw(headline="H", body="<p>" + "word " * 100 + "</p><p>more</p>"), characters=100)
    assert sum(map(len, story.body)) <= 100
    assert story.assumed == ["body of 503 characters cut to 100"]


def test_what_pages_put_around_a_story_goes() -> None:
    kept = ["The road is open.", "Share prices rose.", "The post office closed."]
    page = [
        kept[0],
        "Read more",
        "Continue reading →",
        "Share this:",
        "Facebook | Twitter",
        kept[1],
        "The post Road opens appeared first on Example News.",
        "Follow us on Twitter",
        "Advertisement",
        kept[2],
    ]
    assert without(page) == kept
    assert without(["He wrote a book. Read more..."]) == ["He wrote a book."]
    assert without(["Read more"]) == ["Read more"]


@settings(max_examples=120, deadline=None)
@given(
    st.text(),
    st.lists(
        st.one_of(
            st.text(),
            st.sampled_from(
                ["<p>", "\n\n", "By ", "LONDON (AP) - ", "KILL", "&lt;", "(Reporting by x)", "ENDS"]
            ),
        )
    ),
    st.sampled_from(["html", "text"]),
)
def test_no_text_breaks_it(headline: str, pieces: list[str], body_type: Any) -> None:
    story = clean(
        raw(
            headline=headline,
            body="".join(pieces),
            byline=headline,
            dateline=headline,
            body_type=body_type,
            language="en",
        )
    )
    assert all(paragraph.strip() for paragraph in story.body)
    json.loads(encode(story))
    assert (
        clean(
            raw(
                headline=headline,
                body="".join(pieces),
                byline=headline,
                dateline=headline,
                body_type=body_type,
                language="en",
            )
        )
        == story
    )


def test_importing_the_stage_loads_no_model() -> None:
    code = "import sys, pipeline.clean; sys.exit(any(m in sys.modules for m in ('py3langid', 'numpy', 'ftfy', 'spacy', 'lxml')))"
    root = Path(__file__).parents[2]
    assert (
        subprocess.run(
            [sys.executable, "-c", code], cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, check=False
        ).returncode
        == 0
    )
