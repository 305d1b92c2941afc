"""Results of several classes of machine say so wherever they are shown, and a strict study does not record them."""

import json
from pathlib import Path

import pytest
from tests.study import Study
from tests.workflow.test_recording import refused

pytestmark = pytest.mark.slow
MOVED = ("runs/full/seed-10", "runs/full/seed-11", "evaluations/full/seed-10")
OLD = "sse4_2"


@pytest.fixture
def mixed(tracked: Study) -> Study:
    """Return the recorded study as if some of it had been made on a machine with fewer instructions."""
    for home in MOVED:
        path = tracked.folder / "observed" / "artefacts" / f"{home.replace('/', '__')}.json"
        fact = json.loads(path.read_text())
        fact["machine"]["instructions"] = OLD
        path.write_text(json.dumps(fact))
    return tracked


def machines(study: Study) -> dict[str, dict[str, int]]:
    return dict(json.loads(study.pipeline("status", "--json").stdout)["machines"])


def test_one_class_is_not_mentioned(tracked: Study) -> None:
    (about,) = machines(tracked).values()
    assert about["artefacts"] == 42
    assert "machines:" not in tracked.pipeline("status").stdout
    assert "classes" not in tracked.pipeline("step", "observe").stdout
    assert "classes" not in tracked.pipeline("record").stdout
    assert "Statistics here" not in (tracked.folder / "observed/index.html").read_text()


def test_several_classes_are_named_wherever_results_are_shown(mixed: Study) -> None:
    assert sorted(about["artefacts"] for about in machines(mixed).values()) == [3, 39]
    status = mixed.pipeline("status").stdout
    assert "machines: 2 classes of machine (" in status
    assert "they differ in instructions: " in status
    assert "has no more" in status
    said = mixed.pipeline("step", "observe").stdout
    assert "Statistics here are over runs of 2 classes of machine (" in said
    assert "Statistics here are over runs of 2 classes" in (mixed.folder / "observed/index.html").read_text()
    assert "they are of 2 classes of machine (" in mixed.pipeline("record").stdout


def test_a_class_of_what_no_statistic_is_over_cautions_nobody(tracked: Study) -> None:
    path = tracked.folder / "observed/artefacts/data__raw.json"
    path.write_text(path.read_text().replace('"x86_64"', '"another"').replace('"aarch64"', '"another"'))
    assert "Statistics here" not in tracked.pipeline("step", "observe").stdout
    assert "they differ in architecture: " in tracked.pipeline("status").stdout


def test_a_strict_study_is_the_same_study_and_does_not_record_several_classes(mixed: Study) -> None:
    mixed.change("compute.strict", True)
    mixed.snakemake()
    assert mixed.made() == set()
    found = json.loads(mixed.pipeline("status", "--json").stdout)
    assert found["confirmatory"]
    mixed.commit("Be strict")
    refused(mixed, "record", "compute.strict: results are of 2 classes of machine (")
    for home in MOVED:
        (mixed.folder / "observed" / "artefacts" / f"{home.replace('/', '__')}.json").unlink()
    mixed.pipeline("record")


def test_a_strict_study_does_not_record_a_class_that_is_not_known(tracked: Study) -> None:
    tracked.change("compute.strict", True)
    tracked.commit("Be strict")
    path = Path(tracked.folder / "manifest.json")
    path.unlink()
    (tracked.folder / "observed/artefacts/data__raw.json").unlink()
    done = tracked.pipeline("record", check=False)
    assert done.returncode == 1
    assert "data/raw is of a class of machine that is not known (1 such artefacts)" in done.stderr
