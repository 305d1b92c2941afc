"""A recorded study rebuilt in an empty room: the same bytes, and each planted fault answered by verdict and place."""

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from tests.needs import require
from tests.study import DATA, Study, copy_of
from tests.waiting import wait_until

from pipeline.base.canonical import file_digest
from pipeline.io.files import read_json, read_tensors, write_tensors
from pipeline.io.manifest import manifest_text
from pipeline.io.receipts import sealed, unsealed

KEYS = {
    "format", "commit", "manifest_sha256", "scope", "verdict", "artefacts", "first_difference", "environment",
    "network", "room", "machine", "cost",
}  # fmt: skip
FULL = "runs/full/seed-10"


@pytest.fixture
def published(recorded: Study, tmp_path: Path) -> Study:
    """Return a copy of the recorded study, to change."""
    return copy_of(recorded, tmp_path / "study")


def clone_of(study: Study, folder: Path) -> Study:
    """Return a clone, without results and caches."""
    study.run("git", "clone", "-q", str(study.folder), str(folder))
    return Study(folder)


def verified(study: Study, *arguments: str, believing: bool = True) -> tuple[dict[str, Any], str]:
    """Verify and return the result, which exit code and file agree with, and what was said on the way."""
    rooms = study.folder.parent / "rooms"
    rooms.mkdir(exist_ok=True)
    verify = study.verify if believing else functools.partial(Study(study.folder, warm=False).pipeline, "verify")
    done = verify("--json", *arguments, check=False, TMPDIR=str(rooms))
    assert done.stdout, done.stderr
    result = json.loads(done.stdout)
    assert set(result) == KEYS
    assert done.returncode == (0 if result["verdict"] == "identical" else 1)
    kept = [read_json(path) for path in (study.folder / "observed" / "verify").iterdir()]
    assert result in kept
    assert list(rooms.iterdir()) == []
    return result, done.stderr


def plant(study: Study, home: str, change: Callable[[Path], None]) -> None:
    """Record another artefact than the sources give: change its files, seal it and the manifest to match, commit."""
    folder = study.folder / home
    stated = unsealed((folder / "receipt.json").read_text(), home)
    change(folder)
    stated["files"] = {
        path.relative_to(folder).as_posix(): file_digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "receipt.json"
    }
    (folder / "receipt.json").write_text(sealed(stated))
    manifest = read_json(study.folder / "manifest.json")
    manifest["artefacts"][home] |= {"files": stated["files"], "receipt": file_digest(folder / "receipt.json")}
    amend(study, manifest)


def amend(study: Study, manifest: dict[str, Any]) -> None:
    """Commit another manifest."""
    (study.folder / "manifest.json").write_text(manifest_text(manifest))
    study.git("commit", "-q", "-m", "Record something else", "--", "manifest.json")


def flip_a_mantissa_bit(folder: Path) -> None:
    path = folder / "splits.safetensors"
    arrays = read_tensors(path)
    arrays["train_x"].view(np.uint32)[3, 2] ^= np.uint32(1)
    write_tensors(path, arrays)


def swap_the_seed(folder: Path) -> None:
    other = folder.with_name("seed-11")
    for path in other.iterdir():
        if path.name != "receipt.json":
            shutil.copy(path, folder / path.name)


def stamp_a_time(folder: Path) -> None:
    path = folder / "tables" / "variants.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([f"{lines[0]},made", *(f"{line},2024-05-01T12:00:00" for line in lines[1:])]) + "\n")


