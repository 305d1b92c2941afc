"""Two people add a variant each; the second one merges by the commands that docs/share.md states."""

import json
import re
import shutil
from pathlib import Path

import pytest
from tests.study import ROOT, Study
from tests.workflow.conftest import has_nothing_to_do

pytestmark = pytest.mark.slow
MERGE = re.compile(r"<!-- run: merge -->\n```sh\n(.*?)```", re.DOTALL)


def commands() -> list[str]:
    """Return the commands that the page states for a merge."""
    (block,) = MERGE.findall((ROOT / "docs" / "share.md").read_text())
    return [line.partition("#")[0].strip() for line in block.splitlines() if line.strip()]


def cloned(origin: Path, folder: Path, name: str) -> Study:
    """Return a restored clone that belongs to a person."""
    clone = Study(folder / name)
    clone.folder.mkdir()
    clone.git("clone", "-q", str(origin), ".")
    clone.git("config", "user.name", name)
    clone.git("config", "user.email", f"{name}@example.org")
    clone.pipeline("restore")
    return clone


def with_places(study: Study) -> None:
    """Write the empty section of variants over several lines, so that two additions are no conflict of Git's."""
    path = study.folder / "params.yaml"
    text = path.read_text()
    assert "variants: {}\n" in text
    path.write_text(text.replace("variants: {}\n", "variants: {\n  # Ada's\n  # and\n  # others:\n  # Bob's\n  }\n"))


def worked_on(study: Study, place: str, variant: str) -> set[str]:
    """State a variant at its place in params.yaml, build and record it; return the runs that were made."""
    path = study.folder / "params.yaml"
    path.write_text(path.read_text().replace(f"  # {place}\n", f"  # {place}\n  {variant},\n"))
    study.commit(f"Add {variant}")
    study.snakemake()
    study.pipeline("record", "--push")
    return {home for home in study.made() if home.startswith(("runs/", "choices/", "data/"))}


def test_two_variants_merge_into_a_study_with_both_and_nothing_is_trained_again(tracked: Study, tmp_path: Path) -> None:
    tracked.dvc("remote", "add", "-d", "shared", str(tmp_path / "remote"))
    with_places(tracked)
    tracked.commit("Name the remote")
    tracked.pipeline("record", "--push")
    origin = tmp_path / "origin.git"
    tracked.git("clone", "-q", "--bare", str(tracked.folder), str(origin))
    ada, bob = (cloned(origin, tmp_path, name) for name in ("ada", "bob"))
    before = {path.name for path in (bob.folder / "looks").iterdir()}

    hers = worked_on(ada, "Ada's", "large_leaves: {min_samples_leaf: 9}")
    ada.git("push", "-q")
    his = worked_on(bob, "Bob's", "middle_leaves: {min_samples_leaf: 3}")
    assert hers == {f"runs/large_leaves/seed-{seed}" for seed in range(10, 16)}
    assert his == {f"runs/middle_leaves/seed-{seed}" for seed in range(10, 16)}

    bob.forget()
    first, *rest = commands()
    assert first == "git pull --no-rebase"
    assert bob.run(*first.split(), check=False).returncode == 1
    conflicts = bob.git("diff", "--name-only", "--diff-filter=U").split()
    assert conflicts == ["dvc.lock", "manifest.json"]
    refused = bob.pipeline("record", check=False)
    assert refused.returncode == 1
    for command in rest:
        program, *arguments = command.split()
        run = {"git": bob.git, "snakemake": bob.snakemake, "pipeline": bob.pipeline, "dvc": bob.dvc}[program]
        run(*arguments)
    assert bob.made() == {"analysis", "results"}
    recorded = set(json.loads((bob.folder / "manifest.json").read_text())["artefacts"])
    assert {f"runs/{name}/seed-10" for name in ("large_leaves", "middle_leaves")} <= recorded
    assert json.loads(bob.pipeline("status", "--json").stdout)["record"]["recorded"]
    assert before <= {path.name for path in (bob.folder / "looks").iterdir()}
    bob.git("push", "-q")

    shutil.rmtree(ada.folder / ".dvc" / "cache")
    ada.git("pull", "-q")
    ada.forget()
    ada.pipeline("restore")
    assert has_nothing_to_do(ada)
    assert ada.artefacts() == bob.artefacts()
