"""The feed list, written by people and by commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.collect import feedlist, opml
from pipeline.collect.feedlist import BadFeedList, Feed

LIST = """\
# Our feeds. Ask Ines before adding to them.

# The harbour.
[[feed]]
name = "harbour"  # they move often
url = "https://harbour.example/rss"
tags = ["sea", "trade"]

# The council: slow on Mondays.
[[feed]]
name = "council"
url = "https://council.example/atom"
enabled = false

[[feed]]
name = "inside"
url = "http://10.0.0.7/feed"
allow_private = true
interval = 60
source = "desk"
language = "pt"
provider = "Desk"

# End of the list.
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.toml"
    path.write_text(LIST, "utf-8")
    return path


def test_a_list_is_read_with_all_that_it_says(path: Path) -> None:
    harbour, council, inside = feedlist.load(path)
    assert harbour == Feed(name="harbour", url="https://harbour.example/rss", tags=("sea", "trade"))
    assert harbour.story_source == "harbour"
    assert not council.enabled
    assert (inside.allow_private, inside.interval, inside.language, inside.provider) == (
        True,
        60,
        "pt",
        "Desk",
    )
    assert inside.story_source == "desk"


def test_no_list_is_an_empty_list(tmp_path: Path) -> None:
    assert feedlist.load(tmp_path / "none.toml") == []


def test_adding_keeps_every_character_that_was_there(path: Path) -> None:
    feedlist.add(path, [Feed(name='the "port"', url="https://port.example/rss?a=1&b=2", tags=("sea",))])
    assert path.read_text("utf-8").startswith(LIST.rstrip("\n"))
    assert feedlist.load(path)[-1] == Feed(
        name='the "port"', url="https://port.example/rss?a=1&b=2", tags=("sea",)
    )


def test_a_new_list_says_what_it_is_and_is_its_owner_s_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "feeds.toml"
    feedlist.add(path, [Feed(name="a", url="https://u:p@a.example/")])
    assert path.read_text("utf-8").startswith("# ")
    assert path.stat().st_mode & 0o077 == 0


def test_removing_takes_the_entry_and_its_comment_and_nothing_else(path: Path) -> None:
    assert feedlist.remove(path, ["harbour", "no such"]) == ["harbour"]
    text = path.read_text("utf-8")
    assert [feed.name for feed in feedlist.load(path)] == ["council", "inside"]
    assert text.startswith(
        "# Our feeds. Ask Ines before adding to them.\n\n# The council: slow on Mondays.\n[[feed]]\n"
    )
    assert "harbour" not in text.lower()
    assert "# End of the list." in text


def test_removing_the_last_one_leaves_a_list_that_can_be_added_to(path: Path) -> None:
    feedlist.remove(path, ["harbour", "council", "inside"])
    assert feedlist.load(path) == []
    feedlist.add(path, [Feed(name="a", url="https://a.example/")])
    assert [feed.name for feed in feedlist.load(path)] == ["a"]


def test_what_only_a_person_can_take_off_is_left_and_said(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    text = 'feed = [{name = "a", url = "https://a.example/"}, {name = "b", url = "https://b.example/"}]\n'
    path.write_text(text)
    with pytest.raises(BadFeedList, match="by hand"):
        feedlist.remove(path, ["a"])
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[feed]]\nname = 'a'\n", "url"),
        ("[[feed]]\nurl = 'https://a.example/'\n", "name"),
        ("[[feed]]\nname = ''\nurl = 'https://a.example/'\n", "name"),
        ("[[feed]]\nname = 'a'\nurl = 'file:///etc/passwd'\n", "only http and https"),
        ("[[feed]]\nname = 'a'\nurl = 'https://a.example/'\nintervall = 5\n", "intervall"),
        ("[[feed]]\nname = 'a'\nurl = 'https://a.example/'\ninterval = 0\n", "interval"),
        ("[[feed]]\nname = 'a'\nurl = 'https://a.example/'\nenabled = 'no'\n", "enabled"),
        ("[[feed]]\nname = 'a'\nurl = 'https://a.example/'\n" * 2, "two feeds are named 'a'"),
        ("[feed]\nname = 'a'\nurl = 'https://a.example/'\n", "two brackets"),
        ("[[feeds]]\nname = 'a'\n", "feeds"),
        ("[[feed]\n", "not TOML"),
        ('[[feed]]\nname = "a\\u001b[2J"\nurl = "https://a.example/"\n', "one line"),
    ],
)
def test_a_wrong_list_is_refused_with_the_place_and_the_reason(text: str, complaint: str) -> None:
    with pytest.raises(BadFeedList) as refused:
        feedlist.parse(text, "feeds.toml")
    assert "feeds.toml" in str(refused.value)
    assert complaint in str(refused.value)


def test_nothing_is_written_where_a_name_is_taken_or_wrong(path: Path) -> None:
    for feed in (Feed(name="harbour", url="https://x.example/"), Feed(name="x", url="gopher://x.example/")):
        with pytest.raises(BadFeedList):
            feedlist.add(path, [Feed(name="fine", url="https://fine.example/"), feed])
        assert path.read_text("utf-8") == LIST


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.harbour.example/rss.xml", "harbour.example"),
        ("https://harbour.example/news/world/rss.xml", "harbour.example-news-world"),
        ("https://harbour.example/feeds/sea.rss", "harbour.example-sea"),
        ("http://10.0.0.7:8080/feed", "10.0.0.7"),
        ("https://harbour.example/a b/ü", "harbour.example-a-b-ü"),
    ],
)
def test_a_feed_without_a_name_gets_one(url: str, name: str) -> None:
    assert feedlist.name_for(url) == name


names = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp", "Zs"]), min_size=1, max_size=12
)
feeds = st.lists(
    st.builds(
        Feed,
        name=names,
        url=names.map(lambda name: f"https://a.example/{name.encode().hex()}"),
        language=st.sampled_from(["", "en", "pt-BR"]),
        tags=st.lists(names, max_size=3, unique=True).map(tuple),
    ),
    max_size=6,
    unique_by=(lambda feed: feed.name, lambda feed: feed.url),
)


@given(feeds)
def test_a_list_goes_to_opml_and_comes_back(listed: list[Feed]) -> None:
    back = opml.read(opml.write(listed))
    assert sorted(back.feeds, key=lambda feed: feed.url) == sorted(listed, key=lambda feed: feed.url)
    assert back.left == []


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sftp://desk@ftp.harbour.example/out/news", "ftp.harbour.example-out-news"),
        ("imaps://desk@mail.harbour.example", "mail.harbour.example"),
        ("push:harbour", "harbour"),
    ],
)
def test_a_place_beside_the_web_gets_a_name_too(url: str, name: str) -> None:
    assert feedlist.name_for(url) == name
