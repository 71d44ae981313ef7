"""Files of the Reuters-21578 collection give their stories."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.clean import clean
from pipeline.collect.document import Document, UnreadableDocument
from pipeline.collect.formats.reuters_sgml import FORMAT
from pipeline.story import RawStory

WIRES = Path(__file__).parents[4] / "shared" / "wires" / "reuters21578" / "reuters-sgml"

FILE = """<!DOCTYPE lewis SYSTEM "lewis.dtd">
<REUTERS TOPICS="YES" LEWISSPLIT="TRAIN" CGISPLIT="TRAINING-SET" OLDID="1" NEWID="101">
<DATE>26-FEB-1987 15:01:01.79</DATE>
<TOPICS><D>ship</D></TOPICS>
<PLACES><D>denmark</D><D>norway</D></PLACES>
<PEOPLE></PEOPLE>
<ORGS></ORGS>
<EXCHANGES></EXCHANGES>
<COMPANIES></COMPANIES>
<UNKNOWN>&#5;&#5;&#5;F Y
&#22;&#22;&#1;f0708&#31;reute
d f BC-HARBOUR-&lt;HRB>-CLO   02-26 0082</UNKNOWN>
<TEXT>&#2;
<TITLE>HARBOUR &lt;HRB> CLOSES AFTER STORM</TITLE>
<AUTHOR>    by Jane Doe, Reuters</AUTHOR>
<DATELINE>    AARHUS, Denmark, Feb 26 - </DATELINE><BODY>The harbour of the old
town was closed after a storm had sunk two ferries there in the
night, said &lt;Harbour Co>.
    Nobody was hurt in the storm, and the owner of the ferries,
Example &amp; Co, said that both were insured.
 Reuter
&#3;</BODY></TEXT>
</REUTERS>
<REUTERS TOPICS="NO" OLDID="2" NEWID="102">
<DATE> 1-MAR-1987 00:43:42.8</DATE>
<TOPICS></TOPICS>
<TEXT TYPE="BRIEF">&#2;
******<TITLE>FERRIES SUNK BY STORM
</TITLE>Blah blah blah.
&#3;

</TEXT>
</REUTERS>
<REUTERS TOPICS="NO" OLDID="3" NEWID="103">
<DATE>26-FEB-1987 16:36:26.90</DATE>
<TEXT TYPE="UNPROC">&#2;
HARBOUR WEEKLY REPORT - FEB 26
 Ferries in.............644 vs.....1,337
 Ferries out............680 vs.......425

 Reuter
&#3;

</TEXT>
</REUTERS>
<REUTERS TOPICS="NO">
<TEXT><TITLE>LOST</TITLE></TEXT>
</REUTERS>
"""


def stories(content: str = FILE) -> list[RawStory]:
    return FORMAT.parse(Document(content=content.encode("latin-1"), source="reuters", name="r.sgm")).stories


def test_a_story_s_elements() -> None:
    story = stories()[0]
    assert (story.guid, story.family, story.provider, story.language) == ("101", "101", "Reuters", "en")
    assert story.headline == "HARBOUR <HRB> CLOSES AFTER STORM"
    assert story.byline == "by Jane Doe, Reuters"
    assert story.dateline == "AARHUS, Denmark, Feb 26 -"
    assert story.slugline == "BC-HARBOUR-<HRB>-CLO"
    assert story.published_at == datetime(1987, 2, 26, 15, 1, 1, 790_000, tzinfo=UTC)
    assert story.assumed == ["no zone given: UTC assumed"]
    assert [(subject.scheme, subject.code) for subject in story.subjects] == [
        ("topic", "ship"),
        ("place", "denmark"),
        ("place", "norway"),
    ]


def test_a_story_cleaned() -> None:
    story = clean(stories()[0])
    assert story.body == [
        "The harbour of the old town was closed after a storm had sunk two ferries there in the night, said <Harbour Co>.",
        "Nobody was hurt in the storm, and the owner of the ferries, Example & Co, said that both were insured.",
    ]
    assert story.byline == ["Jane Doe"]
    assert story.headline == "HARBOUR <HRB> CLOSES AFTER STORM"
    assert story.dateline is not None
    assert (story.dateline.place, story.dateline.country, story.dateline.date) == (
        "Aarhus, Denmark",
        "DK",
        "1987-02-26",
    )


def test_a_brief_is_a_headline_alone() -> None:
    story = stories()[1]
    assert (story.headline, story.body) == ("FERRIES SUNK BY STORM", "")
    assert story.published_at == datetime(1987, 3, 1, 0, 43, 42, 800_000, tzinfo=UTC)


def test_an_unsplit_item_has_its_first_line_as_headline_and_its_table_whole() -> None:
    story = clean(stories()[2])
    assert story.headline == "HARBOUR WEEKLY REPORT - FEB 26"
    assert story.body == ["Ferries in.............644 vs.....1,337\nFerries out............680 vs.......425"]


def test_a_story_without_an_id_is_a_fault() -> None:
    parsed = FORMAT.parse(Document(content=FILE.encode("latin-1"), source="reuters"))
    assert [fault.item for fault in parsed.faults] == [3]
    assert b"LOST" in parsed.faults[0].original


def test_only_such_files_are_claimed() -> None:
    assert FORMAT.sniff(FILE)
    assert not FORMAT.sniff("<!DOCTYPE nitf><nitf/>")
    with pytest.raises(UnreadableDocument):
        stories('<!DOCTYPE lewis SYSTEM "lewis.dtd">\n')


@pytest.mark.wires
@pytest.mark.skipif(not WIRES.is_dir(), reason="no ../shared/wires")
def test_a_file_of_the_collection_is_read_whole_and_clean() -> None:
    content = sorted(WIRES.glob("*.sgm"))[0].read_bytes()
    parsed = FORMAT.parse(Document(content=content, source="reuters"))
    assert (len(parsed.stories), parsed.faults) == (1000, [])
    assert all(story.published_at and story.published_at.year == 1987 for story in parsed.stories)
    cleaned = [clean(story) for story in parsed.stories]
    assert all(story.headline for story in cleaned)
    assert not any("Reuter" in (story.body or [""])[-1][-8:] for story in cleaned)
    assert not any(
        "&" in paragraph and ";" in paragraph.split("&", 1)[1][:6]
        for story in cleaned
        for paragraph in story.body
    )
    with_text = [story for story in cleaned if len(story.body) > 1]
    assert sum(story.dateline is not None for story in with_text) > 0.95 * len(with_text)
