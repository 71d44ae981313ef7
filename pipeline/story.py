"""The records that travel the pipeline: what a wire said (RawStory), and the clean story that readers get (Story)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal

import msgspec

SCHEMA = 1
"""The version of the records' shape; a reader accepts its own and every earlier one."""

Status = Literal["usable", "withheld", "canceled"]
Change = Literal["new", "update", "correction", "kill", "repeat", "advisory"]
Relation = Literal["exact", "near", "contains", "update"]
EntityType = Literal["person", "organisation", "place", "group", "event", "product"]
Precision = Literal["second", "minute", "day"]
BodyType = Literal["html", "text"]


class Record(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=False, gc=False):
    """A typed, immutable record; `replace` makes a changed copy. The collector of garbage leaves records out (`gc=False`): what
    cannot change is in no cycle."""


class Subject(Record, frozen=True, kw_only=True):
    """What a story is about, in somebody's vocabulary: `scheme` names it (`medtop`, `subj`, `section`, an agency's own)."""

    code: str
    scheme: str = ""
    name: str = ""


class Media(Record, frozen=True, kw_only=True):
    """A picture, sound or film that goes with a story; only http and https addresses."""

    url: str
    type: str = ""
    """A media type (`image/jpeg`) or its first half (`image`)."""
    caption: str = ""
    credit: str = ""
    width: int | None = None
    height: int | None = None


class Location(Record, frozen=True, kw_only=True):
    """A point on the earth, WGS 84 degrees."""

    lat: float
    lon: float


class Dateline(Record, frozen=True, kw_only=True):
    """Where and when a story was filed: `text` as written, without the dash after it: `TEHRAN, Aug 5 (Reuters)`."""

    text: str
    place: str = ""
    country: str = ""
    """ISO 3166-1 alpha-2."""
    date: str = ""
    """ISO 8601 date, or empty where the wire gives none."""


class Mention(Record, frozen=True, kw_only=True):
    """Where a story names an entity. `field` is `headline`, `summary` or `body`; `paragraph` counts from 0 (0 outside body);
    `start` and `end` count characters there: `paragraph[start:end] == text` always."""

    field: str
    paragraph: int
    start: int
    end: int
    text: str


class Link(Record, frozen=True, kw_only=True):
    """An entity's entry in a public register: `scheme` `geonames`, `iso3166`, `wikidata` or `ticker`."""

    scheme: str
    id: str
    name: str
    country: str | None = None
    location: Location | None = None


class Entity(Record, frozen=True, kw_only=True):
    """One person, organisation, place, group, event or product of a story, with everything the story calls it."""

    name: str
    type: EntityType
    salience: float
    """0 to 1, the story's main entity nearest 1."""
    mentions: list[Mention]
    link: Link | None = None
    role: str = ""
    """Title or role as the story gives it: `President`, `secretary of the Security Council`."""
    link_note: str = ""
    """Why a place has no link: `ambiguous: Springfield (US-MO, 170,188) or Springfield (US-MA, 155,929)`."""


class VersionSeen(Record, frozen=True, kw_only=True):
    """A line of a story's history."""

    version: int
    change: Change
    at: datetime | None
    """The version's own time (the wire's), UTC."""
    text_hash: str
    headline: str = ""
    late: bool = False
    """It came after a newer version and never was the current one."""


class RawStory(Record, frozen=True, kw_only=True):
    """What a wire document says of one story, before cleaning. Texts are as published (plain or HTML, see `body_type`);
    empty where the wire says nothing. Published on `stories.raw`."""

    schema: int = SCHEMA
    source: str
    """The feed's name here."""
    format: str
    guid: str = ""
    """The wire's own id of this item as published; with its revision where the wire writes one into it."""
    family: str = ""
    """The guid without revision: what updates, corrections and kills of a story share. Never empty after parsing."""
    wire_version: str = ""
    version_counts: bool = False
    """True where this agency's version numbers are a sequence; else only times order versions."""
    document: str = ""
    """Where it was read: path or URL of the document."""
    url: str = ""
    provider: str = ""
    status: Status = "usable"
    change: Change | None = None
    """What the wire's own elements say this version is; None where they say nothing."""
    corrects: str = ""
    """The guid or family of the story that this one corrects, kills or replaces, where the wire names one."""
    headline: str = ""
    subheadline: str = ""
    slugline: str = ""
    summary: str = ""
    byline: str = ""
    """As written, still with `By`; several bylines are joined by ` and `."""
    byline_title: str = ""
    dateline: str = ""
    dateline_country: str = ""
    credit: str = ""
    rights: str = ""
    editor_note: str = ""
    """Public notes to editors only."""
    language: str = ""
    urgency: int | None = None
    genre: str = ""
    item_class: str = "text"
    body: str = ""
    body_type: BodyType = "html"
    """`text`: paragraphs parted by blank lines; single newlines inside one are a wrap, or rows of a table."""
    subjects: list[Subject] = []
    keywords: list[str] = []
    media: list[Media] = []
    location: Location | None = None
    """Where a feed says that the story is (georss, W3C geo)."""
    published_at: datetime | None = None
    """This version's time, UTC."""
    published_precision: Precision = "second"
    first_published_at: datetime | None = None
    embargoed_until: datetime | None = None
    collected_at: datetime | None = None
    assumed: list[str] = []
    """What was repaired or taken for granted in reading it, one sentence each (`no zone given: UTC assumed`)."""


