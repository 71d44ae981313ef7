"""Mail: what a reader can rely on, on messages written for this test."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.collect.document import Document, Parsed, UnreadableDocument
from pipeline.collect.formats import mail
from pipeline.story import RawStory

HEADERS = b"""From: Example Desk <desk@example.org>
To: wires@example.net
Message-ID: <1@example.org>
Date: Fri, 1 Mar 2024 11:00:00 +0100
Subject: =?utf-8?Q?Feuer_im_=C3=96lhafen?= today
"""


def parse(content: bytes) -> Parsed:
    return mail.parse(Document(content=content, source="example"))


def story(content: bytes) -> RawStory:
    (found,) = parse(content).stories
    return found


def test_the_usual_fields_and_no_signature() -> None:
    found = story(
        HEADERS
        + b"Content-Type: text/plain; charset=iso-8859-1\n\nEin Feuer in M\xfcnchen.\n\nGel\xf6scht.\n-- \nTel: 0123 456789\n"
    )
    assert (found.guid, found.headline, found.provider) == (
        "<1@example.org>",
        "Feuer im Ölhafen today",
        "Example Desk <desk@example.org>",
    )
    assert found.published_at == datetime(2024, 3, 1, 10, tzinfo=UTC)
    assert found.body == "Ein Feuer in München.\n\nGelöscht."


def test_parts_plain_before_html_and_no_attachments() -> None:
    body = b"""MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: multipart/alternative; boundary=y

--y
Content-Type: text/html; charset=utf-8

<p>In HTML.</p>
--y
Content-Type: text/plain; charset=utf-8

In text.
--y--
--x
Content-Type: text/plain
Content-Disposition: attachment; filename=a.txt

attached
--x--
"""
    assert story(HEADERS + body).body == "In text."
    html = story(HEADERS + b"Content-Type: text/html\n\n<p>Only HTML.</p>")
    assert "<p>Only HTML.</p>" in html.body


@pytest.mark.parametrize(
    "subject", ["=?utf-8?Q?raw é inside?=", "=?nonsense?B?aGVsbG8=?=", "=?utf-8?B?%%%?=", "raw é"]
)
def test_odd_subjects_never_crash(subject: str) -> None:
    found = story(b"From: a@example.org\nTo: b@example.org\nSubject: " + subject.encode() + b"\n\ntext")
    assert found.headline


def test_an_mbox_holds_several() -> None:
    one = b"From a@example.org Fri Mar  1 10:00:00 2024\n" + HEADERS + b"\nText.\n\n"
    assert len(parse(one + one).stories) == 2
    with pytest.raises(UnreadableDocument):
        parse(b"From: a@example.org\nTo: b\nDate: x\n\n")


def test_sniffed_by_its_header_fields() -> None:
    assert mail.sniff(HEADERS.decode("latin-1"))
    assert mail.sniff("   \r\n" + HEADERS.decode("latin-1"))
    assert not mail.sniff("Note: this is a text.\nFrom: nobody\n")


@pytest.mark.parametrize("before", ["Fwd: ", "RE: FW: ", "WG: ", "TR : "])
def test_a_message_passed_on_keeps_its_subject(before: str) -> None:
    assert story(HEADERS.replace(b"Subject: ", b"Subject: " + before.encode()) + b"\nText.").headline == (
        "Feuer im Ölhafen today"
    )


def test_nothing_below_a_line_of_private_notes() -> None:
    found = story(HEADERS + b"\nNews.\n\nNot for publication:\nAda Lind, desk 4\n")
    assert found.body == "News."
