"""`wire dead list / show / retry / remove`: what could not be processed, and sending it again."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.dead_letters import DeadLetter, DeadLetters
    from pipeline.kafka.letters import KafkaLetters

    Letters = DeadLetters | KafkaLetters


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands."""
    dead = commands.add_parser("dead", help="what could not be processed, and sending it again")
    actions = dead.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="every dead letter, oldest first")
    listing.add_argument("--stage", default="", help="only those of this stage")
    listing.add_argument("--source", default="", help="only those of this source")
    listing.add_argument("--json", action="store_true", help="one record a line, payloads left out")
    listing.set_defaults(run=run_list)
    show = actions.add_parser(
        "show", help="one dead letter: its error, and its original bytes on standard output"
    )
    show.add_argument("id", help="its id, or the beginning of it")
    show.add_argument("--json", action="store_true", help="the whole record, payload in base64")
    show.set_defaults(run=run_show)
    retry = actions.add_parser("retry", help="send dead letters through the pipeline again")
    retry.add_argument("ids", nargs="*", metavar="ID", help="ids, or beginnings of them")
    retry.add_argument("--all", action="store_true", help="all of them")
    retry.set_defaults(run=run_retry)
    remove = actions.add_parser("remove", help="give dead letters up for good")
    remove.add_argument("ids", nargs="+", metavar="ID")
    remove.set_defaults(run=run_remove)


def run_list(args: argparse.Namespace, settings: Settings) -> int:
    """Lists them."""
    from pipeline.story import encode

    def show(letters: Letters) -> int:
        for letter in letters.list(args.stage, args.source):
            print(encode(letter).decode() if args.json else _line(letter))
        return 0

    return _reading(settings, show)


def run_show(args: argparse.Namespace, settings: Settings) -> int:
    """Shows one; its bytes go to standard output untouched, what is said of them to standard error."""
    from pipeline.story import encode

    def show(letters: Letters) -> int:
        letter = letters.get(args.id)
        if args.json:
            print(encode(letter).decode())
            return 0
        print(_line(letter), file=sys.stderr)
        print(
            f"{letter.times} times, from {letter.first_at:%Y-%m-%d %H:%M:%S} to {letter.last_at:%Y-%m-%d %H:%M:%S} UTC",
            file=sys.stderr,
        )
        sys.stdout.buffer.write(letter.payload)
        return 0

    return _reading(settings, show)


def _reading(settings: Settings, read: Callable[[Letters], int]) -> int:
    """What `read` does with the dead letters: those on the topic where there is Kafka, else the store's."""
    if settings.kafka.brokers:
        return _on_kafka(settings, read)
    from pipeline.dead_letters import DeadLetters, NoSuchDeadLetter
    from pipeline.store import StoreError, open_reader

    try:
        with closing(open_reader(settings.store.path)) as connection:
            return read(DeadLetters(connection))
    except (StoreError, NoSuchDeadLetter) as error:
        return _refused(str(error))


def _on_kafka(settings: Settings, work: Callable[[KafkaLetters], int]) -> int:
    from pipeline.dead_letters import NoSuchDeadLetter
    from pipeline.kafka.connection import NoBrokers
    from pipeline.kafka.letters import KafkaLetters
    from pipeline.kafka.publish import BulkPublisher, NotPublished
    from pipeline.kafka.reading import TopicUnreadable

    try:
        with closing(KafkaLetters(settings.kafka, lambda: BulkPublisher(settings.kafka))) as letters:
            return work(letters)
    except (NoBrokers, NotPublished, TopicUnreadable, NoSuchDeadLetter) as error:
        return _refused(str(error))


def _retry_on_kafka(args: argparse.Namespace, settings: Settings) -> int:
    """Publishes them for the stages that they died in; the services see to the rest."""
    from datetime import UTC, datetime

    from pipeline.collect.reading import Reader
    from pipeline.kafka.topics import topics
    from pipeline.run.resending import resent

    def retry(letters: KafkaLetters) -> int:
        failed = 0
        ids = [one.id for one in letters.list()] if args.all else [letters.get(id).id for id in args.ids]
        with closing(Reader(settings.collect)) as reader:
            for id in ids:
                messages, still = resent(letters.get(id), topics(settings.kafka), reader)
                letters.publish(messages)
                if still:
                    failed += 1
                    letters.mark_retried(id, datetime.now(UTC))
                else:
                    letters.remove([id])
                print(f"{id}  {'; '.join(still) or 'sent again'}", file=sys.stderr if still else sys.stdout)
        for id in letters.put_back():
            failed += 1
            print(f"{id}  failed again", file=sys.stderr)
        return 1 if failed else 0

    return _on_kafka(settings, retry)


def run_retry(args: argparse.Namespace, settings: Settings) -> int:
    """Retries here, or asks the running service to; 1 where something failed again."""
    from pathlib import Path

    from pipeline.dead_letters import DeadLetters, NoSuchDeadLetter
    from pipeline.run.ownership import StoreOwned, owned
    from pipeline.run.retrying import Requests
    from pipeline.store import StoreError, open_store, transaction

    if not args.ids and not args.all:
        return _refused("name dead letters, or --all of them")
    if settings.kafka.brokers:
        return _retry_on_kafka(args, settings)
    if not Path(settings.store.path).exists():
        return _refused(f"{settings.store.path}: no such store")
    try:
        with closing(open_store(settings.store.path)) as connection:
            letters = DeadLetters(connection)
            ids = (
                [letter.id for letter in letters.list()]
                if args.all
                else [letters.get(id).id for id in args.ids]
            )
            try:
                with owned(Path(settings.store.path)):
                    return _retry_here(ids, settings)
            except StoreOwned:
                requests = Requests(connection)
                with transaction(connection):
                    for id in ids:
                        requests.add(id)
                print(
                    f"asked the running service to retry {len(ids)}; `wire dead list` shows what fails again"
                )
                return 0
    except (StoreError, NoSuchDeadLetter) as error:
        return _refused(str(error))


def _retry_here(ids: list[str], settings: Settings) -> int:
    from pipeline.run.assembly import assembled

    failed = 0
    with assembled(settings) as parts:
        for id in ids:
            error = parts.retrying.retry(parts.pipeline.dead_letters.get(id))
            failed += bool(error)
            print(f"{id}  {error or 'done'}", file=sys.stderr if error else sys.stdout)
    return 1 if failed else 0


def run_remove(args: argparse.Namespace, settings: Settings) -> int:
    """Removes some."""
    if settings.kafka.brokers:

        def remove(letters: KafkaLetters) -> int:
            letters.remove([letters.get(id).id for id in args.ids])
            return 0

        return _on_kafka(settings, remove)
    from pipeline.dead_letters import DeadLetters, NoSuchDeadLetter
    from pipeline.store import StoreError, open_store, transaction

    try:
        with closing(open_store(settings.store.path)) as connection:
            letters = DeadLetters(connection)
            whole = [letters.get(id).id for id in args.ids]
            with transaction(connection):
                for id in whole:
                    letters.remove(id)
    except (StoreError, NoSuchDeadLetter) as error:
        return _refused(str(error))
    return 0


def _line(letter: DeadLetter) -> str:
    item = "" if letter.item is None else f" item {letter.item}"
    what = f"{letter.document}{item}: {letter.error}"
    return f"{letter.id}  {letter.last_at:%Y-%m-%d %H:%M}  {letter.stage:<11} {letter.source:<16} {what}"


def _refused(reason: str) -> int:
    print(f"wire dead: {reason}", file=sys.stderr)
    return 2
