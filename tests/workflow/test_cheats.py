"""What somebody would try who wants another verdict after a look at held-out: each is told, none stays confirmatory."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.study import Study, copy_of

from pipeline.io.files import read_json, read_tensors, write_json, write_tensors
from pipeline.io.plans import commit_plan, lock_plan
from pipeline.io.receipts import sealed
from pipeline.science.deviations import AFTER_A_LOOK, CONFIRMATORY, sentences, standing
from pipeline.workflow import Workflow, look

Params = dict[str, Any]
FORGED = "evaluations/full/seed-10"


@pytest.fixture(scope="module")
def looked_at(built: Study, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """Yield a copy of the built study, the working folder; whoever changes it commits nothing but plans."""
    here = Path.cwd()
    study = copy_of(built, tmp_path_factory.mktemp("cheats") / "study")
    study.commit("Keep the looks")
    os.chdir(study.folder)
    yield study
    os.chdir(here)


@pytest.fixture
def honest(looked_at: Study) -> Iterator[Study]:
    """Yield that study; what a test locks and changes is taken back."""
    before = looked_at.git("rev-parse", "HEAD").strip()
    yield looked_at
    looked_at.git("reset", "-q", "--hard", before)


def relock() -> Workflow:
    """State the study's plan anew, as `pipeline plan --lock` does, and return the study as it is then."""
    commit_plan(lock_plan(Workflow.load().study.model_dump(mode="json"), []))
    return Workflow.load()


def margin(params: Params) -> None:
    params["study"]["margin"] = 0.2


def alpha(params: Params) -> None:
    params["study"]["alpha"] = 0.2


def other_seed_of_the_study(params: Params) -> None:
    params["study"]["seed"] = 4


def claim(params: Params) -> None:
    params["families"]["ablation"]["claim"] = "equivalence"


def hypothesis(params: Params) -> None:
    params["study"]["hypothesis"] = "Large leaves help."


def turned_round(params: Params) -> None:
    """Make the variant the method, so that the contrast has the other sign."""
    params["method"]["min_samples_leaf"] = 30
    params["components"] = {"small_leaves": {"min_samples_leaf": 1}}


def renamed(params: Params) -> None:
    params["components"] = {"large_leaves": params["components"]["small_leaves"]}


def baseline_left_out(params: Params) -> None:
    params["baselines"] = {}
    del params["families"]["baseline"], params["search"]["spaces"]["nearest_neighbours"]


def one_family_of_what_stood(params: Params) -> None:
    del params["families"]["baseline"]


def seed_swapped_for_a_luckier_one(params: Params) -> None:
    params["seeds"]["final"] = [10, 11, 12, 13, 14, 16]


def more_trials(params: Params) -> None:
    params["search"]["trials"] = 3


CHEATS = (
    margin, alpha, other_seed_of_the_study, claim, hypothesis, turned_round, renamed, baseline_left_out,
    one_family_of_what_stood, seed_swapped_for_a_luckier_one, more_trials,
)  # fmt: skip


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.__name__)
def test_a_plan_that_is_stated_anew_after_a_look_confirms_nothing(
    cheat: Callable[[Params], None], honest: Study
) -> None:
    assert standing(Workflow.load().plan.digest, Workflow.load().deviations()) == CONFIRMATORY
    params = honest.params()
    cheat(params)
    honest.state(params)
    assert not Workflow.load().confirmatory
    workflow = relock()
    assert workflow.confirmatory
    found = workflow.deviations()
    assert standing(workflow.plan.digest, found) == AFTER_A_LOOK
    assert any("The plan was locked again after held-out was opened" in said for said in sentences(found))


def test_taking_the_cheat_back_is_no_deviation(honest: Study) -> None:
    text = (honest.folder / "params.yaml").read_text()
    honest.change("study.margin", 0.2)
    relock()
    (honest.folder / "params.yaml").write_text(text)
    workflow = relock()
    assert standing(workflow.plan.digest, workflow.deviations()) == CONFIRMATORY  # nothing was opened under the other


def test_a_plan_edited_by_hand_opens_nothing(honest: Study) -> None:
    path = honest.folder / "plan/plan.json"
    plan = json.loads(path.read_text())
    plan["study"]["study"]["margin"] = 0.2
    path.write_text(json.dumps(plan))
    honest.change("study.margin", 0.2)
    done = honest.pipeline("plan", check=False)
    assert done.returncode
    assert "plan/plan.json: digest: does not match what the plan states" in done.stderr


def test_predictions_that_were_altered_and_signed_anew_are_told_by_what_was_seen(honest: Study) -> None:
    home = honest.folder / FORGED
    before = {path: path.read_bytes() for path in home.iterdir()}
    kept = read_tensors(home / "predictions.safetensors")
    write_tensors(home / "predictions.safetensors", {**kept, "predicted": kept["label"]})
    write_json(home / "evaluation.json", {**read_json(home / "evaluation.json"), "accuracy": 1.0})
    stated = read_json(home / "receipt.json")
    del stated["seal"]
    (home / "receipt.json").write_text(sealed({**stated, "files": look().files(FORGED)}))
    said = honest.pipeline("status", check=False).stdout
    for path, content in before.items():
        path.write_bytes(content)
    assert f"held-out: 1 evaluation of a configuration that was seen to predict otherwise ({FORGED})" in said
    assert "seen to predict otherwise" not in honest.pipeline("status", check=False).stdout


@pytest.mark.parametrize("table", ["results/tables/contrasts.csv", "analysis/tables/contrasts.parquet"])
def test_a_table_edited_by_hand_is_corrupt_and_not_recorded(table: str, honest: Study) -> None:
    path = honest.folder / table
    before = path.read_bytes()
    path.write_bytes(before.replace(b"supported", b"Supported", 1))
    assert path.read_bytes() != before
    states = json.loads(honest.pipeline("status", "--json", check=False).stdout)["artefacts"]
    done = honest.pipeline("record", check=False)
    path.write_bytes(before)
    assert states[table.partition("/")[0]]["state"] == "corrupt"
    assert done.returncode


def test_a_file_planted_beside_an_input_makes_that_input_no_longer_true(honest: Study) -> None:
    planted = honest.folder / "data/splits/more.safetensors"
    os.link(honest.folder / "data/held_out/held_out.safetensors", planted)
    states = json.loads(honest.pipeline("status", "--json", check=False).stdout)["artefacts"]
    planted.unlink()
    assert states["data/splits"]["state"] != "valid"
    assert states["runs/full/seed-10"]["state"] != "valid"