@pytest.mark.slow
def test_a_clone_without_any_data_rebuilds_every_byte_and_certifies_it(recorded: Study, tmp_path: Path) -> None:
    clone = clone_of(recorded, tmp_path / "clone")
    key = signing_key(clone, tmp_path)
    before = sorted(path for path in clone.folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)

    result, said = verified(clone, "--sign", str(key), believing=False)

    assert result["verdict"] == "identical"
    manifest = read_json(recorded.folder / "manifest.json")["artefacts"]
    assert result["artefacts"].keys() == manifest.keys()
    for home, about in result["artefacts"].items():
        assert about["recorded"] == about["rebuilt"] == manifest[home]["receipt"]
        assert {name: pair["rebuilt"] for name, pair in about["files"].items()} == manifest[home]["files"]
    assert result["scope"]["claims_covered"] == [2, 2]
    assert (result["scope"]["choices"], result["first_difference"]) == ("rebuilt", None)
    assert result["environment"]["differences"] == []
    after = sorted(path for path in clone.folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    made = [path.relative_to(clone.folder).parent.as_posix() for path in after if path not in before]
    assert made == ["certificates"] * 2 + ["observed/certificates"] * 2 + ["observed/verify"]
    assert_counted_and_an_edited_one_refused(clone, said)


def signing_key(study: Study, folder: Path) -> Path:
    """Return a key whose certificates count in a study."""
    require("ssh-keygen")
    study.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key"))
    kind, public = (folder / "key.pub").read_text().split()[:2]
    with (study.folder / "certificates/allowed_signers").open("a") as file:
        file.write(f'ada namespaces="believable-certificate" {kind} {public}\n')
    return folder / "key"


def assert_counted_and_an_edited_one_refused(study: Study, said: str) -> None:
    (certificate,) = (study.folder / "certificates").glob("*.json")
    assert certificate.name in said
    assert (
        "rebuilt identically by 1 verifier (ada) on 1 class of machine"
        in study.pipeline("verify", "--certificates").stdout
    )
    certificate.write_text(certificate.read_text().replace('"identical"', '"diverged"', 1))
    done = study.pipeline("verify", "--certificates", check=False)
    assert done.returncode == 1
    assert "edited" in done.stdout


@pytest.mark.slow
def test_each_fault_in_a_record_is_answered_at_its_place(published: Study) -> None:
    plant(published, "data/splits", flip_a_mantissa_bit)
    plant(published, FULL, swap_the_seed)
    plant(published, "results", stamp_a_time)

    result, _ = verified(published)

    verdicts = {home: about["verdict"] for home, about in result["artefacts"].items()}
    assert {home for home, verdict in verdicts.items() if verdict != "identical"} == {"data/splits", FULL, "results"}
    assert verdicts["data/splits"] == "close"
    assert "at most 1 ULP apart" in result["artefacts"]["data/splits"]["detail"]
    assert verdicts[FULL] == "diverged"
    assert verdicts["results"] == "equivalent"
    assert "tables/variants.csv: made: was only recorded" in result["artefacts"]["results"]["detail"]
    assert result["verdict"] == "diverged"
    first = result["first_difference"]
    assert (first["stage"], first["artefact"]) == ("prepare", "data/splits")
    assert first["place"] == "train_x[3, 2]"


@pytest.mark.slow
def test_a_part_of_the_runs_is_rebuilt_given_the_recorded_choices(published: Study) -> None:
    plant(published, FULL, swap_the_seed)

    result, _ = verified(published, "--runs", "full/seed-10,nearest_neighbours/fixed")

    assert result["scope"]["choices"] == "as recorded"
    assert result["scope"]["claims_covered"] == [1, 2]
    rebuilt = {home for home, about in result["artefacts"].items() if about["rebuilt"]}
    assert rebuilt == result["artefacts"].keys()
    assert rebuilt == {
        *DATA, FULL, "runs/nearest_neighbours/fixed",
        "evaluations/full/seed-10", "evaluations/nearest_neighbours/fixed",
    }  # fmt: skip
    not_same = {home for home, about in result["artefacts"].items() if about["verdict"] != "identical"}
    assert not_same == {FULL}
    assert result["first_difference"]["stage"] == "train"
    assert result["verdict"] == "diverged"


@pytest.mark.slow
def test_steps_that_are_not_deterministic_diverge_where_they_part(study: Study) -> None:
    path = study.folder / "src" / "pipeline" / "stages" / "train.py"
    text = path.read_text().replace('"weights_sha256": digest,', '"weights_sha256": noise(),')
    path.write_text(f"{text}\n\ndef noise() -> str:\n    import os\n\n    return os.urandom(8).hex()\n")
    study.commit("Draw from the machine")
    study.snakemake()
    study.pipeline("record")

    result, _ = verified(study, "runs/full/seed-10/run.json")

    verdicts = {home: about["verdict"] for home, about in result["artefacts"].items()}
    assert verdicts == {
        **dict.fromkeys(DATA, "identical"), "choices/full": "identical", FULL: "diverged",
    }  # fmt: skip
    first = result["first_difference"]
    where = [first[key] for key in ("stage", "artefact", "file", "place")]
    assert where == ["train", FULL, "run.json", "weights_sha256"]


@pytest.mark.slow
def test_another_version_than_the_locked_one_makes_it_not_comparable_here(published: Study) -> None:
    lock = published.folder / "requirements.lock"
    installed = next(line for line in lock.read_text().splitlines() if line.startswith("joblib==")).split()[0]
    lock.write_text(lock.read_text().replace(installed, "joblib==0.0.1"))
    published.commit("Lock another version")
    manifest = read_json(published.folder / "manifest.json")
    manifest["sources"]["requirements.lock"] = published.git("rev-parse", "HEAD:requirements.lock").strip()
    amend(published, manifest)

    result, _ = verified(published, believing=False)

    assert result["verdict"] == "not comparable here"
    said = f"joblib is {installed.removeprefix('joblib==')}, locked 0.0.1"
    assert result["environment"]["differences"] == [said]
    assert all(said in about["detail"] and about["rebuilt"] is None for about in result["artefacts"].values())


@pytest.mark.slow
def test_raw_data_that_is_nowhere_is_not_verifiable_and_named(published: Study, tmp_path: Path) -> None:
    source = "data/source/rows.npz"
    published.git("rm", "-q", "--cached", source)
    (published.folder / ".gitignore").write_text(f"{(published.folder / '.gitignore').read_text()}/{source}\n")
    published.commit("Keep the raw file out of Git")
    manifest = read_json(published.folder / "manifest.json")
    listed = published.git("ls-tree", "HEAD", "--", "data/source").split()
    manifest["sources"]["data/source"] = listed[2]
    amend(published, manifest)
    clone = clone_of(published, tmp_path / "clone")

    result, _ = verified(clone)

    assert result["verdict"] == "not verifiable"
    details = {about["detail"] for about in result["artefacts"].values()}
    assert details == {f"data.source: {source} is in neither Git nor this folder"}


@pytest.mark.slow
def test_ctrl_c_leaves_no_room_and_no_process(published: Study) -> None:
    rooms = published.folder.parent / "rooms"
    rooms.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(published.folder / "src"), "TMPDIR": str(rooms)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it, and hands that on
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "verify", "--runs", "full/seed-10"],
        cwd=published.folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_until(lambda: list(rooms.glob("verify-*/*")), "a room", 300)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) != 0
    assert list(rooms.iterdir()) == []
    assert not [each for each in psutil.process_iter(["cmdline"]) if str(rooms) in " ".join(each.info["cmdline"] or [])]


