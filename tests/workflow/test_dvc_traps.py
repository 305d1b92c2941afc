"""What experience taught of DVC, each a named regression test on a study with two recorded states."""

import os
from pathlib import Path

import pytest
import yaml
from tests.study import ROOT, Study, copy_of, made_once
from tests.workflow.oracle import ROOTS, standing

from pipeline.io.dvc import Cache, disagreements, locked_outs

CLEAN = "Data and pipelines are up to date."
CACHES = ("copy", "hardlink", "symlink")


@pytest.fixture(scope="module")
def recorded(built: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return a study recorded with leaves of 1, and then of 2, checked out at the second; not to be changed."""

    def make(folder: Path) -> None:
        study = copy_of(built, folder)
        for leaf in (1, 2):
            study.change("method.min_samples_leaf", leaf)
            study.dvc("repro")
            study.commit(f"Record leaves of {leaf}")

    return made_once(tmp_path_factory, "recorded-twice", make)


def unlike_the_cache(study: Study) -> list[str]:
    """Return the files that DVC keeps otherwise than they lie here."""
    cache = Cache(study.folder / ".dvc" / "cache")
    outs = locked_outs((study.folder / "dvc.lock").read_text())
    return [
        f"{out}/{name}"
        for out, md5 in outs.items()
        for name in disagreements(study.folder / out, cache.listing(md5) or {})
    ]


def flip_unseen(path: Path) -> None:
    """Change a file under the same inode, size and time."""
    stat, content = path.stat(), path.read_bytes()
    with path.open("r+b") as file:
        file.write(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_the_outs_of_dvc_are_whole_artefacts_and_the_places_of_artefacts() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    assert sorted(path for stage in stages.values() for out in stage["outs"] for path in out) == sorted(ROOTS)


@pytest.mark.slow
def test_dvc_sees_every_receipt_that_is_written_anew_though_none_changed_its_size(tracked: Study) -> None:
    assert unlike_the_cache(tracked) == []
    tracked.change("method.min_samples_leaf", 3)
    tracked.snakemake()
    assert "runs/full/seed-10/receipt.json" in unlike_the_cache(tracked)
    assert CLEAN not in tracked.dvc("status").stdout
    tracked.dvc("repro")
    assert unlike_the_cache(tracked) == []
    assert CLEAN in tracked.dvc("status").stdout


@pytest.mark.slow
@pytest.mark.parametrize("kind", CACHES)
def test_old_times_on_other_content_deceive_no_one(tracked: Study, kind: str) -> None:
    tracked.dvc("config", "cache.type", kind)
    tracked.dvc("checkout", "--relink")
    second = standing(tracked)
    tracked.git("checkout", "-q", "HEAD~1", "--", "params.yaml", "dvc.lock")
    tracked.snakemake("-n")
    tracked.dvc("checkout", "--force")
    tracked.snakemake()
    assert tracked.made() == set()
    assert standing(tracked) != second
    tracked.dvc("repro")
    assert CLEAN in tracked.dvc("status").stdout
    tracked.git("checkout", "-q", "HEAD", "--", "params.yaml", "dvc.lock")
    tracked.snakemake()
    assert tracked.made() == set()
    assert standing(tracked) == second


@pytest.mark.slow
def test_an_edit_that_keeps_size_time_and_inode_is_unseen_by_dvc_and_seen_by_all_else(tracked: Study) -> None:
    before = tracked.artefacts()
    assert CLEAN in tracked.dvc("status").stdout
    flip_unseen(tracked.folder / "results" / "metrics.json")
    assert CLEAN in tracked.dvc("status").stdout
    assert "results: file metrics.json" in tracked.pipeline("status", check=False).stdout
    refused = tracked.pipeline("record", check=False)
    assert refused.returncode
    assert "results is corrupt: not recorded" in refused.stderr
    tracked.snakemake()
    assert tracked.artefacts() == before


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["hardlink", "symlink"])
def test_what_a_link_damaged_in_the_cache_is_brought_back_by_no_one(tracked: Study, kind: str) -> None:
    tracked.dvc("config", "cache.type", kind)
    tracked.dvc("checkout", "--relink")
    before = tracked.artefacts()
    flip_unseen(tracked.folder / "analysis" / "metrics.json")
    tracked.snakemake()
    assert tracked.artefacts() == before
    assert "analysis" in tracked.made()


@pytest.mark.slow
def test_what_is_withdrawn_is_recorded_by_no_one(tracked: Study) -> None:
    lock = (tracked.folder / "dvc.lock").read_bytes()
    tracked.change("study.title", "Another")
    tracked.commit()
    tracked.snakemake("-n")
    assert (tracked.folder / "results" / "receipt.withdrawn.json").exists()
    refused = tracked.pipeline("record", check=False)
    assert refused.returncode
    assert "not recorded; run snakemake, then record again" in refused.stderr
    assert (tracked.folder / "dvc.lock").read_bytes() == lock
    tracked.dvc("repro")
    assert not list(tracked.folder.glob("*/**/receipt.withdrawn.json"))
    assert not [path for root in ROOTS for path in (tracked.folder / root).rglob(".gitignore")]
