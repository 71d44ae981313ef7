"""The page in a real browser: what a person who reads news all day can rely on, and what a hostile wire can't do."""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.story import Entity, EntityType, Link, Location, Media, Mention, Subject, replace, story_id
from pipeline.web.app import create_app
from pipeline.web.embedded import EmbeddedModel
from pipeline.web.server import serve

if TYPE_CHECKING:
    from conftest import Make, Newsroom
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NOW = datetime(2026, 3, 14, 18, tzinfo=UTC)
FERRY = story_id("northern-wire", "ferry")
KILLED = story_id("meridian", "rates")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        if os.environ.get("WIRE_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{CHROMIUM} is missing: apt-get install chromium")
        pytest.skip(f"{CHROMIUM} is missing")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Site:
    """The served newsroom and what the browser did beyond it."""

    url: str
    context: BrowserContext
    trouble: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self, query: str = "", **viewport: int) -> Page:
        """The page at a query, once its list is there."""
        page = self.context.new_page()
        if viewport:
            page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        page.on("console", lambda said: self.trouble.append(said.text) if said.type == "error" else None)
        page.on("dialog", self._refuse)
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(f"{self.url}{query}")
        page.wait_for_selector("#stories[aria-busy=false]", state="attached")
        return page

    def _refuse(self, dialog: Dialog) -> None:
        self.trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture
