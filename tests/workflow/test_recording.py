"""Recorded is what is true, complete and of committed sources; restored is just that, from wherever it can be had."""

import json
from pathlib import Path

import pytest
from tests.study import Study
from tests.workflow.conftest import shared

from pipeline.base.canonical import file_digest

pytestmark = pytest.mark.slow
RUN = "runs/full/seed-10"
CLEAN = "Data and pipelines are up to date."


def manifest(study: Study) -> dict[str, dict[str, dict[str, str]]]:
    """Return a study's manifest."""
    return dict(json.loads((study.folder / "manifest.json").read_text()))


def refused(study: Study, verb: str, because: str) -> None:
    """Assert that a verb refuses in one line, and that no byte of the record changes."""
    before = study.git("status", "--porcelain"), study.git("rev-parse", "HEAD"), study.artefacts()
    lock = (study.folder / "dvc.lock").read_bytes()
    done = study.pipeline(verb, check=False)
    assert done.returncode == 1
    assert because in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert (study.git("status", "--porcelain"), study.git("rev-parse", "HEAD"), study.artefacts()) == before
    assert (study.folder / "dvc.lock").read_bytes() == lock


def damage(path: Path) -> None:
    """Flip one bit of a file, in place, its time kept as far as a filesystem allows."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(content))


def test_a_record_names_every_byte_and_is_made_once(tracked: Study) -> None:
    told = manifest(tracked)
    for home, about in told["artefacts"].items():
        names = {"receipt.json": about["receipt"], **about["files"]}  # type: ignore[dict-item]
        here = {path for path in (tracked.folder / home).rglob("*") if path.is_file()}
        assert {path.relative_to(tracked.folder / home).as_posix() for path in here} == set(names)
        assert all(file_digest(tracked.folder / home / name) == digest for name, digest in names.items())
    assert told["choices"]["choices/full"]["choice.json"] == (tracked.folder / "choices/full/choice.json").read_text()
    assert json.loads(tracked.pipeline("status", "--json").stdout)["record"]["recorded"]
    head = tracked.git("rev-parse", "HEAD")
    assert "nothing new" in tracked.pipeline("record").stdout
    assert tracked.git("rev-parse", "HEAD") == head


def test_what_is_not_committed_is_not_recorded(tracked: Study) -> None:
    (tracked.folder / "src/pipeline/science/metrics.py").open("a").write("# a remark\n")
    refused(tracked, "record", "src/pipeline/science/metrics.py: not committed")


@pytest.mark.parametrize("trouble", ["stale", "corrupt", "missing"])
def test_what_is_not_valid_is_not_recorded(tracked: Study, trouble: str) -> None:
    if trouble == "stale":
        tracked.change("method.min_samples_leaf", 2)
        tracked.commit()
    elif trouble == "corrupt":
        damage(tracked.folder / RUN / "model.skops")
    else:
        (tracked.folder / RUN / "receipt.json").unlink()
    refused(tracked, "record", f" is {trouble}")
    found = json.loads(tracked.pipeline("status", "--json", check=False).stdout)["artefacts"]
    assert found["choices/full" if trouble == "stale" else RUN]["state"] == trouble


def test_what_dvc_took_for_unchanged_is_recorded_as_it_is(tracked: Study) -> None:
    before = tracked.artefacts()
    for path in (tracked.folder / ".dvc/cache/files/md5").rglob("*"):
        if path.is_file() and path.name[:2] in ("0a", "1b", "2c"):
            damage(path)
    tracked.pipeline("record")
    assert not json.loads(tracked.pipeline("status", "--deep", "--json").stdout)["record"]["cache"]
    assert tracked.artefacts() == before


def test_a_commit_by_hand_of_a_tree_that_is_not_true_never_counts_as_recorded(tracked: Study) -> None:
    tracked.change("method.min_samples_leaf", 2)
    tracked.snakemake("-n")
    tracked.dvc("commit", "--force")
    tracked.commit("Commit a half-built tree")
    found = json.loads(tracked.pipeline("status", "--json", check=False).stdout)
    assert not found["record"]["recorded"]
    refused(tracked, "record", "not recorded; run snakemake")


def test_a_clone_restores_all_and_has_nothing_to_run(tracked: Study, tmp_path: Path) -> None:
    clone = shared(tracked, tmp_path)
    clone.pipeline("restore")
    assert clone.artefacts() == tracked.artefacts()
    clone.snakemake()
    assert clone.made() == set()
    assert CLEAN in clone.dvc("status").stdout
    assert "machine" in manifest(clone)["artefacts"][RUN]["observed"]


def test_what_a_remote_lacks_or_has_damaged_is_named_and_the_rest_is_usable(tracked: Study, tmp_path: Path) -> None:
    clone = shared(tracked, tmp_path)
    objects = {file_md5(path): path for path in (tmp_path / "remote").rglob("*") if path.is_file()}
    gone, spoilt = (tracked.folder / "runs/full" / name for name in ("seed-11/receipt.json", "seed-12/receipt.json"))
    objects[file_md5(gone)].unlink()
    damage(objects[file_md5(spoilt)])
    done = clone.pipeline("restore", check=False)
    assert done.returncode == 1
    assert "40 of 42 artefacts are here as recorded" in done.stdout
    assert "  runs/full/seed-11/receipt.json" in done.stdout
    assert "  runs/full/seed-12/receipt.json" in done.stdout
    clone.snakemake()
    assert clone.made() == {"runs/full/seed-11", "runs/full/seed-12"}
    assert clone.artefacts() == tracked.artefacts()
    assert "42 of 42" in clone.pipeline("restore").stdout
    clone.pipeline("record")
    assert CLEAN in clone.dvc("status").stdout


def test_a_remote_that_is_not_mounted_is_not_told_as_one_that_lost_files(tracked: Study, tmp_path: Path) -> None:
    clone = shared(tracked, tmp_path)
    (tmp_path / "remote").rename(tmp_path / "away")
    done = clone.pipeline("restore", check=False)
    assert done.returncode == 1
    assert "and its remote was not reached:" in done.stdout
    away = f"remote: failed to connect to shared: the folder {tmp_path / 'remote'} is not there (not mounted?)"
    assert away in done.stdout
    (tmp_path / "away").rename(tmp_path / "remote")
    assert "42 of 42" in clone.pipeline("restore").stdout


def file_md5(path: Path) -> str:
    """Return DVC's name for a file's bytes."""
    from pipeline.io.dvc import file_md5 as md5

    return md5(path)


def test_a_damaged_object_that_plain_dvc_pull_brings_is_noticed_and_made_anew(tracked: Study, tmp_path: Path) -> None:
    clone = shared(tracked, tmp_path)
    objects = {file_md5(path): path for path in (tmp_path / "remote").rglob("*") if path.is_file()}
    damage(objects[file_md5(tracked.folder / RUN / "model.skops")])
    clone.dvc("pull", check=False)
    clone.snakemake()
    assert clone.made() == {RUN}
    assert clone.artefacts() == tracked.artefacts()


def test_restoring_refuses_without_touching_anything_where_the_record_is_not_of_these_sources(tracked: Study) -> None:
    tracked.change("method.min_samples_leaf", 2)
    refused(tracked, "restore", "results were recorded for other sources (params.yaml)")
    tracked.git("checkout", "-q", "params.yaml")
    lock = tracked.folder / "dvc.lock"
    lock.write_text(lock.read_text().replace(str(manifest(tracked)["outs"]["runs"]), f"{'0' * 32}.dir"))
    refused(tracked, "restore", "manifest.json: disagrees with dvc.lock in ")
    tracked.git("checkout", "-q", "dvc.lock")
    (tracked.folder / "manifest.json").write_text("{}")
    refused(tracked, "restore", "manifest.json: is no manifest")
    (tracked.folder / "manifest.json").unlink()
    refused(tracked, "restore", "manifest.json: is missing; nothing was recorded at this commit")
