"""Entities of stories: what each one names, told apart, counted and linked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.enrich.abroad import countries_abroad, find_names_abroad
from pipeline.enrich.consistency import made_consistent
from pipeline.enrich.gazetteer import Gazetteer
from pipeline.enrich.link import link_places, merge_same
from pipeline.enrich.passages import Passage, passages, put_case_right
from pipeline.enrich.reading import worth_reading
from pipeline.enrich.recogniser import Found, NoModel, Recogniser
from pipeline.enrich.resolve import SHORT_FORM, Cluster, resolve
from pipeline.enrich.rules import disjoint, find_names, known_names, without_credits
from pipeline.enrich.salience import salience
from pipeline.enrich.spans import Span
from pipeline.enrich.tickers import coded, tickers
from pipeline.enrich.titles import role_at
from pipeline.settings import Enrich
from pipeline.story import Entity, Link, Mention, Record, Story, replace

_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_TEXTS_A_STORY = 4
"""Texts of a story that are worth a model's reading, about: the setting counts stories, the model texts."""
_LETTER = re.compile(r"[^\W\d_]")


class Explained(Record, frozen=True, kw_only=True):
    """Which rule or model made each of an entity's mentions, in their order."""

    name: str
    mentions: list[tuple[Mention, str]]


@dataclass(frozen=True, slots=True)
class _Job:
    """A story made ready: per passage, what the tables know in it and the stretches that a model is to read."""

    story: Story
    passages: list[Passage]
    tables: list[list[Span]]
    stretches: list[list[tuple[int, int]]]
    language: str
    """Of the model that reads it; empty where none does."""
    note: str
    """Why none does."""


class Enricher:
    """Finds the entities of stories. Models and tables are loaded at the first use, or by `warm` ahead of a fork."""

    def __init__(self, settings: Enrich) -> None:
        self._settings = settings
        self._gazetteer: Gazetteer | None = None
        self._models: dict[str, Recogniser | NoModel] = {}

    def warm(self) -> None:
        """Loads the tables and every model of the settings now; a missing model is no error here."""
        self._tables()
        for language in self._settings.models:
            self._model(language)

    def enrich(self, stories: Sequence[Story]) -> list[Story]:
        """The stories in their order, with `entities` and, where a story could not be searched, `entities_note`. A story's
        entities do not depend on the stories around it."""
        return [story for story, _ in self.explain(stories)]

    def explain(self, stories: Sequence[Story]) -> list[tuple[Story, list[Explained]]]:
        """As `enrich`, with the rule or model behind each mention."""
        if not self._settings.enabled:
            return [(story, []) for story in stories]
        names = self._tables()
        work = [self._prepared(story, names) for story in stories]
        answers: dict[str, dict[str, list[Found]]] = {}
        for job in work:
            if job.language:
                asked = answers.setdefault(job.language, {})
                for passage, stretches in zip(job.passages, job.stretches, strict=True):
                    asked.update({passage.cased[start:end]: [] for start, end in stretches})
        for language, texts in answers.items():
            model = self._models[language]
            assert isinstance(model, Recogniser)
            texts.update(
                zip(texts, model.find(list(texts), self._settings.batch * _TEXTS_A_STORY), strict=True)
            )
        return [self._entities(job, answers.get(job.language, {}), names) for job in work]

    def _prepared(self, story: Story, names: Gazetteer) -> _Job:
        found = passages(story, self._settings.story_characters) if story.status != "canceled" else []
        put_case_right(found, names)
        language, note = self._language(story, found)
        tables = [known_names(number, passage, names) for number, passage in enumerate(found)]
        spoken = language or _primary(story.language)
        if spoken not in _ENGLISH:
            tables = [
                disjoint(countries_abroad(number, passage, names, spoken) + table)
                for number, (passage, table) in enumerate(zip(found, tables, strict=True))
            ]
        stretches: list[list[tuple[int, int]]] = []
        if language == "en":
            stretches = [worth_reading(p, t, names) for p, t in zip(found, tables, strict=True)]
        elif language:
            stretches = [[(0, len(p.cased))] for p in found]
        return _Job(story, found, tables, stretches, language, note)

    def _entities(
        self, job: _Job, answers: dict[str, list[Found]], names: Gazetteer
    ) -> tuple[Story, list[Explained]]:
        story, found = job.story, job.passages
        spans: list[Span] = []
        codes: dict[tuple[int, int], str] = {}
        source = self._settings.models.get(job.language, "")
        for number, (passage, tables) in enumerate(zip(found, job.tables, strict=True)):
            if job.language:
                recognised = [
                    (start + a, start + b, label)
                    for start, end in job.stretches[number]
                    for a, b, label in answers[passage.cased[start:end]]
                ]
                if job.language == "en":
                    own = find_names(number, passage, tables, recognised, source, names)
                else:
                    own = find_names_abroad(number, passage, tables, recognised, source, job.language)
            else:
                own = without_credits(passage.cased, [span for span in tables if _safe(span)])
            own, ticks = tickers(number, passage, own)
            codes.update({(number, start): code for start, code in ticks.items()})
            spans += own
        if job.language:
            spans = made_consistent(spans, found, names)
        clusters = resolve(spans, names)
        _add_short_forms(clusters, found)
        link_places(clusters, found, names, story.dateline.country if story.dateline else "")
        clusters = merge_same(clusters)
        for cluster in clusters:
            if cluster.type == "organisation" and (code := coded(cluster.spans, codes)):
                cluster.link = Link(scheme="ticker", id=code, name=cluster.name)
        weights = salience(clusters, found)
        ranked = sorted(
            zip(clusters, weights, strict=True),
            key=lambda pair: (-pair[1], (pair[0].spans[0].passage, pair[0].spans[0].start)),
        )
        entities, explained = [], []
        for cluster, weight in ranked:
            mentions = [_mention(span, found[span.passage]) for span in cluster.spans]
            entities.append(
                Entity(
                    name=cluster.name, type=cluster.type, salience=weight, mentions=mentions, link=cluster.link,
                    role=_role(cluster, found) if cluster.type == "person" else "", link_note=cluster.note,
                )
            )  # fmt: skip
            made = [(mention, span.rule) for mention, span in zip(mentions, cluster.spans, strict=True)]
            explained.append(Explained(name=cluster.name, mentions=made))
        return replace(story, entities=entities, entities_note=job.note), explained

    def _language(self, story: Story, found: Sequence[Passage]) -> tuple[str, str]:
        """The language whose model reads the story, or the reason that none does."""
        language = _primary(story.language)
        if not found:
            return "", ""
        if not language:
            text = "".join(p.plain for p in found)[:2000]
            if 2 * len(_LATIN.findall(text)) < len(_LETTER.findall(text)):
                return "", "no model for a text of unknown language"
            language = next(iter(self._settings.models), "")
        if language not in self._settings.models:
            return "", f"no model for language {language!r}"
        model = self._model(language)
        return ("", str(model)) if isinstance(model, NoModel) else (language, "")

    def _tables(self) -> Gazetteer:
        if self._gazetteer is None:
            self._gazetteer = Gazetteer()
        return self._gazetteer

    def _model(self, language: str) -> Recogniser | NoModel:
        if language not in self._models:
            try:
                self._models[language] = Recogniser(self._settings.models[language])
            except NoModel as missing:
                self._models[language] = missing
        return self._models[language]


