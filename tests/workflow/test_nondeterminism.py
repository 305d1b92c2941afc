"""A step that gives other bytes for the same start is caught when it happens to run again, and not recorded."""

import json

import pytest
from tests.study import Study
from tests.workflow.test_recording import refused

from pipeline.io.repeats import DIFFERENT, basis

pytestmark = pytest.mark.slow
DICE = """
import os

from pipeline.science.models import logistic_regression
from pipeline.science.settings import ModelCosts, Shape

SEED_VARIES = ""
Settings = logistic_regression.Settings


def build(settings, seed):
    model = logistic_regression.build(settings, seed)
    return model.set_params(logisticregression__random_state=int.from_bytes(os.urandom(3), "big"))


def costs(estimator, shape):
    return logistic_regression.costs(estimator, shape)
"""
RUN = "runs/dice/fixed"


@pytest.fixture
def dicing(tracked: Study) -> Study:
    """Return the recorded study with a baseline whose weights are not determined, built and committed."""
    (tracked.folder / "src/pipeline/science/models/dice.py").write_text(DICE)
    tracked.change("baselines.dice", {"model": "dice"})
    tracked.change("search.spaces.dice", {"inverse_regularisation": {"choice": [1.0]}})
    tracked.change("families.baseline.against", ["nearest_neighbours"])  # dice is in no contrast: six seeds are enough
    tracked.snakemake()
    tracked.commit("Add a baseline")
    return tracked


def test_only_the_step_that_comes_out_different_is_named_and_nothing_is_recorded(dicing: Study) -> None:
    dicing.pipeline("status")
    dicing.forget()
    done = dicing.snakemake("--forceall")

    assert len(dicing.made()) > 20
    (line,) = [line for line in done.stderr.splitlines() if "nondeterminism" in line]
    assert line.startswith(f"nondeterminism: train: {RUN}/model.skops is ")
    found = dicing.pipeline("status", "--json", check=False)
    assert found.returncode == 1
    assert [event["artefact"] for event in json.loads(found.stdout)["nondeterminism"]] == [RUN]
    assert f"nondeterminism: train: {RUN}/model.skops is " in dicing.pipeline("status", check=False).stdout
    refused(dicing, "record", f"{RUN} (model.skops): came out different from the same code, parameters and inputs")

    model = dicing.folder / "src/pipeline/science/models/dice.py"
    model.write_text(DICE.replace('int.from_bytes(os.urandom(3), "big")', "3").replace("import os\n", ""))
    dicing.snakemake()
    dicing.pipeline("status")


def test_the_remedy_that_is_told_ends_a_suspicion(tracked: Study) -> None:
    home = "runs/nearest_neighbours/fixed"
    stated = json.loads((tracked.folder / home / "receipt.json").read_text())
    event = {"event": DIFFERENT, "artefact": home, "step": "train", "basis": basis(stated)}
    told = {"file": "model.skops", "before": "0" * 64, "now": "1" * 64, "told_by": "manifest.json"}
    (tracked.folder / "observed/nondeterminism.jsonl").write_text(json.dumps(event | told) + "\n")
    remedy = f"snakemake --force {home}/receipt.json"
    for _ in range(2):
        assert remedy in tracked.pipeline("status", check=False).stdout
        tracked.snakemake(*remedy.split()[1:])
    tracked.pipeline("status")
