"""The store opens, refuses with a sentence, and keeps all of a transaction or none of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pipeline import store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "wire?#%.db"


def test_the_folder_and_file_are_made_and_a_reader_sees_what_was_committed(path: Path) -> None:
    writer = store.open_store(path)
    with store.transaction(writer):
        writer.execute("CREATE TABLE t (x)")
        writer.execute("INSERT INTO t VALUES (1)")
    reader = store.open_reader(path)
    assert path.is_file()
    assert reader.execute("SELECT x FROM t").fetchall() == [(1,)]
    reader.close()
    writer.close()


def test_a_reader_cannot_write(path: Path) -> None:
    store.open_store(path).close()
    reader = store.open_reader(path)
    with pytest.raises(store.StoreError, match="may not be written"), store.transaction(reader):
        reader.execute("CREATE TABLE t (x)")
    reader.close()


def test_a_transaction_that_raises_leaves_nothing(path: Path) -> None:
    connection = store.open_store(path)
    with store.transaction(connection):
        connection.execute("CREATE TABLE t (x NOT NULL)")
    with pytest.raises(sqlite3.IntegrityError), store.transaction(connection):
        connection.executemany("INSERT INTO t VALUES (?)", [(1,), (None,)])
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
    connection.close()


def test_a_missing_store_says_how_to_make_one(path: Path) -> None:
    with pytest.raises(store.StoreMissing, match="wire replay"):
        store.open_reader(path)


def test_a_newer_file_is_refused_and_left_as_it_is(path: Path) -> None:
    connection = store.open_store(path)
    connection.execute(f"PRAGMA user_version = {store.SCHEMA + 1}")
    connection.close()
    for opened in (store.open_store, store.open_reader):
        with pytest.raises(store.StoreError, match="newer Wirepipe"):
            opened(path)


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be looked at" * 100, b"<rss/>" * 4000]
)
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(content)
    for opened in (store.open_store, store.open_reader):
        with pytest.raises(store.StoreError, match="not a Wirepipe store"):
            opened(path)
    assert path.read_bytes() == content


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(store.StoreError, match="is it a folder"):
        store.open_store(tmp_path)
    with pytest.raises(store.StoreMissing):
        store.open_reader(tmp_path)


def test_a_file_in_the_way_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(store.StoreError, match=r"store\.path"):
        store.open_store(tmp_path / "var" / "wire.db")


def test_a_full_disk_is_told_and_undone(path: Path) -> None:
    connection = store.open_store(path)
    with store.transaction(connection):
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES ('kept')")
    connection.execute("PRAGMA max_page_count = 10")  # SQLite answers as it does where a disk is full
    with pytest.raises(store.StoreFull, match="no room left"), store.transaction(connection):
        connection.execute("INSERT INTO t VALUES (zeroblob(1000000))")
    assert not connection.in_transaction
    assert connection.execute("SELECT x FROM t").fetchall() == [("kept",)]
    connection.close()


def test_a_store_held_by_another_is_told(path: Path) -> None:
    first, second = store.open_store(path), store.open_store(path)
    second.execute("PRAGMA busy_timeout = 0")
    with (
        store.transaction(first),
        pytest.raises(store.StoreBusy, match="another process"),
        store.transaction(second),
    ):
        pass
    first.close()
    second.close()


def test_a_fault_of_the_program_is_not_dressed_up(path: Path) -> None:
    connection = store.open_store(path)
    with pytest.raises(sqlite3.OperationalError, match="no such table"), store.transaction(connection):
        connection.execute("SELECT * FROM nowhere")
    connection.close()


def test_after_a_checkpoint_nothing_deleted_is_left_in_the_files(path: Path) -> None:
    connection = store.open_store(path)
    with store.transaction(connection):
        connection.execute("CREATE TABLE t (x)")
        connection.executemany(
            "INSERT INTO t VALUES (?)", [(f"secret number {n} " * 400,) for n in range(20)]
        )
    with store.transaction(connection):
        connection.execute("DELETE FROM t")
    assert store.checkpoint(connection)
    left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"secret number" not in left
    connection.close()


def test_a_store_in_memory_needs_no_file() -> None:
    connection = store.open_store(":memory:")
    with store.transaction(connection):
        connection.execute("CREATE TABLE t (x)")
    connection.close()