_ENGLISH = ("en", "")


def _primary(language: str) -> str:
    return language.split("-")[0].lower()


def _safe(span: Span) -> bool:
    """Without a model of the language: countries, capitals and well-known organisations, written as in English."""
    known = span.known
    return (
        known is not None
        and known.sure
        and known.kind in ("country", "city", "organisation")
        and len(span.name) > 3
    )


def _add_short_forms(clusters: list[Cluster], found: Sequence[Passage]) -> None:
    """`the Fund`, after the one organisation of the story whose name ends so."""
    by_head: dict[str, list[Cluster]] = {}
    taken: set[tuple[int, int]] = set()
    for cluster in clusters:
        for span in cluster.spans:
            taken.update((span.passage, n) for n in range(span.start, span.end))
        if cluster.type == "organisation":
            longest = max((*cluster.names(), cluster.name), key=len)
            if " " in longest:
                by_head.setdefault(longest.split()[-1], []).append(cluster)
    for number, passage in enumerate(found):
        for match in SHORT_FORM.finditer(passage.cased):
            bearers = by_head.get(match[1], [])
            if len(bearers) == 1 and (number, match.start(1)) not in taken:
                first = bearers[0].spans[0]
                if (first.passage, first.start) < (number, match.start()):
                    bearers[0].spans.append(
                        Span(
                            number, match.start(1), match.end(1), match[1], "organisation", "rule short form"
                        )
                    )
                    bearers[0].spans.sort(key=lambda s: (s.passage, s.start))


def _mention(span: Span, passage: Passage) -> Mention:
    text = passage.text[span.start : span.end]
    start = passage.offset + span.start
    return Mention(
        field=passage.field, paragraph=passage.paragraph, start=start, end=start + len(text), text=text
    )


def _role(cluster: Cluster, found: Sequence[Passage]) -> str:
    """The first role that the story gives, rather at a full name than at a surname."""
    for span in sorted(
        cluster.spans, key=lambda s: (" " not in s.name, found[s.passage].field != "body", s.passage, s.start)
    ):
        passage = found[span.passage]
        if role := role_at(passage.plain.replace("\n", " "), span.start, span.end, span.role):
            return role
    return ""
