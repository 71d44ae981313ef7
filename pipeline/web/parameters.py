"""What a reader may ask for: every query parameter with its meaning and its bounds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from pipeline.index import Bucket, Order, Query
from pipeline.story import Change, EntityType, Status

TEXT_CHARACTERS = 400
VALUE_CHARACTERS = 300
VALUES = 20
DEEPEST = 10_000
"""The furthest story into an answer that can be asked for; narrow the time to go further."""


def _utc(at: datetime) -> datetime:
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside the calendar") from error


Time = Annotated[datetime, AfterValidator(_utc)]
Value = Annotated[str, StringConstraints(min_length=1, max_length=VALUE_CHARACTERS)]
Values = Annotated[list[Value], Field(max_length=VALUES)]


class Filters(BaseModel):
    """Which stories: different parameters narrow the answer together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: Annotated[
        str,
        Field(
            max_length=TEXT_CHARACTERS,
            description='Words that must all be there; `"a phrase"`, `prefix*`, `-without`, `this OR that`,'
            " `headline:word`. Any text is valid.",
        ),
    ] = ""
    entity: Annotated[
        Values,
        Field(description="Entities of any type, by name or by link (`geonames:112931`); all must be there."),
    ] = []
    person: Annotated[Values, Field(description="People; all must be there.")] = []
    organisation: Annotated[Values, Field(description="Organisations; all must be there.")] = []
    place: Annotated[
        Values,
        Field(description="Places by name, or countries by ISO 3166-1 alpha-2 code; all must be there."),
    ] = []
    source: Annotated[Values, Field(description="Feeds, by their name here; any of them.")] = []
    provider: Annotated[Values, Field(description="Agencies; any of them.")] = []
    language: Annotated[Values, Field(description="BCP 47; `en` includes `en-GB`; any of them.")] = []
    change: Annotated[
        list[Change], Field(max_length=VALUES, description="What the story's latest version is; any of them.")
    ] = []
    status: Annotated[
        list[Status],
        Field(
            max_length=VALUES, description="Killed stories are left out unless `canceled` is asked for here."
        ),
    ] = []
    since: Annotated[
        Time | None, Field(description="Event time from this moment, ISO 8601; UTC unless it says otherwise.")
    ] = None
    until: Annotated[
        Time | None,
        Field(description="Event time before this moment, ISO 8601; UTC unless it says otherwise."),
    ] = None
    copies: Annotated[
        Literal["show", "fold"],
        Field(description="`fold` leaves out what copies another story and names the copies in its `also`."),
    ] = "show"

    def query(self, *, order: Order = "rank", limit: int = 1, offset: int = 0) -> Query:
        """The same for the index."""
        return Query(
            text=self.q,
            entity=self.entity,
            person=self.person,
            organisation=self.organisation,
            place=self.place,
            source=self.source,
            provider=self.provider,
            language=self.language,
            change=self.change,
            status=self.status,
            without_copies=self.copies == "fold",
            since=self.since,
            until=self.until,
            order=order,
            limit=limit,
            offset=offset,
        )


class Search(Filters):
    """A page of stories."""

    order: Annotated[
        Order,
        Field(description="`rank`: best match first, newest first without `q`; `newest`: by event time."),
    ] = "rank"
    limit: Annotated[int, Field(ge=1, le=100, description="Stories in this answer.")] = 20
    offset: Annotated[
        int, Field(ge=0, le=DEEPEST, description="Stories to pass over: the last answer's `next_offset`.")
    ] = 0
    brief: Annotated[
        bool,
        Field(
            description="Leaves `body`, `entities`, `subjects` and `media` of each story empty, for lists."
        ),
    ] = False


class FacetList(Filters):
    """Counts of values."""

    limit: Annotated[int, Field(ge=1, le=100, description="Values of each kind, the commonest first.")] = 20


class EntityList(FacetList):
    """Counts of entities."""

    type: Annotated[EntityType | None, Field(description="Only this type.")] = None


class Timeline(Filters):
    """Counts by time."""

    bucket: Annotated[
        Bucket | None, Field(description="Length of a bar; chosen by the span of the stories if not given.")
    ] = None
