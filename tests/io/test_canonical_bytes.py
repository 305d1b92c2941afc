"""The bytes of every kind of file follow from what it says alone, whatever the machine, the day and the order."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.study import ROOT, made_once

LEFT_OUT = ("params.yaml", "data/source", "scratch")  # what was given, and what is no artefact
WORLDS = ("here", "a much longer path, with spaces/and deeper/there")
KINDS = {"json", "csv", "parquet", "safetensors", "skops", "svg", "html", "md", "tex"}
CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>

static const time_t AGO = 400 * 86400;

int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int code = real(clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec -= AGO;
    return code;
}

time_t time(time_t *now) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (now) *now = found.tv_sec;
    return found.tv_sec;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    now->tv_sec = found.tv_sec;
    now->tv_usec = found.tv_nsec / 1000;
    return 0;
}
"""
Digests = dict[str, str]
pytestmark = [pytest.mark.slow, pytest.mark.needs("compiler", "locale")]


def german_locale(folder: Path) -> dict[str, str]:
    """Return variables for a locale with decimal commas and Latin-1 text."""
    command = ["localedef", "-i", "de_DE", "-f", "ISO-8859-1", str(folder / "de_DE.ISO-8859-1")]
    subprocess.run(command, capture_output=True, check=True)
    return {"LC_ALL": "de_DE.ISO-8859-1", "LANG": "de_DE.ISO-8859-1", "LOCPATH": str(folder)}


def another_day(folder: Path) -> dict[str, str]:
    """Return variables under which every library sees a day long past."""
    library = folder / "clock.so"
    command = ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(library), "-ldl"]
    subprocess.run(command, input=CLOCK, text=True, capture_output=True, check=True)
    return {"LD_PRELOAD": str(library)}


def start(folder: Path, order: int, umask: int, **environment: str) -> subprocess.Popen[str]:
    """Start a process that makes a whole study and the planted files."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    return subprocess.Popen(
        [sys.executable, "-m", "tests.io.whole_study", str(folder), str(order)],
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", **environment},
        umask=umask,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def digests(folder: Path) -> Digests:
    """Return the digest of every file that is compared."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    kept = {name: path for name, path in found.items() if not name.startswith(LEFT_OUT)}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in kept.items()}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Return two folders made by two processes that have nothing in common but what they were asked for."""
    folder = made_once(tmp_path_factory, "worlds", make_worlds).folder
    return tuple(folder / name for name in WORLDS)


def make_worlds(folder: Path) -> None:
    """Make both, at once."""
    folder.mkdir()
    here, there = (folder / name for name in WORLDS)
    unusual = {"PYTHONHASHSEED": "4242", "TZ": "Asia/Kathmandu", "USER": "nobody", "LOGNAME": "nobody", "COLUMNS": "40"}
    unusual |= {"HOME": str(folder / "home"), **german_locale(folder), **another_day(folder)}
    processes = [
        start(here, 0, 0o022, PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C.UTF-8", LANG="C.UTF-8"),
        start(there, 1, 0o077, **unusual),
    ]
    said = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], "\n".join(said)


def test_every_file_of_a_study_is_the_same_anywhere_on_any_day_and_in_any_order(worlds: tuple[Path, ...]) -> None:
    here, there = (digests(world / "study") for world in worlds)
    assert {name.rpartition(".")[2] for name in here} >= KINDS
    assert {name for name in here if here[name] != there.get(name)} == set()
    assert set(here) == set(there)


def test_every_writer_that_is_not_canonical_is_found_out(worlds: tuple[Path, ...]) -> None:
    here, there = (digests(world / "planted") for world in worlds)
    assert len(here) == 16
    assert {name for name in here if here[name] == there[name]} == set()
