"""What a study's code can reach from wherever it runs: its own declared inputs, and nothing else."""

import contextlib
import json
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cheats.planting import PEEK, PLACES, beside, open_wide, planted
from tests.needs import MEMORY
from tests.study import Study

pytestmark = [pytest.mark.slow, pytest.mark.needs("landlock"), pytest.mark.needs("shared-memory")]


@pytest.fixture
def port() -> Iterator[int]:
    """Return the port of a server on this machine, for streams and datagrams alike."""
    with socket.create_server(("127.0.0.1", 0)) as streams, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as others:
        others.bind(streams.getsockname())
        threading.Thread(target=taken, args=[streams], daemon=True).start()
        yield int(streams.getsockname()[1])


def taken(server: socket.socket) -> None:
    """Take every connection until the server is closed: one that waits would keep who connects waiting."""
    with contextlib.suppress(OSError):
        while True:
            server.accept()[0].close()


@pytest.fixture
def memory() -> Iterator[Path]:
    """Return the place of a file that another job may have left in shared memory, in a folder of its own name."""
    path = MEMORY / f"left-by-another-job-{uuid4()}"
    yield path
    for left in (path, beside(path)):
        left.unlink(missing_ok=True)


def built(study: Study) -> None:
    """Lock the plan and build all of a study, held-out evaluated."""
    study.pipeline("plan", "--lock")
    study.snakemake()


def test_code_of_a_study_reaches_nothing_that_is_closed_from_any_place(tmp_path: Path, port: int, memory: Path) -> None:
    study = planted(tmp_path / "study", tmp_path, memory, port)
    built(study)
    study.pipeline("status")
    assert json.loads((study.folder / "results/metrics.json").read_text())["status"] == "confirmatory"
    assert not (tmp_path / "reached").exists()
    assert (tmp_path / "secret").read_text() == "secret"
    assert not beside(memory).exists()
    assert study.git("status", "--porcelain", "src") == ""
    assert not list(study.folder.rglob("cheat*"))


def test_where_nothing_confines_every_place_reaches_all_of_it(tmp_path: Path, port: int, memory: Path) -> None:
    study = planted(tmp_path / "study", tmp_path, memory, port)
    open_wide(study)
    study.commit("Confine nothing")
    built(study)
    reached = [line.split(": ") for line in (tmp_path / "reached").read_text().splitlines()]
    assert {place for place, _ in reached} == set(PLACES)
    assert {thing for _, thing in reached} == set(re.findall(r'^    "(.+)": lambda', PEEK, re.MULTILINE))
