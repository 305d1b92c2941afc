"""Which runs a sample and a budget choose, by the rules they state."""

import hashlib
from typing import Any

import pytest

from pipeline.base.errors import RecordError
from pipeline.verifying.budget import START_SECONDS, closeness, within_budget
from pipeline.verifying.recorded import Recorded
from pipeline.verifying.scope import everything, goals, of_runs, of_targets, sample_of

STUDY = {"alpha": 0.05, "margin": 0.01}
SEEDS = [f"seed-{number}" for number in range(10, 16)]
RUNS = [f"{variant}/{seed}" for variant in ("full", "minus_a", "mlp") for seed in SEEDS] + ["nearest/fixed"]


def contrast(variant: str, p: str, claim: str = "superiority", low: str = "0.1", high: str = "0.2") -> dict[str, str]:
    return {"variant": variant, "claim": claim, "p_corrected": p, "population_low": low, "population_high": high}


@pytest.fixture
def recorded() -> Recorded:
    homes = ["data/raw", "data/splits", "data/held_out", "choices/full", "analysis", "results"]
    homes += [f"{root}/{run}" for root in ("runs", "evaluations") for run in RUNS]
    about: dict[str, Any] = {"receipt": "0", "files": {}, "observed": {"cpu_seconds": 4.0}}
    contrasts = [contrast("minus_a", "0.0004"), contrast("mlp", "0.04"), contrast("nearest", "0.9")]
    manifest = {"artefacts": dict.fromkeys(homes, about), "conclusions": {"contrasts": contrasts}}
    return Recorded("c" * 40, manifest, "0")


def test_everything_asks_for_no_target_and_covers_every_claim(recorded: Recorded) -> None:
    scope = everything(recorded)
    assert goals(scope, recorded) == []
    assert (scope.claims_covered, scope.choices, scope.runs) == ((3, 3), "rebuilt", None)


def test_a_path_stands_for_the_artefact_that_holds_it(recorded: Recorded) -> None:
    scope = of_targets(recorded, ["results/tables/contrasts.csv"])
    assert (scope.targets, scope.runs, scope.claims_covered) == (("results",), None, (3, 3))
    scope = of_targets(recorded, ["evaluations/full/seed-10/evaluation.json", "runs/mlp/seed-11"])
    assert scope.runs == ("full/seed-10", "mlp/seed-11")
    assert scope.claims_covered == (1, 3)
    with pytest.raises(RecordError, match=r"README\.md: is in no recorded artefact"):
        of_targets(recorded, ["README.md"])


def test_named_runs_must_have_been_recorded(recorded: Recorded) -> None:
    scope = of_runs(recorded, ["full/seed-10"])
    assert goals(scope, recorded) == ["runs/full/seed-10/receipt.json", "evaluations/full/seed-10/receipt.json"]
    assert scope.choices == "as recorded"
    assert of_runs(recorded, ["mlp/seed-10", "minus_a/seed-10"]).claims_covered == (0, 3)
    with pytest.raises(RecordError, match="no run full/seed-99 was recorded; did you mean 'full/seed-1"):
        of_runs(recorded, ["full/seed-99"])


def test_a_sample_is_the_one_that_its_rule_states(recorded: Recorded) -> None:
    scope = sample_of(recorded, 5, 7)
    by_digest = sorted(RUNS, key=lambda run: hashlib.sha256(f"7 {run}".encode()).hexdigest())
    assert set(scope.targets) == set(by_digest[:5])
    assert sample_of(recorded, 5, 8).targets != scope.targets
    for size in (0, len(RUNS) + 1):
        with pytest.raises(RecordError, match="runs were recorded, so state 1 to"):
            sample_of(recorded, size, 7)


def test_closeness_is_relative_to_what_decides_a_verdict() -> None:
    assert closeness(contrast("a", "0.04"), STUDY) == pytest.approx(0.2)
    assert closeness(contrast("a", "0.06"), STUDY) == pytest.approx(0.2)
    equivalence = contrast("a", "0.5", "equivalence", "-0.002", "0.009")
    assert closeness(equivalence, STUDY) == pytest.approx(0.1)
    assert closeness({**equivalence, "population_low": "-0.0095"}, STUDY) == pytest.approx(0.05)
    kept = {**equivalence, "equivalence_low": "-0.001", "equivalence_high": "0.002"}
    assert closeness(kept, STUDY) == pytest.approx(0.8)


def test_a_budget_starts_with_the_closest_verdict_and_takes_both_sides_of_it(recorded: Recorded) -> None:
    scope = within_budget(recorded, STUDY, START_SECONDS, 3, 1)
    assert {run.partition("/")[0] for run in scope.targets} == {"full", "mlp"}
    assert scope.claims_covered == (1, 3)
    full, other = (run.partition("/")[2] for run in scope.targets)
    assert full == other


def test_a_larger_budget_covers_every_claim_before_it_takes_further_seeds(recorded: Recorded) -> None:
    scope = within_budget(recorded, STUDY, START_SECONDS + 4 * 8, 3, 1)
    assert sorted(run.partition("/")[0] for run in scope.targets) == ["full", "minus_a", "mlp", "nearest"]
    assert scope.claims_covered == (3, 3)
    assert len(within_budget(recorded, STUDY, START_SECONDS + 4 * 8, 3, 2).targets) > 4
    assert set(within_budget(recorded, STUDY, 1e6, 3, 1).targets) == set(RUNS)


def test_a_budget_needs_verdicts(recorded: Recorded) -> None:
    recorded.manifest["conclusions"] = {"contrasts": []}
    with pytest.raises(RecordError, match="--budget: the recorded result has no verdicts"):
        within_budget(recorded, STUDY, 60, 3, 1)
