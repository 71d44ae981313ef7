"""HTML becomes the paragraphs that a reader of the page would see, and hostile HTML costs no more than its length."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.clean.markup import in_line, to_text

PAGES = {
    "paragraphs": ("<p>One.</p><p>Two <b>bo</b>ld.</p>", ["One.", "Two bold."]),
    "unclosed": ("<p>One<p>Two<div>Three", ["One", "Two", "Three"]),
    "nested blocks": ("<div>A<div>B<blockquote>C</blockquote>D</div>E</div>", ["A", "B", "C", "D", "E"]),
    "headings": ("<h2>Reaction</h2><p>Text.</p>", ["Reaction", "Text."]),
    "double br": (
        "First thing.<br><br/>Second thing.<BR />\n<br>Third.",
        ["First thing.", "Second thing.", "Third."],
    ),
    "br in an address": ("<p>1 High Street<br>London<br>SW1</p>", ["1 High Street\nLondon\nSW1"]),
    "br as a wrap": (
        "<p>The minister said on Monday in the capital that the "
        "government would not<br>accept the plan, and that talks would go on.</p>",
        [
            "The minister said on Monday in the capital that the "
            "government would not accept the plan, and that talks would go on."
        ],
    ),
    "br after whole sentences": (
        "<p>The minister said on Monday that the government would "
        "not accept the plan.<br>Talks go on next week, people close to them said.</p>",
        [
            "The minister said on Monday that the government would not accept the plan.",
            "Talks go on next week, people close to them said.",
        ],
    ),
    "lists": ("<ul><li>one<li>two<ol><li>inner</li></ol></ul>after", ["one", "two", "inner", "after"]),
    "table": (
        "<table><tr><th>Team</th><th>Pts</th></tr><tr><td>Rovers</td><td>3</td></tr></table>",
        ["Team | Pts\nRovers | 3"],
    ),
    "table with an empty cell": (
        "<table><tr><td>a</td><td></td><td>c</td></tr><tr><td>d</td><td>e</td></tr></table>",
        ["a |  | c\nd | e"],
    ),
    "layout table": ("<table><tr><td><p>One.</p><p>Two.</p></td></tr></table>", ["One.", "Two."]),
    "pre": ("<pre>Rovers   3\nUnited   1\n\nText.</pre>", ["Rovers   3\nUnited   1", "Text."]),
    "entities": ("<p>AT&amp;T &#8211; &quot;ok&quot; &eacute;&nbsp;x</p>", ['AT&T – "ok" é x']),
    "entities escaped twice": ("<p>AT&amp;amp;T &amp;#8217;s</p>", ["AT&T ’s"]),
    "markup escaped whole": ("&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;", ["One.", "Two."]),
    "markup escaped in a wrapper": ("<div>&lt;p&gt;One.&lt;/p&gt;</div>", ["One."]),
    "a tag written about": ("<p>Use the &lt;p&gt; tag.</p>", ["Use the <p> tag."]),
    "scripts and the hidden": (
        "<p>See</p><script>var a='<p>no</p>';</script><style>p{}</style><noscript><p>no</p></noscript><p hidden>no</p>"
        "<div style='display: none'><p>no</p></div><iframe src=x>no</iframe><!-- no --><template>no</template><p>this</p>",
        ["See", "this"],
    ),
    "an unclosed script hides nothing": ("<p>a</p><style><p>b</p>", ["a", "b"]),
    "forms": ("<p>a</p><form><label>Mail</label><input><button>Go</button></form><p>b</p>", ["a", "b"]),
    "a form round the whole page": (f"<form><p>{'word ' * 100}</p></form>", [("word " * 100).strip()]),
    "unknown tags": ("<p>a <x-y z=1>b</x-y> <o:p>c</o:p></p>", ["a b c"]),
    "instruments in brackets": (
        "<p>Apple <AAPL.O> rose, <SRD> fell.</p>",
        ["Apple <AAPL.O> rose, <SRD> fell."],
    ),
    "less than": ("<p>5 < 6 and 7 <8</p>", ["5 < 6 and 7 <8"]),
    "powers and quotes": ("<p>10<sup>6</sup> CO<sub>2</sub> <q>hi</q></p>", ["10⁶ CO2 “hi”"]),
    "words stay apart": ("<p>one<span> two</span></p><p>x</p>y<hr>z", ["one two", "x", "y", "z"]),
    "cdata": ("<![CDATA[a & b]]><p>c</p>", ["a & b", "c"]),
    "quotes never closed": ('<p>a <a href="x>b</a> c</p><p>d</p>', ["a b c", "d"]),
    "plain text": ("One.\n\nTwo &amp; three.", ["One.", "Two & three."]),
    "source line breaks": ("<p>one\n   two</p>\n\n<p>three</p>", ["one two", "three"]),
    "set for a teletype": (
        "<p>(Adds detail)\n    * A point that is made here\n\n    Gold rose on Tuesday on increased demand as the President's\n"
        "stance rattled markets.\n    Traders were also waiting for the bank's decision on rates\nthat is due.</p>",
        [
            "(Adds detail)",
            "* A point that is made here",
            "Gold rose on Tuesday on increased demand as the President's stance rattled markets.",
            "Traders were also waiting for the bank's decision on rates that is due.",
        ],
    ),
}


@pytest.mark.parametrize(("page", "paragraphs"), PAGES.values(), ids=PAGES.keys())
def test_a_page_reads_as_its_paragraphs(page: str, paragraphs: list[str]) -> None:
    assert to_text(page).paragraphs == paragraphs


def test_a_caption_is_a_picture_s_and_no_paragraph() -> None:
    text = to_text(
        "<p>a</p><figure><img src='https://example.com/1.jpg'><figcaption>The <b>port</b></figcaption></figure><p>b</p>"
    )
    assert text.paragraphs == ["a", "b"]
    assert [(figure.url, figure.caption) for figure in text.figures] == [
        ("https://example.com/1.jpg", "The port")
    ]


def test_a_headline_keeps_what_only_looks_like_markup() -> None:
    assert in_line("Profit <b>up</b> at A&amp;B") == "Profit up at A&B"
    assert in_line("<J.M. RESOURCES INC> BUYS STAKE IN <SRD>") == "<J.M. RESOURCES INC> BUYS STAKE IN <SRD>"
    assert in_line("FIRST INTERSTATE <I> BID") == "FIRST INTERSTATE <I> BID"


HOSTILE = {
    "deep": "<div>" * 200_000,
    "formatting": "".join(f"<b id={i}>" for i in range(20_000)) + "<p>x" * 20_000,
    "quotes": "<a \">'" * 200_000,
    "one quoted end": '<a ">"' * 200_000,
    "opened": "<" * 1_000_000,
    "tables": "<table><tr><td>x" * 60_000,
    "comments": "<!--" * 250_000,
    "scripts": "<script>" * 125_000,
    "hidden": "<p hidden>" * 100_000,
    "raised": "<sup>1" * 150_000,
    "escaped": "&lt;p" * 200_000,
    "escaped twice": "&amp;lt;" * 125_000,
    "attributes": "<a " + "x=1 " * 250_000 + ">",
    "half end tags": "<script></script " * 60_000,
    "spaces": "\n " * 500_000,
    "breaks": "x<br>" * 200_000,
    "names": "".join(f"<x{i}>" for i in range(100_000)),
    "cdata": "<![CDATA[" * 110_000,
}


@pytest.mark.parametrize("page", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_megabyte_costs_seconds_at_the_most(page: str) -> None:
    start = time.process_time()
    to_text(page)
    assert time.process_time() - start < 8


def test_beyond_the_bound_tags_are_only_taken_out_and_it_is_said() -> None:
    text = to_text("<b></b>" * 250_000 + "<p>the end</p>")
    assert text.cut
    assert text.paragraphs == ["the end"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<table>",
                "<td>",
                "</tr>",
                "<li>",
                "<br>",
                "<b",
                ">",
                "&lt;",
                "&",
                '"',
                "<!--",
                "x",
                " ",
            ]
        )
    )
)
def test_no_markup_breaks_it_and_no_paragraph_is_empty(pieces: list[str]) -> None:
    assert all(paragraph.strip() for paragraph in to_text("".join(pieces)).paragraphs)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("abc", min_size=1), min_size=1))
def test_every_word_of_a_page_is_in_its_text_once_and_in_order(words: list[str]) -> None:
    tags = ["p", "div", "li", "td", "h2", "span", "blockquote"]
    page = "".join(f"<{tags[n % len(tags)]}>{word}</{tags[n % len(tags)]}> " for n, word in enumerate(words))
    assert "".join("".join(to_text(page).paragraphs).replace("|", "").split()) == "".join(words)
