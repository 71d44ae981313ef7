"""Loops over numbers, compiled to machine code at their first call and kept on disk for the next start where
that can be."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The function as machine code. It may use numbers and numpy arrays only, and divides as numpy does. Compiling takes long,
    and sorts, slices that are assigned to and `np.full` are the longest by far: loops in their place take a tenth."""
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = str(_folder())
    try:
        made: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except (OSError, RuntimeError):  # nowhere to write: compiled anew at each start
        made = numba.njit(nogil=True, error_model="numpy")(function)
    finally:
        config.CACHE_DIR = before
    return cast(F, made)


@cache
def _folder() -> Path:
    """Where compiled loops are kept: a folder for each state of these sources, because a loop that is
    made of loops in other files would otherwise outlive a change in them."""
    sources = hashlib.blake2b(digest_size=8)
    for path in sorted(Path(__file__).parent.glob("*.py")):
        sources.update(path.read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "wirepipe" / sources.hexdigest()