@pytest.mark.slow
def test_what_cannot_be_verified_is_refused_in_one_line(published: Study) -> None:
    def refused(*arguments: str) -> str:
        done = published.pipeline("verify", *arguments, check=False)
        assert done.returncode == 1
        assert done.stdout == ""
        (line,) = done.stderr.strip().splitlines()
        return line

    assert "give one of TARGET, --runs" in refused("results", "--sample", "1")
    assert "--seed: nothing is drawn by it" in refused("--seed", "1")
    assert "manifest.json: is not in commit" in refused("--commit", "HEAD~1")
    published.change("study.seed", 4)
    published.commit("Change the study")
    line = refused()
    assert "was recorded for other sources" in line
    assert "(params.yaml)" in line
    last = published.git("log", "-1", "--format=%h", "--", "manifest.json").strip()
    assert f"--commit {last}" in line


@pytest.mark.slow
def test_some_runs_are_trained_and_never_analysed(study: Study) -> None:
    shutil.rmtree(study.folder / "analysis")
    shutil.rmtree(study.folder / "results")
    for targets in ([], ["all"], ["results/receipt.json"], ["trained", "analysis/receipt.json"]):
        done = study.snakemake(*targets, "--config", "only=full/seed-10", check=False)
        assert done.returncode
        assert [line for line in done.stderr.splitlines() if line.startswith("pipeline:")] == [
            "pipeline: config: only: some runs make no result; ask for trained, evaluated or a receipt up to those "
            "(snakemake evaluated --config only=...), or leave it out"
        ]
    done = study.snakemake("trained", "--config", "only=full/seed-99", check=False)
    assert "pipeline: config: only: there is no run 'full/seed-99'; did you mean 'full/seed-1" in done.stderr

    before = study.artefacts()
    study.snakemake("evaluated", "--config", "only=full/seed-10")
    assert study.made() == set()
    study.snakemake("evaluated")
    assert study.made() == set()
    assert study.artefacts() == before
