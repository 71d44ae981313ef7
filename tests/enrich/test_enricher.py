"""What readers can rely on in a story's entities."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.enrich import Enricher
from pipeline.settings import Enrich
from pipeline.story import Entity, Status, Story, encode

SEED = Path(__file__).parents[2] / "seeds" / "000_7faa1236c4f835ad.txt"


@pytest.fixture(scope="module")
def enricher() -> Enricher:
    made = Enricher(Enrich())
    made.warm()
    return made


def story(*body: str, headline: str = "", language: str = "en", status: Status = "usable") -> Story:
    return Story(
        id="s",
        source="test",
        format="text",
        headline=headline,
        body=list(body),
        language=language,
        status=status,
    )


def by_name(enriched: Story) -> dict[str, Entity]:
    names = [e.name for e in enriched.entities]
    assert len(names) == len(set(names)), names
    return {e.name: e for e in enriched.entities}


def texts(entity: Entity) -> list[str]:
    return [m.text for m in entity.mentions]


@pytest.fixture(scope="module")
def seed(enricher: Enricher) -> Story:
    lines = [line for line in SEED.read_text("utf-8").splitlines() if line.strip()]
    (enriched,) = enricher.enrich([story(*lines[2:-2], headline=lines[0])])
    return enriched


def test_the_seed_s_people_are_each_there_once_with_their_roles(seed: Story) -> None:
    people = {e.name: e for e in seed.entities if e.type == "person"}
    assert set(people) == {
        "Sergei Shoigu",
        "Vladimir Putin",
        "Masoud Pezeshkian",
        "Ismail Haniyeh",
        "Ali Akbar Ahmadian",
        "Fuad Shukr",
    }
    assert texts(people["Sergei Shoigu"]) == ["Sergei Shoigu", "Shoigu"]
    assert texts(people["Ismail Haniyeh"]) == ["Ismail Haniyeh", "Haniyeh", "Haniyeh"]
    assert people["Sergei Shoigu"].role == "secretary of Russia's Security Council"
    assert people["Ismail Haniyeh"].role == "head of Hamas"
    assert people["Ali Akbar Ahmadian"].role == "Rear Admiral"
    assert people["Vladimir Putin"].role == "President"
    assert seed.entities[0].name == "Sergei Shoigu"


def test_the_seed_s_places_carry_country_and_coordinates(seed: Story) -> None:
    places = {e.name: e for e in seed.entities if e.type == "place"}
    countries = {name: e.link.country for name, e in places.items() if e.link}
    assert countries == {
        "Russia": "RU",
        "Iran": "IR",
        "Israel": "IL",
        "Ukraine": "UA",
        "United States": "US",
        "Tehran": "IR",
        "Beirut": "LB",
        "Gaza": "PS",
        "Moscow": "RU",
        "Middle East": None,
    }
    assert all(e.link and e.link.location for e in places.values())
    assert texts(places["United States"]) == ["U.S.", "U.S."]
    assert len(places["Russia"].mentions) == 7
    assert len(places["Iran"].mentions) == 7


def test_the_seed_s_organisations_are_told_apart(seed: Story) -> None:
    organisations = {e.name: texts(e) for e in seed.entities if e.type == "organisation"}
    assert organisations == {
        "Hamas": ["Hamas", "Hamas", "Hamas"],
        "Hezbollah": ["Hezbollah"],
        "Security Council": ["Security Council", "Security Council"],
        "Supreme National Security Council": ["Supreme National Security Council"],
        "Islamic Revolutionary Guard Corps": ["Islamic Revolutionary Guard Corps", "IRGC"],
        "General Staff": ["General Staff"],
    }
    assert {e.name for e in seed.entities if e.type == "group"} == {"Russian", "Iranian", "Israeli"}


def test_every_mention_of_the_seed_is_exact_and_bare(seed: Story) -> None:
    for entity in seed.entities:
        for m in entity.mentions:
            text = seed.headline if m.field == "headline" else seed.body[m.paragraph]
            assert text[m.start : m.end] == m.text
            assert not m.text.endswith(("'s", "’s"))
            assert not m.text.lower().startswith("the ")


def test_two_of_one_family_stay_apart(enricher: Enricher) -> None:
    (enriched,) = enricher.enrich(
        [
            story(
                "President Donald Trump arrived in London with his wife Melania Trump on Monday.",
                "Donald Trump spoke for an hour. Trump left without taking questions.",
            )
        ]
    )
    found = by_name(enriched)
    assert texts(found["Donald Trump"]) == ["Donald Trump", "Donald Trump", "Trump"]
    assert texts(found["Melania Trump"]) == ["Melania Trump"]


def test_an_acronym_and_a_short_form_are_the_organisation(enricher: Enricher) -> None:
    (enriched,) = enricher.enrich(
        [
            story(
                "The International Monetary Fund (IMF) cut its forecast.",
                "The IMF said growth would slow. A mission of the Fund visits in May.",
            )
        ]
    )
    assert texts(by_name(enriched)["International Monetary Fund"]) == [
        "International Monetary Fund",
        "IMF",
        "IMF",
        "Fund",
    ]


def test_a_headline_in_capitals_is_read_like_any_other(enricher: Enricher) -> None:
    (enriched,) = enricher.enrich(
        [
            story(
                "Olaf Scholz met Emmanuel Macron in Paris on Friday.",
                headline="SCHOLZ MEETS MACRON IN PARIS TO DISCUSS GAS",
            )
        ]
    )
    found = by_name(enriched)
    assert set(found) == {"Olaf Scholz", "Emmanuel Macron", "Paris"}
    assert texts(found["Olaf Scholz"]) == ["SCHOLZ", "Olaf Scholz"]


def test_a_dateline_s_place_counts_and_its_agency_does_not(enricher: Enricher) -> None:
    (enriched,) = enricher.enrich(
        [story("NAIROBI, June 3 (Reuters) - Kenya will raise taxes, William Ruto said.")]
    )
    assert set(by_name(enriched)) == {"Nairobi", "Kenya", "William Ruto"}


def test_a_company_takes_the_code_written_behind_it(enricher: Enricher) -> None:
    (enriched,) = enricher.enrich(
        [story("Shares of Apple Inc <AAPL.O> fell, while Halvorsen Energy (NYSE: HVE) rose.")]
    )
    codes = {e.name: e.link.id for e in enriched.entities if e.link and e.link.scheme == "ticker"}
    assert codes == {"Apple Inc": "AAPL.O", "Halvorsen Energy": "NYSE:HVE"}


def test_georgia_is_the_country_or_the_state(enricher: Enricher) -> None:
    country, state = enricher.enrich(
        [
            story("Russia closed its border with Georgia on Tuesday. Tbilisi protested."),
            story("Voters in Georgia and Florida go to the polls. Turnout in Atlanta was high."),
        ]
    )
    assert [e.link.id for e in country.entities if e.name == "Georgia" and e.link] == ["614540"]
    assert [e.link.id for e in state.entities if e.name == "Georgia" and e.link] == ["4197000"]


def test_a_place_that_could_be_either_has_no_link_and_says_why(enricher: Enricher) -> None:
    (enriched,) = enricher.enrich(
        [story("A storm tore roofs off houses in Springfield on Sunday, residents said.")]
    )
    springfield = by_name(enriched)["Springfield"]
    assert springfield.link is None
    assert springfield.link_note.startswith("ambiguous: Springfield")


def test_without_a_model_the_story_says_so(enricher: Enricher) -> None:
    japanese, missing = (
        enricher.enrich([story("岸田首相は東京で会見した。", language="ja")])[0],
        Enricher(Enrich(models={"de": "de_core_news_sm"})).enrich(
            [story("Olaf Scholz in Berlin", language="de")]
        )[0],
    )
    assert (japanese.entities, japanese.entities_note) == ([], "no model for language 'ja'")
    assert (
        missing.entities_note
        == "model 'de_core_news_sm' is not installed: python -m spacy download de_core_news_sm"
    )


def test_a_killed_story_has_none(enricher: Enricher) -> None:
    (killed,) = enricher.enrich([story("Vladimir Putin is in Tehran.", status="canceled")])
    assert killed.entities == []


def test_a_story_s_entities_do_not_depend_on_its_company(enricher: Enricher, seed: Story) -> None:
    alone = seed.entities
    other = story("The Bank of Japan kept rates on hold.", "Kazuo Ueda spoke in Tokyo.")
    together = enricher.enrich([other, seed, other])
    assert together[1].entities == alone
    assert encode(together[0]) == encode(together[2]) == encode(enricher.enrich([other])[0])


_PIECES = st.sampled_from(
    [
        "Angela Merkel’s ",
        "José ",
        "Zoë ",
        "Müller ",
        "é ",
        "🇺🇸 ",
        "👩\u200d👩\u200d👧 ",
        "محمد ",
        "ירושלים ",
        "U.S. ",
        "NATO ",
        "the ",
        "(IMF) ",
        "\n ",
        "\n\n ",
        "’s ",
        "- ",
        ", ",
        ". ",
        "Kyiv ",
        "İstanbul ",
        "ẞ ",
        "ﬁ ",
        "said ",
        "PARIS ",
        "International Monetary Fund ",
        "Mr. ",
        "President ",
        "<AAPL.O> ",
        "\xa0",
        "\u200b",
        "\u202e",
        "0 ",
        "“",
        "”",
    ]
)


@settings(max_examples=120, deadline=None)
@given(
    headline=st.lists(_PIECES, max_size=8).map("".join),
    body=st.lists(st.one_of(st.lists(_PIECES, max_size=20).map("".join), st.text(max_size=40)), max_size=3),
)
def test_offsets_are_exact_whatever_the_text(headline: str, body: list[str]) -> None:
    (enriched,) = _SHARED.enrich([story(*body, headline=headline)])
    seen: set[tuple[str, int, int]] = set()
    for entity in enriched.entities:
        assert entity.mentions
        assert 0 < entity.salience <= 1
        for m in entity.mentions:
            text = headline if m.field == "headline" else body[m.paragraph]
            assert text[m.start : m.end] == m.text
            assert m.text.strip() == m.text != ""
            place = (m.field, m.paragraph, m.start)
            assert place not in seen
            seen.add(place)


_SHARED = Enricher(Enrich())


def test_a_very_long_paragraph_is_searched_to_its_end(enricher: Enricher) -> None:
    text = "Traders waited for data and did little else that day. " * 400 + "Angela Merkel spoke in Rome."
    (enriched,) = enricher.enrich([story(text)])
    assert [(m.start, m.text) for m in by_name(enriched)["Angela Merkel"].mentions] == [
        (21_600, "Angela Merkel")
    ]


def test_a_list_of_thousands_of_names_is_still_told_apart(enricher: Enricher) -> None:
    text = ", ".join(f"Xyz{n} Abc" for n in range(1000))
    (enriched,) = enricher.enrich([story(text)])
    assert len(enriched.entities) > 900


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A trawler sank off Tromsø on Monday.", {"Tromsø": "place"}),
        ("The ferry left Naxos for Piraeus at noon.", {"Naxos": "place", "Piraeus": "place"}),
        ("Fishermen in Half Moon Bay, California, sued.", {"Half Moon Bay": "place", "California": "place"}),
        ("The Rhine and the Elbe fell again.", {"Rhine": "place", "Elbe": "place"}),
        (
            "Bank of England Governor Andrew Bailey spoke.",
            {"Bank of England": "organisation", "Andrew Bailey": "person"},
        ),
        ("Shares of Yara International rose.", {"Yara International": "organisation"}),
        ("They met Volodymyr Zelenskiy in Kyiv.", {"Volodymyr Zelenskiy": "person", "Kyiv": "place"}),
        (
            "Donald Trump and his son Donald Trump Jr. arrived.",
            {"Donald Trump": "person", "Donald Trump Jr.": "person"},
        ),
        (
            "Tanker Aegean Dawn is adrift off Greece. The Aegean Dawn left Trieste on Monday.",
            {"Aegean Dawn": "product", "Greece": "place", "Trieste": "place"},
        ),
        (
            "1-Jannik Sinner (Italy) beat Pavel Kotov (Russia) 6-2 7-5",
            {"Jannik Sinner": "person", "Italy": "place", "Pavel Kotov": "person", "Russia": "place"},
        ),
        (
            "President Samia Suluhu Hassan met Hartley Foods plc in the Bab al-Tabbaneh district of Tripoli.",
            {
                "Samia Suluhu Hassan": "person",
                "Hartley Foods plc": "organisation",
                "Bab al-Tabbaneh": "place",
                "Tripoli": "place",
            },
        ),
        ("The boats met near Second Thomas Shoal.", {"Second Thomas Shoal": "place"}),
        ("Police blamed the Black Basta gang.", {"Black Basta": "organisation"}),
        ("Hurricane Odalys heads for Houma.", {"Hurricane Odalys": "event", "Houma": "place"}),
        ("The Danube at Passau passed 8 metres on Friday.", {"Danube": "place", "Passau": "place"}),
        (
            "Estonian lender Hansa Kredit is in talks, two people said. Hansa Kredit said that it was not.",
            {"Estonian": "group", "Hansa Kredit": "organisation"},
        ),
        (
            "The Communist Party of Vietnam met on Monday.",
            {"Communist Party of Vietnam": "organisation"},
        ),
        (
            "Shares of Storebrand fell, an analyst at Handelsbanken said.",
            {"Storebrand": "organisation", "Handelsbanken": "organisation"},
        ),
        (
            "A bus crashed in the southern state of Andhra Pradesh.",
            {"Andhra Pradesh": "place"},
        ),
        (
            "The Ministry of Health of Ukraine thanked Yuichiro Tamaki.",
            {"Ministry of Health of Ukraine": "organisation", "Yuichiro Tamaki": "person"},
        ),
    ],
)
def test_what_a_model_alone_gets_wrong(enricher: Enricher, text: str, names: dict[str, str]) -> None:
    (found,) = enricher.enrich([story(text)])
    assert {entity.name: entity.type for entity in found.entities} == names
