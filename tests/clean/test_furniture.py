"""What stands below a line that says it is not for publication is never in a story."""

from __future__ import annotations

import pytest

from pipeline.clean.furniture import without

STORY = ["Gold rose on Monday.", "Silver fell."]


@pytest.mark.parametrize(
    "line",
    [
        "Die folgenden Informationen sind nicht zur Veröffentlichung bestimmt",
        "*** The following information is not intended for publication ***",
        "Les informations suivantes ne sont pas destinées à la publication",
        "NOT FOR PUBLICATION",
        "Ei julkaistavaksi:",
        "Niet voor publicatie",
        "No publicar",
        "# dpa-Notizblock",
    ],
)
def test_nothing_private_is_left(line: str) -> None:
    assert without([*STORY, line, "Ada Lind, 030 123 456"]) == STORY


@pytest.mark.parametrize(
    "line",
    [
        "Not for publication before 6 p.m.",
        "Nicht zur Veröffentlichung vor 18 Uhr",
        "The following information was published by the ministry.",
    ],
)
def test_an_embargo_and_the_news_stay(line: str) -> None:
    assert without([*STORY, line, "More."]) == [*STORY, line, "More."]
