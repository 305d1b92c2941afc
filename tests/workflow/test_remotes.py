"""Results travel by a server of S3 or SSH: pushed, cloned, restored; what it lost or damaged is named."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.study import Study
from tests.workflow.conftest import has_nothing_to_do
from tests.workflow.remotes import Remote, s3, ssh

from pipeline.io.dvc import file_md5

pytestmark = pytest.mark.slow
SERVERS = {"s3": s3, "ssh": ssh}


@pytest.fixture(params=sorted(SERVERS))
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Remote]:
    folder = tmp_path / "server"
    folder.mkdir()
    yield from SERVERS[request.param](folder)


def stored(path: Path) -> str:
    """Return where DVC's remote keeps the content of a file."""
    md5 = file_md5(path)
    return f"files/md5/{md5[:2]}/{md5[2:]}"


def test_a_clone_restores_from_a_server_what_it_has_whole(remote: Remote, tracked: Study, tmp_path: Path) -> None:
    none = tracked.pipeline("record", "--push", check=False)
    assert "recorded here, and not pushed: dvc push dvc.yaml: " in none.stderr
    assert "no remote specified" in none.stderr
    assert "Create a default remote" not in none.stderr
    remote.name_in(tracked)
    remote.reach_from(tracked)
    assert "pushed: " in tracked.pipeline("record", "--push", **remote.environment).stdout
    clone = Study(tmp_path / "clone")
    tracked.run("git", "clone", "-q", str(tracked.folder), str(clone.folder))
    unreachable = clone.pipeline("restore", check=False)
    assert unreachable.returncode == 1
    assert "0 of 42 artefacts are here as recorded" in unreachable.stdout
    assert "not in DVC's cache, and its remote was not reached:" in unreachable.stdout
    assert "remote: failed to connect to " in unreachable.stdout
    assert "have the publisher push again" not in unreachable.stdout
    remote.reach_from(clone)
    assert "42 of 42" in clone.pipeline("restore", **remote.environment).stdout
    assert clone.artefacts() == tracked.artefacts()
    assert has_nothing_to_do(clone)
    assert clone.git("status", "--porcelain") == ""
    faults_are_named_and_the_rest_is_there(remote, tracked, clone)


def faults_are_named_and_the_rest_is_there(remote: Remote, tracked: Study, clone: Study) -> None:
    """Lose one object of the remote, cut another short, flip a bit of a third, and restore anew."""
    names = [f"runs/full/seed-{seed}/receipt.json" for seed in (11, 12, 13)]
    lost, cut, flipped = (stored(tracked.folder / name) for name in names)
    remote.remove(lost)
    remote.write(cut, remote.read(cut)[:-100])
    whole = remote.read(flipped)
    remote.write(flipped, whole[:50] + bytes([whole[50] ^ 1]) + whole[51:])
    for folder in ("runs", "choices", ".dvc/cache", ".dvc/tmp"):
        shutil.rmtree(clone.folder / folder)
    done = clone.pipeline("restore", check=False, **remote.environment)
    assert done.returncode == 1
    assert "39 of 42 artefacts are here as recorded" in done.stdout
    told = [line.strip() for line in done.stdout.splitlines() if line.startswith("  ")]
    assert told == names
    here = clone.artefacts()
    assert {path: here[path] for path in here} == {path: tracked.artefacts()[path] for path in here}
    assert not any(path.startswith("runs/full/seed-11/") for path in here)
