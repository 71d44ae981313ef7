"""Every knob: its name, unit, default and meaning, in one place; read from a TOML file and from WIRE_* variables."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta

from pipeline.story import Record


class BadSettings(Exception):
    """A settings file or variable says something that is no setting; the message names it."""


class Section(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the settings file."""


class Store(Section, frozen=True, kw_only=True):
    """The embedded driver's one SQLite file: index, dedupe state, feed state and dead letters."""

    path: Annotated[str, Meta(description="SQLite file; its folder is made if absent")] = "var/wire.db"
    retention_days: Annotated[
        int, Meta(ge=0, description="stories older than this are removed, days; 0 keeps all")
    ] = 0


class Collect(Section, frozen=True, kw_only=True):
    """How feeds are fetched."""

    feeds: Annotated[str, Meta(description="feed list, a TOML file; `wire feeds add` writes it")] = (
        "feeds.toml"
    )
    contact: Annotated[
        str, Meta(description="address or URL sent in the User-Agent, for the feed's owner")
    ] = ""
    connect_seconds: Annotated[float, Meta(gt=0, description="time to connect, seconds")] = 5.0
    fetch_seconds: Annotated[float, Meta(gt=0, description="whole request with redirects, seconds")] = 30.0
    fetch_bytes: Annotated[int, Meta(gt=0, description="largest document, bytes after decompression")] = (
        10_485_760
    )
    redirects: Annotated[int, Meta(ge=0, description="redirects followed in one fetch")] = 5
    interval_seconds: Annotated[int, Meta(gt=0, description="first poll interval of a feed, seconds")] = 300
    interval_least: Annotated[int, Meta(gt=0, description="shortest poll interval, seconds")] = 60
    interval_most: Annotated[
        int, Meta(gt=0, description="longest poll interval, also after errors, seconds")
    ] = 21_600
    settle_seconds: Annotated[
        float, Meta(ge=0, description="a file on a server is taken once unchanged for so long, seconds")
    ] = 3.0
    host_concurrency: Annotated[int, Meta(gt=0, description="fetches under way at once from one host")] = 1
    host_gap_seconds: Annotated[
        float, Meta(ge=0, description="pause between two fetches from one host, seconds")
    ] = 1.0
    concurrency: Annotated[int, Meta(gt=0, description="fetches under way at once in all")] = 32
    parse_seconds: Annotated[
        int, Meta(gt=0, description="processor time for reading one document, seconds")
    ] = 10
    parse_bytes: Annotated[int, Meta(gt=0, description="memory for reading one document, bytes")] = (
        1_073_741_824
    )
    items: Annotated[int, Meta(gt=0, description="stories taken from one document")] = 10_000


class Folders(Section, frozen=True, kw_only=True):
    """Watched folders: each sub-folder of `path` is a source; done and failed files move to `done/` and `failed/` in it."""

    path: Annotated[str, Meta(description="folder to watch; empty: none")] = ""
    settle_seconds: Annotated[
        float, Meta(ge=0, description="a file is taken once unchanged for so long, seconds")
    ] = 1.0
    scan_seconds: Annotated[float, Meta(gt=0, description="time between two looks, seconds")] = 0.25
    file_bytes: Annotated[int, Meta(gt=0, description="largest file taken, bytes")] = 104_857_600


class Dedupe(Section, frozen=True, kw_only=True):
    """What the de-duplicate stage remembers."""

    window_hours: Annotated[
        int, Meta(gt=0, description="copies are looked for so far back by event time, hours")
    ] = 72
    versions_days: Annotated[
        int, Meta(gt=0, description="versions of a story are known for so long, days")
    ] = 30
    update_days: Annotated[
        int,
        Meta(gt=0, description="corrections and updates under another id are looked for so far back, days"),
    ] = 14
    near: Annotated[bool, Meta(description="find near copies, not only exact ones")] = True
    sketches: Annotated[
        int, Meta(ge=1_000, description="stories that near copies are looked for among, at most; 1 KiB each")
    ] = 1_000_000


