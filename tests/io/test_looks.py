import json
from pathlib import Path
from typing import Any

import pytest
from tests.io.evaluated import HELD_OUT, STUDY, commit, evaluated, git, write
from tests.io.toy import part

from pipeline.base.canonical import file_digest
from pipeline.base.errors import LookError
from pipeline.io.code import Sources
from pipeline.io.deviations import deviations
from pipeline.io.environment import Environment
from pipeline.io.look_history import absent, of_other_studies, restoring, uncommitted_looks
from pipeline.io.looks import (
    LEDGER,
    LOOKS,
    configuration,
    looks,
    note_after,
    note_before,
    opened_plans,
    seen_otherwise,
)
from pipeline.io.manifest import KEYS, manifest_text
from pipeline.io.plans import lock_plan
from pipeline.io.receipts import RECEIPT, WITHDRAWN, Step, World
from pipeline.science.deviations import sentences, standing


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "-q", "-b", "main")
    (tmp_path / ".gitignore").write_text(".pipeline\nevaluations\nruns\n")


def looked(study: dict[str, Any] = STUDY, **changed: Any) -> str:
    """Lock a study, evaluate its full method and return the plan's digest."""
    digest = lock_plan(study, [])
    note_after([evaluated(**changed)])
    return digest


def altered(key: str, value: Any) -> dict[str, Any]:
    """Return the study with one dotted key changed."""
    study: dict[str, Any] = json.loads(json.dumps(STUDY))
    *parents, last = key.split(".")
    section = study
    for parent in parents:
        section = section[parent]
    section[last] = value
    return study


def departures(study: dict[str, Any], plan: str) -> Any:
    """Return how a study departs from what held-out was opened under."""
    return deviations(plan, study, ["evaluations/full/seed-10"])


def test_a_look_is_named_by_its_own_digest_and_another_seed_or_the_same_again_adds_nothing() -> None:
    looked()
    looked(run="full/seed-11")
    looked()
    (path,) = LOOKS.glob("*.json")
    assert file_digest(path).startswith(path.stem)
    assert len(opened_plans()) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"hidden": 51},
        {"model": "logistic_regression"},
        {"splits": "c" * 64},
        {"held_out": "d" * 64},
        {"rows": {"training_rows": 250}},
        {"rows": {"sample_rows": 250}},
        {"rows": {"precision": "float64"}},
        {"code": {"pipeline.science.models.mlp:Net": "3" * 16}},
        {"code": {"pipeline.science.metrics:accuracy": "3" * 16}},
        {"code": {"pipeline.stages.train:run": "3" * 16}},
        {"code": {"pipeline.base.seeds:generator": "3" * 16}},
    ],
)
def test_other_settings_rows_or_code_are_another_configuration(changed: dict[str, Any]) -> None:
    looked()
    looked(**changed)
    assert len(looks()) == 2


def test_folds_are_one_configuration_as_seeds_are_and_another_number_of_folds_is_another() -> None:
    def of_fold(place: str) -> Any:
        trained = {
            "reads": {"splits": {f"data/folds/{place}/receipt.json": place}},
            "parameters": {"precision": "float32"},
            "code": {"definitions": {}},
        }
        return configuration({"model": "mlp", "settings": {}}, trained, HELD_OUT, {})

    assert of_fold("repeat-1-fold-1-of-5") == of_fold("repeat-2-fold-3-of-5")
    assert of_fold("repeat-1-fold-1-of-5") != of_fold("repeat-1-fold-1-of-4")


def test_seeds_of_single_streams_are_no_configurations() -> None:
    looked()
    looked(rows={"streams": {"order": 3}, "seed": 11, "study_seed": 4})
    assert len(looks()) == 1


def test_code_that_moves_no_prediction_is_no_other_configuration() -> None:
    looked()
    looked(code={"pipeline.io.files:write_json": "3" * 16})
    assert len(looks()) == 1


def test_looks_of_two_branches_merge_as_a_set() -> None:
    commit()
    looked()
    git("switch", "-q", "-c", "other")
    looked(hidden=51)
    commit("Look twice")
    git("switch", "-q", "main")
    looked()
    looked(hidden=52)
    commit("Look twice, otherwise")
    git("merge", "-q", "-m", "Merge", "other")
    assert sorted(look["settings"]["hidden"] for look in looks().values()) == [50, 51, 52]


def test_an_edited_look_is_refused_with_the_way_back() -> None:
    looked()
    (path,) = LOOKS.glob("*.json")
    path.write_text(path.read_text().replace("50", "51"))
    with pytest.raises(LookError, match=f"{path}: is not what its name says; restore it with `git checkout"):
        looks()


def test_a_study_that_was_looked_at_once_departs_from_nothing() -> None:
    plan = looked()
    assert departures(STUDY, plan) is None