class Story(Record, frozen=True, kw_only=True):
    """The one record that every reader gets: in `stories.enriched`, Elasticsearch, SQLite and `--json`. Plain text throughout."""

    schema: int = SCHEMA
    id: str
    version: int = 0
    """1 for the first seen of an id, then growing; 0 until the de-duplicate stage has numbered it."""
    wire_version: str = ""
    version_counts: bool = False
    late: bool = False
    """True for a version that came after a newer one: it enters the history, never the index."""
    source: str
    provider: str = ""
    url: str = ""
    guid: str = ""
    family: str = ""
    corrects: str = ""
    document: str = ""
    format: str
    status: Status = "usable"
    change: Change | None = None
    """Never None once de-duplicated."""
    headline: str = ""
    marker: str = ""
    """What stood before (or after) the headline and says what this version is, as written: `UPDATE 2-`."""
    headline_from: str = ""
    """Empty for a published headline; `body` where the wire gave none and the first sentence stands in."""
    subheadline: str = ""
    slugline: str = ""
    summary: str = ""
    byline: list[str] = []
    byline_title: str = ""
    dateline: Dateline | None = None
    credit: str = ""
    rights: str = ""
    editor_note: str = ""
    staff: str = ""
    """`Reporting by ...; Editing by ...`, as written."""
    language: str = ""
    language_from: str = ""
    """`wire` where declared, `text` where detected, empty where unknown."""
    urgency: int | None = None
    genre: str = ""
    item_class: str = "text"
    body: list[str] = []
    word_count: int = 0
    text_hash: str = ""
    """Of headline and body, see `pipeline.clean.fingerprint`; equal for equal text whatever its markup, case and spacing."""
    subjects: list[Subject] = []
    keywords: list[str] = []
    media: list[Media] = []
    location: Location | None = None
    published_at: datetime | None = None
    published_precision: Precision = "second"
    first_published_at: datetime | None = None
    embargoed_until: datetime | None = None
    collected_at: datetime | None = None
    processed_at: datetime | None = None
    entities: list[Entity] = []
    entities_note: str = ""
    """Why there are none, where that is not for want of names: `no model for language 'ja'`."""
    copy_of: str | None = None
    relation: Relation | None = None
    similarity: float | None = None
    cluster: str = ""
    """Id of the earliest story of the group of copies that this one belongs to; its own id where it is the first."""
    history: list[VersionSeen] = []
    """Filled by the index."""
    assumed: list[str] = []


def story_id(source: str, family: str) -> str:
    """The id of the story that `source` calls `family`: 20 hexadecimal digits, the same on every machine and run."""
    return hashlib.blake2b(f"{source}\0{family}".encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def event_time(story: RawStory | Story) -> datetime | None:
    """When this version happened on the wire: its own time, else the first version's, else when it was collected; UTC."""
    return story.published_at or story.first_published_at or story.collected_at


encode = msgspec.json.Encoder().encode
"""Any record to one line of JSON, UTF-8 bytes, field order fixed."""

decode_story = msgspec.json.Decoder(Story).decode
"""JSON to Story; raises msgspec.ValidationError or msgspec.DecodeError."""

decode_raw = msgspec.json.Decoder(RawStory).decode
"""JSON to RawStory; raises msgspec.ValidationError or msgspec.DecodeError."""

replace = msgspec.structs.replace
"""A copy of a record with some fields changed."""
