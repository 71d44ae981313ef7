"""Whose a store is."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from pipeline.run.ownership import Origin, StoreOwned, is_owned, owned
from pipeline.store import open_store


def test_a_store_has_one_owner_at_a_time(tmp_path: Path) -> None:
    store = tmp_path / "wire.db"
    assert not is_owned(store)
    with owned(store):
        assert is_owned(store)
        with pytest.raises(StoreOwned, match="in use by process"), owned(store):
            pass
    assert not is_owned(store)
    with owned(store):
        pass


def test_only_a_store_that_never_was_live_is_a_replays(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "wire.db")) as connection:
        origin = Origin(connection)
        assert not origin.is_replay
        origin.mark_replay()
        assert origin.is_replay
        origin.mark_live()
        origin.mark_replay()
        assert not origin.is_replay


def test_clearing_a_replays_store_takes_every_table(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "wire.db")) as connection:
        origin = Origin(connection)
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
        connection.execute("INSERT INTO words VALUES ('ferry')")
        connection.execute("CREATE TABLE parent (key INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE child (parent INTEGER REFERENCES parent)")
        connection.execute("INSERT INTO parent VALUES (1)")
        connection.execute("INSERT INTO child VALUES (1)")
        origin.clear()
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        }
        assert tables == {"origin"}