def test_a_peek_with_another_configuration_is_named_with_what_differs() -> None:
    looked()
    plan = looked(altered("method.hidden", 51), hidden=51)
    found = departures(altered("method.hidden", 51), plan)
    assert list(found["configurations"].values()) == [["settings.hidden (50 → 51)"]]
    assert list(found["plans"].values()) == [["method.hidden"]]


def test_code_edited_after_a_look_is_a_deviation() -> None:
    looked()
    plan = looked(code={"pipeline.science.models.mlp:Net": "3" * 16})
    found = departures(STUDY, plan)
    assert list(found["configurations"].values()) == [["code pipeline.science.models.mlp:Net"]]


def test_code_edited_after_a_look_is_none_where_every_prediction_that_was_seen_comes_out_the_same() -> None:
    edited = {"pipeline.science.models.mlp:Net": "3" * 16}
    looked(predicted="a" * 64)
    plan = looked(predicted="a" * 64, code=edited)
    assert departures(STUDY, plan) is None
    assert len(list(LOOKS.glob("*.json"))) == 2
    evaluated(predicted="b" * 64, code=edited)
    assert list(departures(STUDY, plan)["configurations"].values()) == [["code pipeline.science.models.mlp:Net"]]


def test_a_look_is_excused_by_nothing_less_than_all_that_it_saw_coming_out_the_same() -> None:
    edited = {"pipeline.science.models.mlp:Net": "3" * 16}
    plan = lock_plan(STUDY, [])
    note_after([evaluated(f"full/seed-{seed}", predicted=str(seed) * 32) for seed in (10, 11)])
    note_after([evaluated(f"full/seed-{seed}", predicted=str(seed) * 32, code=edited) for seed in (10, 11)])
    assert departures(STUDY, plan) is None
    note_after([evaluated("full/seed-11", predicted="b" * 64, code=edited)])
    assert "code pipeline.science.models.mlp:Net" in str(departures(STUDY, plan)["configurations"])


def test_a_look_of_which_no_prediction_is_known_is_not_excused() -> None:
    plan = lock_plan(STUDY, [])
    home = Path(evaluated())
    receipt = json.loads((home / RECEIPT).read_text())
    (home / RECEIPT).write_text(json.dumps({**receipt, "files": {}}))
    note_after([str(home)])
    evaluated(code={"pipeline.science.models.mlp:Net": "3" * 16})
    assert "code pipeline.science.models.mlp:Net" in str(departures(STUDY, plan)["configurations"])


def test_a_receipt_that_is_withdrawn_is_no_evaluation_that_stands() -> None:
    lock_plan(STUDY, [])
    home = Path(evaluated())
    (home / RECEIPT).rename(home / WITHDRAWN)
    note_after([str(home)])
    assert looks() == {}


