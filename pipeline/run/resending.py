"""Sends dead letters of the distributed driver again: each to the topic of the stage that it died in."""

from __future__ import annotations

import msgspec

from pipeline.collect.reading import Reader
from pipeline.dead_letters import DeadLetter
from pipeline.kafka.letters import PAYLOAD_BYTES
from pipeline.kafka.publish import Message
from pipeline.kafka.topics import Topics
from pipeline.run.intake import document_of
from pipeline.story import decode_raw, decode_story, encode, replace, story_id


def resent(letter: DeadLetter, topics: Topics, reader: Reader) -> tuple[list[Message], list[str]]:
    """The messages that send a letter again, and what is wrong with it still: then it is to be kept. A document is read again
    here; what comes later in the pipeline is seen by the stages."""
    try:
        return _resent(letter, topics, reader)
    except msgspec.MsgspecError as error:
        return [], [f"no record: {error}"]


def _resent(letter: DeadLetter, topics: Topics, reader: Reader) -> tuple[list[Message], list[str]]:
    if letter.payload_kind == "raw":
        raw = decode_raw(letter.payload)
        return [Message(topics.raw.name, story_id(raw.source, raw.family), letter.payload)], []
    if letter.payload_kind == "story":
        story = decode_story(letter.payload)
        if letter.stage == "enrich":
            story = replace(story, entities_note="")
        topic = {"deduplicate": topics.clean, "enrich": topics.decided}.get(letter.stage, topics.enriched)
        return [Message(topic.name, story.id, encode(story))], []
    if letter.size > PAYLOAD_BYTES:
        return [], [f"only {len(letter.payload):,} of its {letter.size:,} bytes were kept"]
    parsed = reader.read(document_of(letter))
    messages = [
        Message(topics.raw.name, story_id(raw.source, raw.family), encode(raw)) for raw in parsed.stories
    ]
    return messages, [fault.reason for fault in parsed.faults]
