"""Declared languages are spelt one way; others are detected, or left empty where nobody could be sure."""

from __future__ import annotations

import pytest

from pipeline.clean.language import detected, normalised
from pipeline.clean.words import count


@pytest.mark.parametrize(
    ("declared", "tag"),
    [
        ("en", "en"),
        ("EN_us", "en-US"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("eng", "en"),
        ("ger", "de"),
        ("Deutsch", "de"),
        ("und", ""),
        ("xx", ""),
        ("", ""),
        ("not a language", ""),
    ],
)
def test_a_declared_language(declared: str, tag: str) -> None:
    assert normalised(declared) == tag


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("The harbour of the old town was closed on Monday after a storm had sunk two ferries.", "en"),
        (
            "Der Hafen der Altstadt wurde am Montag nach einem Sturm geschlossen, der zwei Fähren versenkte.",
            "de",
        ),
        ("Le port de la vieille ville a été fermé lundi après une tempête qui a coulé deux ferries.", "fr"),
        (
            "El puerto de la ciudad vieja fue cerrado el lunes después de una tormenta que hundió dos barcos.",
            "es",
        ),
        (
            "Il porto della città vecchia è stato chiuso lunedì dopo una tempesta che ha affondato due traghetti.",
            "it",
        ),
        (
            "Havnen i den gamle bydelen ble stengt mandag etter at en storm hadde senket to ferger, sier politiet.",
            "nb",
        ),
        ("Vanhan kaupungin satama suljettiin maanantaina myrskyn upotettua kaksi lauttaa.", "fi"),
        ("Порт старого города закрыли в понедельник после шторма, потопившего два парома.", "ru"),
        ("旧市街の港は月曜日、嵐でフェリー2隻が沈没したため閉鎖された。", "ja"),
        ("Ok", ""),
        ("1-0 2-3 4-5", ""),
        ("", ""),
    ],
)
def test_a_detected_language(text: str, tag: str) -> None:
    assert detected(text) == tag


def test_words_are_counted_in_every_script() -> None:
    assert count(["It's 5-1/4 per cent -- up.", "Yes"]) == 6
    assert count(["« Oui », dit-il — hier"]) == 3
    assert count(["東京で会った"]) == 6
