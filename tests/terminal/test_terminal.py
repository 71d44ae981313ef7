"""Times as people type them, text that can't harm a terminal, and what changed between two versions."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.index import Marked
from pipeline.story import Story
from pipeline.terminal.changes import changes, reworded
from pipeline.terminal.lines import Span, harmless, marked, plain, write
from pipeline.terminal.moments import BadMoment, moment
from pipeline.terminal.reading import reading

NOW = datetime(2025, 3, 1, 12, 30, tzinfo=UTC)
DAY = datetime(2025, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("2025-03-01", DAY, DAY + timedelta(days=1)),
        ("today", DAY, DAY + timedelta(days=1)),
        ("Yesterday", DAY - timedelta(days=1), DAY),
        ("now", NOW, NOW),
        ("24h", NOW - timedelta(hours=24), NOW - timedelta(hours=24)),
        ("30m", NOW - timedelta(minutes=30), NOW - timedelta(minutes=30)),
        (" 7 d ", NOW - timedelta(days=7), NOW - timedelta(days=7)),
        ("2W", NOW - timedelta(weeks=2), NOW - timedelta(weeks=2)),
        ("2025-03-01T14:30", DAY.replace(hour=14, minute=30), DAY.replace(hour=14, minute=30)),
        ("2025-03-01 14:30+02:00", DAY.replace(hour=12, minute=30), DAY.replace(hour=12, minute=30)),
        (
            "2025-03-01T14:30:05Z",
            DAY.replace(hour=14, minute=30, second=5),
            DAY.replace(hour=14, minute=30, second=5),
        ),
    ],
)
def test_a_time_is_read(text: str, begins: datetime, ends: datetime) -> None:
    assert moment(text, NOW) == begins
    assert moment(text, NOW, end=True) == ends


@pytest.mark.parametrize("text", ["", "soon", "2025-13-01", "5", "999999w", "h", "24h ago", "2025-02-30"])
def test_what_is_no_time_is_said_with_what_would_be(text: str) -> None:
    with pytest.raises(BadMoment, match="write 2025-03-01"):
        moment(text, NOW)


@given(st.text())
def test_nothing_that_steers_a_terminal_gets_through_and_places_stay(text: str) -> None:
    shown = harmless(text)
    assert len(shown) == len(text)
    assert not any(c in shown for c in "\x00\x07\x08\n\r\x1b\x7f\x9b\u202e\u2028")


def test_colours_are_for_terminals_alone() -> None:
    out = io.StringIO()
    write([[Span("Oil ", "headline"), Span("\x1b]0;owned\x07", "match")], []], out)
    assert out.getvalue() == "Oil \ufffd]0;owned\ufffd\n\n"


def test_matches_are_parted_from_the_text_around() -> None:
    spans = marked(Marked(text="oil and oil", marks=[(0, 3), (8, 11)]), "headline")
    assert spans == [Span("oil", "match"), Span(" and ", "headline"), Span("oil", "match")]


@given(st.text(), st.text())
def test_what_was_put_in_and_left_is_the_new_text_and_what_was_taken_out_and_left_the_old(
    old: str, new: str
) -> None:
    spans = reworded(old, new)
    assert "".join(span.text for span in spans if span.style != "removed") == new
    assert "".join(span.text for span in spans if span.style != "added") == old


def test_paragraphs_are_matched_with_those_they_come_from() -> None:
    def version(*body: str) -> Story:
        return Story(id="a", source="s", format="rss", headline="Same", body=list(body))

    before = version(
        "One stays as it is.", "The minister spoke for an hour on Monday.", "This goes altogether."
    )
    after = version(
        "One stays as it is.", "Something quite new.", "The minister spoke for two hours on Monday."
    )
    assert [plain(line) for line in changes(before, after)] == [
        "paragraph 2: {+Something quite new.+}",
        "paragraph 3: The minister spoke for [-an hour-]{+two hours+} on Monday.",
        "paragraph 4: [-This goes altogether.-]",
    ]
    assert list(changes(before, before)) == []


def test_a_table_has_a_line_for_each_row() -> None:
    table = Story(
        id="a",
        source="s",
        format="rss",
        headline="Ports",
        body=["Port | Status\nOstend | open"],
        change="new",
    )
    lines = [plain(line) for line in reading(table)]
    assert lines[lines.index("Port | Status") + 1] == "Ostend | open"
