"""Writes documents in bulk: requests by bytes, every document's outcome told by its kind, what can be mended waited for."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Any, Final, Literal, NamedTuple

import msgspec
from elasticsearch import ApiError, Elasticsearch, TransportError

Kind = Literal["stored", "stale", "refused", "wait", "fatal"]
"""What became of a document: it is there now; a version of it that is not older was there; it will never be taken as it is; it
may be taken later; nothing will be taken until somebody mends what is wrong."""

_NOT_THE_DOCUMENTS: Final = (
    "index_closed_exception",
    "cluster_block_exception",
    "unavailable_shards_exception",
    "validation_exception",  # the cluster has as many shards as it may, and the month's index is still to be made
)
"""Kinds of errors that come with statuses of the client's fault, and are the cluster's state."""

BASE_SECONDS: Final = 0.25
MOST_SECONDS: Final = 30.0
REQUEST_ACTIONS: Final = 500
"""Documents in one request, at most."""
IN_FLIGHT: Final = 4
"""Requests that are under way at once. Which of two is taken first is of no account, as versions decide."""


_Answers = list[tuple[int, "Result"]]
_Line = tuple[bytes, Callable[[], dict[str, Any]] | None]


class Unavailable(Exception):
    """Elasticsearch has not taken some documents, and the caller does not want to wait on; the message says why."""


class Misconfigured(Exception):
    """Elasticsearch refuses in a way that no waiting and no other document will mend; the message says how."""


class Action(NamedTuple):
    """A document to be written, under a version of our own (Elasticsearch's external versioning): the higher stays. Without a
    document it is a deletion."""

    target: str
    """An index, or an alias of one."""
    id: str
    version: int | None
    document: dict[str, Any] | None
    stamp: Callable[[], dict[str, Any]] | None = None
    """More fields of the document, made anew whenever it is sent: what they say is true of the moment."""


class Result(NamedTuple):
    """What became of an action."""

    kind: Kind
    reason: str = ""


class Bulk:
    """Writes actions and returns only when each is settled. `told` hears why it waits; `go_on` is asked before every wait."""

    def __init__(
        self,
        client: Elasticsearch,
        request_bytes: int,
        sleep: Callable[[float], None],
        told: Callable[[str], None],
        go_on: Callable[[], bool],
        chances: random.Random | None = None,
        refresh: bool = False,
    ) -> None:
        self._client = client
        self._bytes = request_bytes
        self._sleep = sleep
        self._told = told
        self._go_on = go_on
        self._chances = chances or random.Random()
        self._refresh = refresh
        self._senders: ThreadPoolExecutor | None = None

    def write(self, actions: Sequence[Action]) -> list[Result]:
        """One result for each action: `stored`, `stale` or `refused`. Raises Unavailable, Misconfigured."""
        return self.begin(actions)()

    def begin(self, actions: Sequence[Action]) -> Callable[[], list[Result]]:
        """Starts to write. What it gives waits until all is settled, and raises as `write` does. What can't be encoded raises at
        once, before anything is sent."""
        lines = [(_lines(action), action.stamp) for action in actions]
        under_way = self._sending(range(len(lines)), lines)
        return lambda: self._settled(lines, under_way)

    def _settled(self, lines: Sequence[_Line], under_way: list[Future[_Answers]]) -> list[Result]:
        results: dict[int, Result] = {}
        tries = 0
        while True:
            why = ""
            for number, result in chain.from_iterable(request.result() for request in under_way):
                if result.kind == "fatal":
                    raise Misconfigured(result.reason)
                if result.kind == "wait":
                    why = result.reason
                else:
                    results[number] = result
            left = [number for number in range(len(lines)) if number not in results]
            if not left:
                return [results[number] for number in range(len(lines))]
            self._told(f"{len(left)} documents wait: {why}")
            if not self._go_on():
                raise Unavailable(why)
            self._sleep(backoff(tries, self._chances))
            tries += 1
            under_way = self._sending(left, lines)

    def _sending(self, numbers: Sequence[int], lines: Sequence[_Line]) -> list[Future[_Answers]]:
        if self._senders is None:
            self._senders = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="bulk")
        runs = requests([(number, len(lines[number][0])) for number in numbers], self._bytes, REQUEST_ACTIONS)
        return [self._senders.submit(self._answers, run, lines) for run in runs]

    def _answers(self, request: list[int], lines: Sequence[_Line]) -> _Answers:
        return list(self._sent(request, lines))

    def _sent(self, request: list[int], lines: Sequence[_Line]) -> Iterator[tuple[int, Result]]:
        """One request's results; what is refused as a whole is sent in halves, until the one that is to blame is alone."""
        try:
            answer = self._client.bulk(
                operations=[_stamped(lines[number]) for number in request],  # type: ignore[misc]
                refresh=self._refresh,
                filter_path="items.*.status,items.*.error,took",
            )
        except ApiError as error:
            whole = classify_request(error.status_code, str(error.message))
            if whole.kind != "refused":
                yield from ((number, whole) for number in request)
            elif len(request) == 1:
                yield request[0], whole
            else:
                half = len(request) // 2
                yield from self._sent(request[:half], lines)
                yield from self._sent(request[half:], lines)
            return
        except TransportError as error:
            yield from ((number, Result("wait", f"no answer: {error.message}")) for number in request)
            return
        items = answer["items"]
        if len(items) != len(request):
            wrong = Result("wait", f"{len(items)} documents answered of {len(request)} sent")
            yield from ((number, wrong) for number in request)
            return
        for number, item in zip(request, items, strict=True):
            (said,) = item.values()
            yield number, classify_item(said["status"], said.get("error"))


def classify_item(status: int, error: dict[str, Any] | None) -> Result:
    """A document's outcome by its status and the kind of its error. Pure."""
    if error is None:
        if status < 300:
            return Result("stored")
        return Result("stale") if status == 404 else Result("wait", str(status))  # 404: deleted already
    kind = error.get("type", "")
    reason = _reason(error)
    if status == 409 and kind == "version_conflict_engine_exception":
        return Result("stale")
    if kind in _NOT_THE_DOCUMENTS or status in (429, 500, 502, 503, 504):
        return Result("wait", reason)
    if kind in ("invalid_index_name_exception", "index_not_found_exception", "security_exception"):
        return Result("fatal", reason)
    if status in (401, 403):
        return Result("fatal", reason)
    return Result("refused", reason)


def classify_request(status: int, message: str) -> Result:
    """A whole request's outcome where it was refused as a whole. Pure."""
    if status in (401, 403):
        return Result("fatal", f"{status} {message}")
    if status in (400, 413):
        return Result("refused", f"{status} {message}")
    return Result("wait", f"{status} {message}")


def backoff(tries: int, chances: random.Random) -> float:
    """Seconds before another try: by chance up to a bound that doubles (full jitter, AWS Architecture Blog, 2015)."""
    return chances.uniform(0.0, min(MOST_SECONDS, BASE_SECONDS * 2.0 ** min(tries, 20)))


def requests(sizes: Sequence[tuple[int, int]], most_bytes: int, most: int) -> Iterator[list[int]]:
    """Numbers, each with its size, in runs that are together no larger than allowed; one that alone is larger is alone."""
    run: list[int] = []
    total = 0
    for number, size in sizes:
        if run and (total + size > most_bytes or len(run) == most):
            yield run
            run, total = [], 0
        run.append(number)
        total += size
    if run:
        yield run


def _lines(action: Action) -> bytes:
    target: dict[str, Any] = {"_index": action.target, "_id": action.id}
    if action.version is not None:
        target |= {"version": action.version, "version_type": "external"}
    if action.document is None:
        return json.dumps({"delete": target}).encode()
    return json.dumps({"index": target}).encode() + b"\n" + msgspec.json.encode(action.document)


def _stamped(line: _Line) -> bytes:
    """A document's line, with its stamp put in before the brace that ends it."""
    bare, stamp = line
    return bare if stamp is None else bare[:-1] + b"," + msgspec.json.encode(stamp())[1:]


def _reason(error: dict[str, Any]) -> str:
    cause = error.get("caused_by", {}).get("reason", "")
    return f"{error.get('type', '')}: {error.get('reason', '')}" + (f" ({cause})" if cause else "")
