"""Enrichment in processes of their own: a batch goes in and comes out whole, whatever one of its stories does to the process."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol

import msgspec

from pipeline.run.copies import Copies
from pipeline.run.pool import Pool, processors
from pipeline.settings import Enrich
from pipeline.story import Record, Story, replace

if TYPE_CHECKING:
    from pipeline.enrich import Enricher


PASSED = 512
"""Stories in a batch where no model wants it smaller: one transaction for so many costs a tenth less."""


class Enriched(Record, frozen=True, kw_only=True):
    """A story as the enrich stage left it. With `error` it is whole but for its entities, and a dead letter is due."""

    story: Story
    error: str = ""


_to_bytes = msgspec.msgpack.Encoder().encode
_stories = msgspec.msgpack.Decoder(list[Story])
_results = msgspec.msgpack.Decoder(list[Enriched])


class Enriches(Protocol):
    """What finds entities: `pipeline.enrich.Enricher`."""

    def enrich(self, stories: Sequence[Story]) -> list[Story]:
        """The stories with their entities, in order."""


class EnrichJob:
    """What an enriching process runs. It loads its models once, at the first batch."""

    def __init__(self, settings: Enrich) -> None:
        self._settings = settings
        self._enricher: Enricher | None = None

    def __call__(self, batch: bytes) -> bytes:
        if self._enricher is None:
            from pipeline.enrich import Enricher  # the process that only hands out the work has no need of it

            self._enricher = Enricher(self._settings)
            self._enricher.warm()
        return _to_bytes(enrich_each(self._enricher, _stories.decode(batch)))


def enrich_each(enricher: Enriches, stories: Sequence[Story]) -> list[Enriched]:
    """Enriches a batch; if it fails as a whole, story by story, so that only the culprit goes without entities."""
    try:
        return [Enriched(story=story) for story in enricher.enrich(stories)]
    except Exception as error:
        if len(stories) == 1:
            return [_without_entities(stories[0], f"{type(error).__name__}: {error}")]
        return [result for story in stories for result in enrich_each(enricher, [story])]


def _without_entities(story: Story, error: str) -> Enriched:
    return Enriched(
        story=replace(story, entities=[], entities_note=f"not searched for entities: {error}"), error=error
    )


class Enriching:
    """The enrich stage for a driver. With enrichment off it passes stories through; copies word for word, and versions whose
    words did not change, take their entities from the story that was searched."""

    def __init__(self, settings: Enrich, processes: int | None = None) -> None:
        self._pool: Pool[bytes, bytes] | None = None
        self._batch = settings.batch
        self._copies = Copies()
        self.batch = settings.batch if settings.enabled else max(settings.batch, PASSED)
        """Stories that a driver does well to hand over at once."""
        if settings.enabled:
            size = processes or settings.processes or processors()
            self._pool = Pool(
                EnrichJob(settings), size, cpu_seconds=300, memory_bytes=8 << 30, wall_seconds=600
            )

    def batches(self, batches: Iterable[Sequence[Story]]) -> Iterator[list[Enriched]]:
        """Each batch enriched, in order, several under way at once."""
        if self._pool is None:
            for batch in batches:
                yield [Enriched(story=story) for story in batch]
            return
        halves: deque[list[Story | None]] = deque()
        for packed, future in self._pool.map(self._to_be_searched(batches, halves)):
            searched = iter(self._settled(packed, future))
            results = []
            for copy in halves.popleft():
                result = next(searched) if copy is None else Enriched(story=copy)
                if copy is None and not result.error:
                    self._copies.keep(result.story)
                results.append(result)
            yield results

    def _to_be_searched(
        self, batches: Iterable[Sequence[Story]], halves: deque[list[Story | None]]
    ) -> Iterator[bytes]:
        """What of each batch goes to a process; in `halves` the rest of it, copies with the entities of what they copy."""
        for batch in batches:
            copies = [self._copies.of(story) for story in batch]
            halves.append(copies)
            yield _to_bytes([story for story, copy in zip(batch, copies, strict=True) if copy is None])

    def enrich(self, stories: Sequence[Story]) -> list[Enriched]:
        """Some stories enriched, in order, in batches of the settings' size."""
        cuts = range(0, len(stories), self._batch)
        return [
            result
            for batch in self.batches(stories[cut : cut + self._batch] for cut in cuts)
            for result in batch
        ]

    def warm(self) -> None:
        """Lets every process load its models, without waiting: the first stories of a service need not wait for it then."""
        if self._pool is not None:
            for _ in range(self._pool.size):
                # Each takes a process of its own, as loading takes longer than handing out.
                self._pool.submit(_to_bytes([]))

    def close(self) -> None:
        """Ends the processes."""
        if self._pool is not None:
            self._pool.close()

    def _settled(self, packed: bytes, future: Future[bytes]) -> list[Enriched]:
        """The future's results; after a killed process each story is tried alone, so that one of them takes the blame."""
        error = future.exception()
        if error is None:
            return _results.decode(future.result())
        stories = _stories.decode(packed)
        if len(stories) == 1:
            return [_without_entities(stories[0], str(error))]
        assert self._pool is not None
        alone = self._pool.map(_to_bytes([story]) for story in stories)
        return [result for one, settled in alone for result in self._settled(one, settled)]