class Enrich(Section, frozen=True, kw_only=True):
    """Entities."""

    enabled: Annotated[bool, Meta(description="find entities at all")] = True
    models: Annotated[dict[str, str], Meta(description="spaCy model by language (BCP 47 primary tag)")] = (
        msgspec.field(default_factory=lambda: {"en": "en_core_web_sm"})
    )
    processes: Annotated[int, Meta(ge=0, description="enriching processes; 0: one for each processor")] = 0
    batch: Annotated[int, Meta(gt=0, description="stories given to the model at once")] = 64
    story_characters: Annotated[
        int, Meta(gt=0, description="longest text searched for entities, characters")
    ] = 200_000


class Process(Section, frozen=True, kw_only=True):
    """Bounds on one story."""

    story_characters: Annotated[
        int,
        Meta(gt=0, lt=1_000_000, description="longest body kept, characters; the rest is cut and it is said"),
    ] = 900_000
    queue: Annotated[
        int, Meta(gt=0, description="documents read and not yet processed; collectors wait beyond it")
    ] = 64
    attempts: Annotated[
        int, Meta(gt=0, description="tries of a stage before a story goes to the dead letters")
    ] = 2


class Kafka(Section, frozen=True, kw_only=True):
    """The brokers of the distributed driver; with none, everything runs on one machine."""

    brokers: Annotated[
        str, Meta(description="`host:port` of some brokers, parted by commas; empty: no Kafka")
    ] = ""
    prefix: Annotated[str, Meta(description="what every topic's and group's name begins with")] = "wire."
    partitions: Annotated[int, Meta(gt=0, description="partitions of the topics that are shared out")] = 12
    replicas: Annotated[
        int, Meta(gt=0, description="copies of each partition; 3 where there are three brokers")
    ] = 1
    retention_hours: Annotated[
        int, Meta(gt=0, description="stories stay on the topics between stages for so long, hours")
    ] = 336
    message_bytes: Annotated[int, Meta(gt=0, description="largest story on a topic, bytes")] = 16_777_216
    session_seconds: Annotated[
        float, Meta(gt=0, description="a service that is silent for so long is replaced, seconds")
    ] = 10.0
    security: Annotated[str, Meta(description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL")] = "PLAINTEXT"
    sasl_mechanism: Annotated[str, Meta(description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")] = (
        "SCRAM-SHA-512"
    )
    username: Annotated[str, Meta(description="SASL user")] = ""
    password: Annotated[str, Meta(description="SASL password")] = ""
    ca: Annotated[str, Meta(description="PEM file of the authorities to trust; empty: the system's")] = ""
    certificate: Annotated[str, Meta(description="PEM file of the client's certificate; empty: none")] = ""
    key: Annotated[str, Meta(description="PEM file of the client's key")] = ""


class Streams(Section, frozen=True, kw_only=True):
    """The stream processors, `wire process`."""

    folder: Annotated[str, Meta(description="where a worker keeps its tables")] = "var/streams"
    batch: Annotated[int, Meta(gt=0, description="stories taken from a topic at once")] = 200
    linger_seconds: Annotated[
        float, Meta(ge=0, description="a batch that is not full waits for so long, seconds")
    ] = 0.05
    standbys: Annotated[int, Meta(ge=0, description="workers that keep a copy of the tables")] = 1
    stuck_seconds: Annotated[
        float,
        Meta(gt=0, description="a worker that has stories waiting and moves none for so long ends itself"),
    ] = 300.0
    port: Annotated[
        int, Meta(ge=0, le=65535, description="health and metrics of a service; 0: a free one")
    ] = 8610


class Elastic(Section, frozen=True, kw_only=True):
    """Elasticsearch, which the distributed driver indexes into."""

    url: Annotated[str, Meta(description="`http://host:9200`, several parted by commas; empty: SQLite")] = ""
    prefix: Annotated[str, Meta(description="what every index's and alias's name begins with")] = "wire-"
    user: Annotated[str, Meta(description="user name")] = ""
    password: Annotated[str, Meta(description="password")] = ""
    api_key: Annotated[str, Meta(description="API key, instead of a user")] = ""
    ca: Annotated[str, Meta(description="PEM file of the authorities to trust; empty: the system's")] = ""
    shards: Annotated[int, Meta(gt=0, description="primary shards of a month's index")] = 1
    replicas: Annotated[int, Meta(ge=0, description="replicas of each shard")] = 0
    refresh_seconds: Annotated[
        float, Meta(gt=0, description="stories are searchable within so long, seconds")
    ] = 1.0
    bulk_bytes: Annotated[int, Meta(gt=0, description="largest bulk request, bytes")] = 8_388_608
    retention_months: Annotated[
        int, Meta(ge=0, description="indices older than this are removed, months; 0 keeps all")
    ] = 0


class Web(Section, frozen=True, kw_only=True):
    """The reading API and its page."""

    host: Annotated[str, Meta(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="port; 0 picks a free one")] = 8600
    readers: Annotated[int, Meta(gt=0, description="reads of the store under way at once")] = 3
    live_clients: Annotated[int, Meta(gt=0, description="readers that may listen to live stories")] = 100
    live_seconds: Annotated[
        float, Meta(gt=0, description="time between two looks for new stories, seconds")
    ] = 0.5


class Log(Section, frozen=True, kw_only=True):
    """Logs go to standard error."""

    level: Annotated[str, Meta(description="debug, info, warning or error")] = "info"
    format: Annotated[
        str, Meta(description="`json` (a line an event), `text`, or `auto`: text on a terminal")
    ] = "auto"


class Settings(Section, frozen=True, kw_only=True):
    """All of them."""

    store: Store = Store()
    collect: Collect = Collect()
    folders: Folders = Folders()
    dedupe: Dedupe = Dedupe()
    process: Process = Process()
    enrich: Enrich = Enrich()
    kafka: Kafka = Kafka()
    streams: Streams = Streams()
    elastic: Elastic = Elastic()
    web: Web = Web()
    log: Log = Log()


class Knob(Record, frozen=True, kw_only=True):
    """One setting, for people."""

    name: str
    variable: str
    default: str
    meaning: str


def load(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Settings from a TOML file (or none) with WIRE_SECTION_NAME variables laid over it. Raises BadSettings."""
    table: dict[str, Any] = {}
    if path is not None:
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadSettings(f"{path}: {error}") from error
    for section, name, kind in _fields():
        value = environment.get(_variable(section, name))
        if value is not None:
            table.setdefault(section, {})[name] = _from_text(value, kind, _variable(section, name))
    try:
        return msgspec.convert(table, Settings)
    except msgspec.ValidationError as error:
        raise BadSettings(f"{path or 'environment'}: {error}") from error


def knobs() -> Iterator[Knob]:
    """Every setting with its variable, default and meaning, in the order of the file."""
    defaults = Settings()
    for section, name, kind in _fields():
        yield Knob(
            name=f"{section}.{name}",
            variable=_variable(section, name),
            default=msgspec.json.encode(getattr(getattr(defaults, section), name)).decode(),
            meaning=_meaning(kind),
        )


def _fields() -> Iterator[tuple[str, str, Any]]:
    for section in msgspec.structs.fields(Settings):
        for name, kind in get_type_hints(section.type, include_extras=True).items():
            if name in section.type.__struct_fields__:
                yield section.name, name, kind


def _variable(section: str, name: str) -> str:
    return f"WIRE_{section}_{name}".upper()


def _meaning(kind: Any) -> str:
    return next((m.description for m in kind.__metadata__ if isinstance(m, Meta) and m.description), "")


def _from_text(value: str, kind: Any, variable: str) -> Any:
    """A variable's text as the setting's type: tables are written as JSON."""
    if kind.__origin__ is str:
        return value
    try:
        return (
            msgspec.json.decode(value.encode())
            if kind.__origin__ not in (int, float, bool)
            else msgspec.convert(value, kind, strict=False)
        )
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadSettings(f"{variable}={value!r}: {error}") from error