def base(newsroom: Newsroom) -> Iterator[str]:
    """The address of the newsroom, served from a thread of its own."""
    settings = newsroom.settings
    loop = asyncio.new_event_loop()
    app = create_app(lambda: EmbeddedModel(settings), settings, lambda: NOW)
    server = serve(app, "127.0.0.1", 0)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(20)
    yield server.url
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def site(base: str, browser: Browser) -> Iterator[Site]:
    """A browser at the newsroom; at the end: no error, no dialog, and no request that left the origin."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        timezone_id="Europe/Oslo",
        locale="en-GB",
        reduced_motion="reduce",
    )
    context.set_default_timeout(10_000)
    site = Site(base, context)
    yield site
    context.close()
    assert site.trouble == []
    assert [url for url in site.asked if not url.startswith(base)] == []


def headlines(page: Page) -> list[str]:
    return page.locator("#stories .item h2").all_inner_texts()


def until(page: Page, holds: str, *arguments: Any) -> None:
    """Until a JavaScript expression holds."""
    page.wait_for_function(holds, arg=list(arguments))


def shown(page: Page) -> str:
    return page.locator("#reader").inner_text()


def until_total(page: Page, words: str) -> None:
    page.locator("#total", has_text=re.compile(f"^{re.escape(words)}$")).wait_for()


# Reading


def test_the_list_is_newest_first_with_copies_folded(site: Site) -> None:
    page = site.open()
    assert headlines(page) == [
        "🎉🎉 Norway celebrates",
        "ميناء أوسلو يستأنف الرحلات بعد العاصفة",
        "Nordic Games open in Lisbon under clear skies",
        "Severe gale halts Oslo ferries, 1,200 stranded",
        "Council passes budget after long night",
    ]
    also = page.get_by_role("button", name="Also by Coast Daily, Evening Post, Port News and 2 others")
    also.click()
    page.get_by_role("link", name="Port News: Gale halts Oslo ferries").click()
    page.locator("#reader", has_text="The story it copies").wait_for()


def test_a_time_known_to_the_day_shows_no_clock(site: Site) -> None:
    page = site.open()
    budget = page.locator(".item", has_text="Council passes budget").locator("time")
    assert budget.inner_text() == "14 Mar 2026"
    assert budget.get_attribute("datetime") == "2026-03-14"
    games = page.locator(".item", has_text="Nordic Games open").locator("time")
    assert games.inner_text().endswith("12:20")


def test_a_story_shows_all_that_the_record_says(site: Site) -> None:
    page = site.open()
    page.get_by_role("link", name="Severe gale halts Oslo ferries").click()
    page.locator("#copies").wait_for()
    told = shown(page)
    for words in (
        "Corrects number of passengers to 1,200, not 1,400.", "By Mika Sand", "14 Mar 2026, 10:35 CET",
        "first published 14 Mar 2026, 09:05 CET", "Northern Wire", "OSLO, March 14", "Some 1,200 passengers",
        "59.91° N, 10.75° E", "Also by", "urn:northern-wire:ferry",
    ):  # fmt: skip
        assert words.lower() in told.lower()
    assert page.title() == "Severe gale halts Oslo ferries, 1,200 stranded – Wirepipe"
    assert page.locator(".facts a").get_attribute("href") == "https://news.example/ferry"
    assert f"story={FERRY}" in page.url


def test_entities_are_marked_exactly_also_after_astral_characters(site: Site) -> None:
    page = site.open(f"?story={story_id('social', 'emoji')}")
    page.locator(".title").wait_for()
    assert page.locator(".body .entity").all_inner_texts() == ["Norwegians", "Norway", "Oslo"]
    page.goto(f"{site.url}?story={FERRY}")
    page.locator(".title").wait_for()
    assert page.locator(".body .entity.kind-person").all_inner_texts() == [
        "Ana Lindqvist", "Lindqvist", "Teodor Brandt",
    ]  # fmt: skip


def test_versions_show_what_changed(site: Site) -> None:
    page = site.open(f"?story={FERRY}")
    page.get_by_role("button", name="What changed").first.click()
    changes = page.locator(".changes")
    changes.wait_for()
    assert changes.locator("del").all_inner_texts() == ["1,400", "1,400"]
    assert changes.locator("ins").all_inner_texts()[0] == "1,200"
    assert "2 paragraphs unchanged" in changes.inner_text()


def test_a_right_to_left_story_reads_from_the_right(site: Site) -> None:
    page = site.open(f"?story={story_id('sharq', 'port')}")
    page.locator(".title").wait_for()
    direction = "node => getComputedStyle(node).direction"
    assert page.locator(".title").evaluate(direction) == "rtl"
    assert page.locator(".body p").first.evaluate(direction) == "rtl"
    assert page.locator(".facts").first.evaluate(direction) == "ltr"
    assert "no model for language" in shown(page)


def test_a_killed_story_is_said_to_be_withdrawn(site: Site) -> None:
    page = site.open(f"?story={KILLED}")
    page.locator(".notice.kill").wait_for()
    assert "withdrew this story" in shown(page)
    assert "council" not in shown(page).lower()


def test_a_story_that_is_not_there_is_said_so(site: Site) -> None:
    page = site.open("?story=nowhere")
    page.get_by_role("heading", name="This story is not here").wait_for()
    site.trouble[:] = [said for said in site.trouble if "404" not in said]


def test_feeds_are_shown(site: Site) -> None:
    page = site.open()
    page.get_by_role("link", name="Feeds").click()
    page.locator(".feeds").wait_for()
    assert "meridian" in shown(page)
    assert "1 withdrawn" in shown(page)
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="Choose a story").wait_for()


# Searching and narrowing; the address


def test_search_marks_words_and_the_address_holds_it(site: Site) -> None:
    page = site.open()
    page.keyboard.press("/")
    page.keyboard.type("passengers")
    until_total(page, "1 story")
    assert page.locator("mark").all_inner_texts() == ["passengers"]
    assert page.url.endswith("?q=passengers")
    other = site.open("?q=passengers")
    assert headlines(other) == headlines(page)
    assert other.locator("#q").input_value() == "passengers"


def test_facets_narrow_and_back_undoes(site: Site) -> None:
    page = site.open()
    page.locator("#facets").get_by_role("button", name="Lisbon").click()
    until_total(page, "1 story")
    assert headlines(page) == ["Nordic Games open in Lisbon under clear skies"]
    chip = page.locator(".chip", has_text="Lisbon")
    chip.wait_for()
    page.go_back()
    until_total(page, "5 stories")
    page.go_forward()
    until_total(page, "1 story")
    page.locator(".chip", has_text="Lisbon").click()
    until_total(page, "5 stories")


def test_a_shared_address_shows_names_not_codes(site: Site) -> None:
    page = site.open("?place=geonames:2267057")
    page.locator(".chip", has_text="Lisbon").wait_for()
    assert page.locator(".facet[aria-pressed=true]").all_inner_texts() == ["Lisbon\n1"]


def test_a_name_in_the_text_narrows_the_list_and_the_story_stays(site: Site) -> None:
    page = site.open(f"?story={FERRY}")
    page.locator(".body .entity", has_text="Teodor Brandt").click()
    until_total(page, "2 stories")
    assert page.locator(".title").inner_text().startswith("Severe gale")
    assert "person=Teodor+Brandt" in page.url


def test_one_source_s_stories_include_its_copies(site: Site) -> None:
    page = site.open("?source=sea-mail")
    assert headlines(page) == ["Gale halts Oslo ferries"]


def test_the_timeline_filters_by_pointer_and_by_keys(site: Site) -> None:
    page = site.open()
    page.locator("#plot .stem").first.wait_for()
    bar = page.locator("#plot .stem").last.bounding_box()
    assert bar is not None
    page.mouse.click(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    until_total(page, "2 stories")
    assert "since=" in page.url
    page.locator(".chip").first.click()
    until_total(page, "5 stories")
    page.locator("#plot svg").focus()
    while "1 story" not in page.locator("#plot-says").inner_text():
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    until_total(page, "1 story")
    assert headlines(page) == ["Council passes budget after long night"]


def test_nothing_found_is_said_and_can_be_undone(site: Site) -> None:
    page = site.open("?q=zeppelin&place=Oslo")
    page.get_by_role("heading", name="No stories match").wait_for()
    page.get_by_role("button", name="Clear all filters").click()
    until_total(page, "5 stories")


def test_an_index_that_can_t_be_read_is_said_and_tried_again(site: Site, newsroom: Newsroom) -> None:
    away = newsroom.path.with_suffix(".away")
    newsroom.path.rename(away)
    page = site.open()
    page.locator("#list-words", has_text="no store there yet").wait_for()
    away.rename(newsroom.path)
    until_total(page, "5 stories")
    site.trouble[:] = [said for said in site.trouble if "503" not in said]


# Keys


def test_the_list_is_read_by_keys_alone(site: Site) -> None:
    page = site.open()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator(".title", has_text="Nordic Games").wait_for()
    page.keyboard.press("j")
    page.locator(".title", has_text="Severe gale").wait_for()
    page.keyboard.press("e")
    assert "plain" in (page.locator("#reader").get_attribute("class") or "")
    page.keyboard.press("v")
    page.locator(".changes").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="Choose a story").wait_for()
    assert page.evaluate("document.activeElement.dataset.id") == FERRY
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()


# Live


def test_new_stories_slide_in_on_top_of_a_list_at_rest(site: Site, newsroom: Newsroom, make: Make) -> None:
    page = site.open()
    page.locator("#live[data-state=on]").wait_for()
    newsroom.put(make("meridian", "bridge", "A bridge opens", ["It opened."], 400))
    page.locator(".item", has_text="A bridge opens").wait_for()
    assert headlines(page)[0] == "A bridge opens"
    until_total(page, "6 stories")
    assert page.locator("#announce").inner_text() == "1 new story"


def test_new_stories_are_announced_to_a_reader_who_has_scrolled(
    site: Site, newsroom: Newsroom, make: Make
) -> None:
    newsroom.put(*[make("meridian", f"n{n}", f"Story number {n}", ["Text."], 300 + n) for n in range(25)])
    page = site.open()
    page.locator("#live[data-state=on]").wait_for()
    page.locator("#list").evaluate("node => node.scrollTo(0, 600)")
    before = headlines(page)
    newsroom.put(*[make("sharq", f"late{n}", f"Later {n}", ["Text."], 400 + n) for n in range(3)])
    page.get_by_role("button", name="3 new stories").wait_for()
    assert headlines(page) == before
    assert page.title().startswith("(3) ")
    page.keyboard.press("n")
    page.locator(".item", has_text="Later 2").wait_for()
    assert headlines(page)[:3] == ["Later 2", "Later 1", "Later 0"]


def test_new_stories_that_do_not_match_stay_out(site: Site, newsroom: Newsroom, make: Make) -> None:
    page = site.open("?place=Lisbon")
    page.locator("#live[data-state=on]").wait_for()
    newsroom.put(
        make("meridian", "a", "Rain in Oslo", ["Rain fell in Oslo."], 400),
        make("meridian", "b", "Rain in Lisbon", ["Rain fell in Lisbon."], 401),
    )
    page.locator(".item", has_text="Rain in Lisbon").wait_for()
    assert headlines(page) == ["Rain in Lisbon", "Nordic Games open in Lisbon under clear skies"]


def test_a_kill_takes_the_text_away_at_once(site: Site, newsroom: Newsroom, make: Make) -> None:
    story = make("meridian", "secret", "Minister resigns", ["The minister resigned."], 400)
    newsroom.put(story)
    page = site.open(f"?story={story.id}")
    page.locator(".title", has_text="Minister resigns").wait_for()
    page.locator("#live[data-state=on]").wait_for()
    newsroom.put(replace(story, version=2, change="kill", status="canceled", published_at=NOW))
    page.locator(".notice.kill").wait_for()
    page.locator(".item.withdrawn").wait_for()
    assert "minister" not in page.locator("body").inner_text().lower()


def test_a_newer_version_is_offered_to_who_reads_the_older(
    site: Site, newsroom: Newsroom, make: Make
) -> None:
    story = make("meridian", "vote", "Vote nears", ["The vote nears."], 400)
    newsroom.put(story)
    page = site.open(f"?story={story.id}")
    page.locator(".title").wait_for()
    page.locator("#live[data-state=on]").wait_for()
    newsroom.put(replace(story, version=2, change="correction", headline="Vote ends", published_at=NOW))
    page.locator("#newer", has_text="A correction has come.").wait_for()
    assert page.locator(".title").inner_text() == "Vote nears"
    page.get_by_role("button", name="Show it").click()
    page.locator(".title", has_text="Vote ends").wait_for()
    page.locator(".item .flag.correction").first.wait_for()


# Shapes


def test_on_a_phone_one_thing_is_shown_at_a_time(site: Site) -> None:
    page = site.open(width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Filters").click()
    page.locator("#facets").get_by_role("button", name="Lisbon").click()
    page.get_by_role("button", name="Done").click()
    until_total(page, "1 story")
    page.get_by_role("link", name="Nordic Games").click()
    page.locator(".title").wait_for()
    assert page.evaluate("document.getElementById('reader').scrollWidth") <= 390
    page.get_by_role("button", name="← Stories").click()
    page.locator(".item").first.wait_for()
    assert not page.locator("#reader").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(site: Site, scheme: Any) -> None:
    page = site.open(f"?story={FERRY}")
    page.emulate_media(color_scheme=scheme)
    page.locator(".title").wait_for()
    page.get_by_role("button", name="What changed").first.click()
    page.locator(".changes").wait_for()
    assert page.evaluate(CONTRAST) == []


CONTRAST = r"""() => {
  const channel = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (text) => { const n = text.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const ground = (node) => {
    for (; node; node = node.parentElement) { const c = parse(getComputedStyle(node).backgroundColor); if (c[3] > 0.9) return c; }
    return [255, 255, 255, 1];
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!own || node.closest("svg, noscript, .unseen, .skip") || !node.getClientRects().length) continue;
    const [one, other] = [light(parse(getComputedStyle(node).color)), light(ground(node))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) poor.push(`${node.className || node.tagName} ${node.textContent.slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


def test_every_control_has_a_name_and_every_id_is_one(site: Site) -> None:
    page = site.open(f"?story={FERRY}")
    page.locator(".title").wait_for()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, a, input, select, [role=application]")]
        .filter((n) => n.checkVisibility())
        .filter((n) => !(n.textContent.trim() || n.getAttribute("aria-label") || n.labels?.length))
        .map((n) => n.outerHTML)"""
    )
    assert nameless == []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((n) => n.id)")
    assert len(ids) == len(set(ids))
    assert page.locator("main").count() == page.locator("h1").count() == 1


# Hostile wires

HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script><svg onload=alert(3)>"\'><a href="javascript:alert(4)">x</a>'
ADDRESSES = ("javascript:alert(5)", "java\tscript:alert(6)", "data:text/html,<script>alert(7)</script>", " javascript:alert(8)",
             "vbscript:x", "file:///etc/passwd", "//evil.example/x")  # fmt: skip


def test_hostile_stories_are_text_and_nothing_else(site: Site, newsroom: Newsroom, make: Make) -> None:
    name = HOSTILE[:40]
    mention = Mention(field="body", paragraph=0, start=0, end=len(name), text=name)
    link = Link(
        scheme="geonames",
        id='"><script>alert(9)</script>',
        name=name,
        country='"><b>',
        location=Location(lat=1, lon=2),
    )
    kinds: tuple[EntityType, ...] = ("person", "organisation", "place", "group")
    named = [
        Entity(name=f"{k} {name}", type=k, salience=1, mentions=[mention], link=link, role=HOSTILE)
        for k in kinds
    ]
    media = [
        Media(url=one, caption=HOSTILE, credit=HOSTILE)
        for one in (*ADDRESSES, "https://tracker.example/p.gif")
    ]
    stories = [
        make(
            f"evil{HOSTILE}", f"evil{n}", f"{n} {HOSTILE}", [f"{HOSTILE} zebra", HOSTILE], 500 + n,
            url=url, provider=HOSTILE, summary=f"A summary {HOSTILE}", subheadline=HOSTILE, byline=[HOSTILE],
            byline_title=HOSTILE, media=media, entities=named,
            credit=HOSTILE, rights=HOSTILE, editor_note=HOSTILE, staff=HOSTILE, slugline=HOSTILE, keywords=[HOSTILE],
            subjects=[Subject(code=HOSTILE, name=HOSTILE)], language='en"><x', guid=HOSTILE, document=HOSTILE,
        )
        for n, url in enumerate(ADDRESSES)
    ]  # fmt: skip
    newsroom.put(*stories)
    newsroom.put(
        *[
            replace(one, version=2, change="correction", body=[f"<b>{HOSTILE}"], assumed=[HOSTILE])
            for one in stories
        ]
    )
    page = site.open("?q=alert")
    assert len(headlines(page)) == len(ADDRESSES)
    assert all("<img src=x onerror=" in headline for headline in headlines(page))
    for story in stories:
        page.goto(f"{site.url}?story={story.id}")
        page.locator(".title").wait_for()
        page.get_by_role("button", name="What changed").first.click()
        page.locator(".changes").wait_for()
        hrefs = page.locator("#reader a").evaluate_all("nodes => nodes.map((n) => n.protocol)")
        assert set(hrefs) <= {"http:", "https:"}
        assert page.locator("#reader a[href*='evil.example']").count() == 0
    made_from_text = "img, script:not([src]), iframe, object, embed, form:not(#search):not([method=dialog])"
    assert page.locator(made_from_text).count() == 0
    page.locator("#facets button.facet").first.click()
    page.locator(".chip").first.wait_for()
    page.goto(f"{site.url}?view=feeds")
    page.locator(".feeds").wait_for()


def test_a_hostile_address_of_the_page_is_text_too(site: Site) -> None:
    query = f"?q={HOSTILE}&person={HOSTILE}&source={HOSTILE}&range=javascript:alert(1)&story={HOSTILE}&view={HOSTILE}"
    page = site.open(query.replace("#", "%23"))
    page.locator(".chip").first.wait_for()
    assert page.locator("img").count() == 0
    site.trouble[:] = [said for said in site.trouble if "400" not in said and "404" not in said]


def test_overlapping_and_false_offsets_break_nothing(site: Site, newsroom: Newsroom, make: Make) -> None:
    def at(start: int, end: int) -> Mention:
        return Mention(field="body", paragraph=0, start=start, end=end, text="x")

    mentions = [at(4, 10), at(0, 6), at(5, 5), at(20, 900), at(-3, 2)]
    story = make(
        "odd", "odd", "Odd offsets", ["Oslo and Lisbon met."], 500,
        entities=[Entity(name="Odd", type="place", salience=1, mentions=mentions)],
    )  # fmt: skip
    newsroom.put(story)
    page = site.open(f"?story={story.id}")
    page.locator(".title").wait_for()
    assert page.locator(".body").inner_text() == "Oslo and Lisbon met."


def test_a_long_and_full_day_stays_quick(site: Site, newsroom: Newsroom, make: Make) -> None:
    for part in range(4):
        newsroom.put(
            *[
                make(f"wire{n % 7}", f"n{part}-{n}", f"Story {part} {n}", ["Lindqvist met Brandt in Oslo."] * 8, part * 500 + n)
                for n in range(500)
            ]
        )  # fmt: skip
    page = site.open()
    until_total(page, "2,005 stories")
    page.get_by_role("button", name="More stories").click()
    until(page, "() => document.querySelectorAll('.item').length === 60")
    spent = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    assert spent < 5_000
