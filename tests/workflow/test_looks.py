"""Looks at held-out are on record: whatever opens it, also if it is killed; what is removed is missed."""

import json
import shutil
from pathlib import Path

import pytest
from tests.study import Study

from pipeline.base.canonical import canonical_json, text_digest

pytestmark = pytest.mark.slow
EVALUATE = "src/pipeline/stages/evaluate.py"
OPENED = '    record = read_json(run / "run.json")'  # held-out is read by then


def looks(study: Study) -> list[Path]:
    """Return the looks on record."""
    return sorted((study.folder / "looks").glob("*.json"))


def test_a_build_puts_each_configuration_on_record_once_and_the_page_counts_them(built: Study) -> None:
    settings = [json.loads(path.read_text())["settings"] for path in looks(built)]
    assert sorted(each.get("min_samples_leaf", 0) for each in settings) == [0, 1, 30]
    assert len(list((built.folder / "looks/plans").glob("*.json"))) == 1
    page = (built.folder / "observed/index.html").read_text()
    assert "held-out: seen by 3 configurations, under 1 plan (" in page
    assert "exploratory after a look" not in page


def test_an_evaluation_that_is_killed_once_it_has_read_held_out_counts_and_what_follows_is_no_confirmation(
    study: Study,
) -> None:
    path = study.folder / EVALUATE
    whole = path.read_text()
    assert OPENED in whole
    path.write_text(whole.replace(OPENED, f"    __import__('os').kill(__import__('os').getpid(), 9)\n{OPENED}"))
    study.commit("Edit code after a look")
    done = study.snakemake("evaluated", check=False)
    assert done.returncode
    assert len(looks(study)) == 6
    path.write_text(whole)
    study.commit("Take it back")
    study.snakemake("--forcerun", "analyse")
    assert json.loads((study.folder / "results/metrics.json").read_text())["status"] == "exploratory after a look"
    facts = json.loads((study.folder / "analysis/study.json").read_text())
    assert any("code pipeline.stages.evaluate:run" in sentence for sentence in facts["deviations"])
    assert "Exploratory after a look" in (study.folder / "results/report.md").read_text()
    said = study.pipeline("status", check=False).stdout
    assert "study: exploratory after a look" in said
    assert "held-out: seen by 6 configurations" in said


def test_a_record_names_its_looks_and_refuses_where_one_is_removed(tracked: Study) -> None:
    names = [path.relative_to(tracked.folder).as_posix() for path in looks(tracked)]
    told = json.loads((tracked.folder / "manifest.json").read_text())["looks"]
    assert set(names) < set(told)
    assert tracked.git("status", "--short") == ""
    tracked.git("rm", "-q", names[0])
    tracked.commit("Hide a look")
    done = tracked.pipeline("record", check=False)
    assert done.returncode == 1
    assert f"{names[0]}: a look at held-out by this study is not on record" in done.stderr
    assert f"removed: {names[0]}" in tracked.pipeline("status", check=False).stdout


def test_a_removed_look_by_another_configuration_stops_the_record_with_the_way_back(tracked: Study) -> None:
    other = json.loads(looks(tracked)[0].read_text())
    other["settings"] = {**other["settings"], "planted": 1}
    text = canonical_json(other)
    planted = f"looks/{text_digest(text)[:16]}.json"
    (tracked.folder / planted).write_text(text)
    tracked.commit("Look at something else")
    (tracked.folder / planted).unlink()
    done = tracked.pipeline("record", check=False)
    assert done.returncode == 1
    assert f"{planted}: a look at held-out was removed, which Git's history names" in done.stderr
    tracked.run("bash", "-c", done.stderr.strip().rpartition("; ")[2])
    assert (tracked.folder / planted).is_file()


def test_seeds_added_after_a_look_are_evaluated_and_no_contrast_counts_them(study: Study) -> None:
    study.change("seeds.final", [10, 11, 12, 13, 14, 15, 16])
    study.commit("Add a seed")
    said = study.pipeline("plan", "--lock").stdout
    assert "Deviation: Seeds 16 were not in the plan at the first look" in said
    study.snakemake()
    rows = (study.folder / "results/tables/contrasts.csv").read_text().splitlines()
    n = rows[0].split(",").index("n")
    assert {row.split(",")[n] for row in rows[1:]} == {"6"}
    assert ",16," in (study.folder / "results/tables/runs.csv").read_text()
    assert len(looks(study)) == 3
    assert json.loads((study.folder / "results/metrics.json").read_text())["status"] == "confirmatory"
    assert "Seeds 16 were not in the plan" in (study.folder / "results/report.md").read_text()


def test_several_looks_open_one_after_the_other_each_recorded_before_the_next(study: Study) -> None:
    shutil.rmtree(study.folder / "looks")
    study.change("seeds.final", [10, 11, 12, 13, 14, 15, 16, 17])
    study.change("seeds.looks", [{"seeds": 6, "alpha": 0.04}, {"seeds": 8, "alpha": 0.01}])
    study.commit("State two looks")
    study.pipeline("plan", "--lock")
    study.snakemake()
    assert json.loads((study.folder / "results/metrics.json").read_text())["look"] == 1
    assert not (study.folder / "evaluations/full/seed-16").exists()
    assert (study.folder / "runs/full/seed-16/receipt.json").is_file()
    assert "only after this one is on record" in study.pipeline("plan", "--next-look", check=False).stderr
    study.pipeline("record")
    assert "look 2 of 2 is open" in study.pipeline("plan", "--next-look").stdout
    study.forget()
    study.snakemake()
    added = {f"evaluations/{name}/seed-{seed}" for name in ("full", "minus_small_leaves") for seed in (16, 17)}
    assert study.made() == {*added, "analysis", "results"}
    told = json.loads((study.folder / "results/metrics.json").read_text())
    assert (told["look"], told["status"]) == (2, "confirmatory")