def test_what_is_about_to_be_evaluated_is_on_record_before_it_is() -> None:
    home = evaluated()
    for name in ("app/each.py", "requirements.lock"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("def run(): pass\n" if name.endswith(".py") else "")
    write(Path("data/held_out_labels/about.json"), {"rows": "7" * 64})
    step = Step("evaluate", "evaluations/{variant}/{run}", lambda values: {}, part("app.each:run"))
    world = World({"evaluate": step}, Sources(Path.cwd()), Environment(Path("requirements.lock")))
    lock_plan(STUDY, [])
    note_before(world, "evaluate", [home, "evaluations/full/seed-11"], Path("data/held_out_labels"))
    (look,) = looks().values()
    assert look["data"]["held_out"] == "7" * 64
    assert len(opened_plans()) == 1


def test_predictions_that_one_configuration_was_not_seen_to_make_are_named_whatever_their_receipt_says() -> None:
    looked(predicted="a" * 64)
    assert seen_otherwise(["evaluations/full/seed-10"]) == []
    evaluated(predicted="b" * 64)
    assert seen_otherwise(["evaluations/full/seed-10", "evaluations/full/seed-11"]) == ["evaluations/full/seed-10"]
    note_after(["evaluations/full/seed-10"])  # putting the altered one on record as well hides nothing
    assert seen_otherwise(["evaluations/full/seed-10"]) == ["evaluations/full/seed-10"]
    evaluated(predicted="c" * 64, hidden=51)
    assert seen_otherwise(["evaluations/full/seed-10"]) == []  # another configuration: that is a deviation by itself


def test_other_settings_are_another_configuration_even_where_they_predict_the_same() -> None:
    looked(predicted="a" * 64)
    plan = looked(predicted="a" * 64, hidden=51)
    assert list(departures(STUDY, plan)["configurations"].values()) == [["settings.hidden (50 → 51)"]]


def test_going_back_to_what_was_looked_at_first_does_not_undo_the_second_look() -> None:
    looked(altered("method.hidden", 51), hidden=51)
    plan = looked()
    assert list(departures(STUDY, plan)["configurations"].values()) == [["settings.hidden (51 → 50)"]]


def test_seeds_added_or_dropped_after_a_look_are_named() -> None:
    looked()
    more = altered("seeds.final", [10, 11, 12])
    assert departures(more, looked(more))["unplanned_seeds"] == [12]
    assert departures(more, lock_plan(more, []))["dropped_seeds"] == []
    assert departures(STUDY, lock_plan(STUDY, []))["dropped_seeds"] == [12]


def test_seeds_stated_in_another_order_after_a_look_are_a_deviation_that_leaves_nothing_confirmed() -> None:
    looked(altered("seeds.final", [10, 11, 12]))
    turned = altered("seeds.final", [11, 10, 12, 13])
    found = departures(turned, lock_plan(turned, []))
    assert list(found["plans"].values()) == [["seeds.final", "the order of seeds.final"]]
    assert standing("any", found) == "exploratory after a look"
    assert "changed since: seeds.final, the order of seeds.final." in sentences(found)[0]
    before = altered("seeds.final", [9, 10, 11, 12])  # a first look would take other seeds
    assert "the order of seeds.final" in next(iter(departures(before, lock_plan(before, []))["plans"].values()))
    added = altered("seeds.final", [10, 11, 12, 13])
    assert standing("any", departures(added, lock_plan(added, []))) == "confirmatory"


def test_a_claim_reworded_after_a_look_is_a_deviation() -> None:
    looked()
    reworded = altered("study.claims.helps.sentence", "It never hurts.")
    assert list(departures(reworded, looked(reworded))["plans"].values()) == [["study.claims.helps.sentence"]]


def test_a_look_that_history_has_and_the_folder_has_not_is_removed_and_can_be_brought_back() -> None:
    looked()
    assert sorted(uncommitted_looks()) == sorted(path.as_posix() for path in LOOKS.rglob("*.json"))
    commit()
    assert (absent().removed, uncommitted_looks()) == ({}, [])
    (path,) = LOOKS.glob("*.json")
    path.unlink()
    assert absent().removed == {path.as_posix(): "Git's history"}
    commit("Hide a look")
    assert absent().removed == {path.as_posix(): "Git's history"}
    git(*restoring(path.as_posix()).split()[1:])
    assert absent().removed == {}


def test_a_look_that_was_removed_before_it_was_committed_is_known_to_the_clone_that_made_it() -> None:
    commit()
    looked()
    (path,) = LOOKS.glob("*.json")
    path.unlink()
    assert absent().removed == {path.as_posix(): "this clone's own state"}
    assert restoring(path.as_posix()) == f"cp {LEDGER}/{path.name} {path}"


def test_a_look_of_another_branch_is_told_and_is_not_removed() -> None:
    commit()
    git("switch", "-q", "-c", "other")
    looked()
    commit()
    git("switch", "-q", "main")
    assert (absent().removed, len(absent().elsewhere)) == ({}, 2)


def test_looks_at_the_same_rows_by_another_study_of_the_repository_are_counted_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("src/pipeline").mkdir(parents=True)
    looked()
    looked(held_out="e" * 64)
    other = Path("studies/other")
    other.mkdir(parents=True)
    monkeypatch.chdir(other)
    assert of_other_studies() == 0
    looked(hidden=51)
    looked(held_out="d" * 64)
    assert (len(looks()), of_other_studies()) == (2, 1)


def test_a_look_that_a_certificate_names_is_missed_whatever_became_of_history() -> None:
    commit()
    Path("certificates").mkdir()
    told = {"predicate": {"looks": ["looks/0123456789abcdef.json", "README.md"]}}
    Path("certificates/c.json").write_text(json.dumps(told))
    Path("certificates/d.json").write_text("[]")
    assert absent().removed == {"looks/0123456789abcdef.json": "certificates/c.json"}


def test_a_look_that_the_manifest_names_is_missed_whatever_became_of_history() -> None:
    commit()
    manifest = {key: {} for key in KEYS}
    told = {**manifest, "commit": "0" * 40, "looks": ["looks/0123456789abcdef.json"]}
    Path("manifest.json").write_text(manifest_text(told))
    assert absent().removed == {"looks/0123456789abcdef.json": "manifest.json"}


def test_before_every_variant_is_evaluated_no_look_is_said_to_be_by_another_configuration() -> None:
    plan = looked(hidden=51)
    evaluated()
    assert departures(STUDY, plan)["configurations"]
    assert deviations(plan, STUDY, ["evaluations/full/seed-10", "evaluations/mlp/seed-10"]) is None
