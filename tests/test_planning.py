"""The plan says in words what will run, what it can detect and by which rule it is judged."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.base.params import SeedLook, Study
from pipeline.cli import app
from pipeline.io.plans import PlanState
from pipeline.planning import (
    ON_SAME,
    ON_SCORES,
    ON_SHUFFLED,
    compared,
    detectable,
    effects_in_words,
    power,
    reach,
    rule,
    sources,
    state,
    statement,
)
from pipeline.science.control_runs import IMPLAUSIBLE, SAME, SHUFFLED
from pipeline.workflow import Workflow
from tests.base.stated import stated, text

LOOKS = [{"seeds": 4, "alpha": 0.01}, {"seeds": 6, "alpha": 0.04}]
PUBLISHED = {"a_paper": {"variant": "full", "published": 0.9, "tolerance": 0.02, "cite": "Doe 2020"}}


def study(**changes: Any) -> Study:
    """Return a study."""
    return Study.model_validate(stated(**changes))


def workflow(plan: str | None = None, **changes: Any) -> Workflow:
    """Return a study as it is under a plan, or none."""
    made = Workflow(study(**changes))
    made.__dict__["plan"] = PlanState(plan, "said")
    return made


def test_the_plan_of_a_small_study_says_what_will_run() -> None:
    made = workflow()

    def seeds(control: str) -> str:
        return ", ".join(str(run.seed) for run in made.controls if run.variant == control)

    lines = statement(made)
    start = lines.index("What will run")
    assert lines[:2] == ["Study: A miniature", "Hypothesis: Small leaves help."]
    assert lines[start + 1 : lines.index("What it can detect") - 1] == [
        "- search: 2 trials for each of 2 methods (full, nearest_neighbours)",
        "  each trial with seed 1 for full; once for the others",
        "  among equal means the lowest trial is chosen; a fit that diverges or crashes counts 0",
        "  variants are not searched: they reuse their method's choice, which favours it",
        "  space of full: max_features choice ['sqrt', 'log2']",
        "  space of nearest_neighbours: neighbours integer [1, 9]",
        "- training: 13 final runs",
        "  full: 6 (a seed varies bootstrap samples, features tried at each split)",
        "  minus_small_leaves: 6 (a seed varies bootstrap samples, features tried at each split)",
        "  nearest_neighbours: 1 (a seed varies nothing: trained once, a fixed reference)",
        "- controls: 7 runs of full on validation, never on held-out",
        f"  {SHUFFLED}: seeds {seeds(SHUFFLED)}; fails where full, {ON_SHUFFLED} (p ≤ 0.005)",
        f"  {SAME}: seeds {seeds(SAME)}; fails where full, {ON_SAME} (p ≤ 0.005)",
        f"  {IMPLAUSIBLE}: no runs; fails where a variant {ON_SCORES} (p ≤ 2.9e-07)",
        "- held-out: 13 runs on 100 examples, once, under the committed plan",
    ]


def test_what_can_be_detected_is_said_a_line_a_family_and_a_look() -> None:
    lines = statement(workflow(seeds__looks=LOOKS))
    found = lines[lines.index("What it can detect") + 1 : lines.index("How it is judged") - 1]
    assert [line.partition(": ")[0] for line in found] == [
        "- look 1, alpha 0.01, ablation", "- look 1, alpha 0.01, baseline",
        "- look 2, alpha 0.04, ablation", "- look 2, alpha 0.04, baseline",
    ]  # fmt: skip
    assert "4 seeds: can never reach alpha (needs 8), shown with intervals" in found[0]


def test_seeds_that_can_reach_alpha_are_told_with_the_effect_they_detect() -> None:
    said = reach(SeedLook(seeds=6, alpha=0.05), 1, study())
    assert said == f"6 seeds (6 needed to reach alpha); detects d_z ≥ {detectable(6, 0.05):.2f} with 80 % power"
    assert reach(SeedLook(seeds=5, alpha=0.05), 1, study()).startswith("5 seeds: can never reach alpha (needs 6)")
    assert reach(SeedLook(seeds=6, alpha=0.05), 2, study()).startswith("6 seeds: can never reach alpha (needs 7)")


def test_every_contrast_of_a_family_that_is_corrected_needs_more_seeds() -> None:
    two = {"small_leaves": {"min_samples_leaf": 30}, "many_trees": {"trees": 2}}
    (said,) = [line for line in power(workflow(components=two)) if "ablation" in line]
    assert said == "- ablation: 2 contrasts, 6 seeds: can never reach alpha (needs 7), shown with intervals"


def test_a_detectable_effect_is_that_of_a_paired_t_test_and_shrinks_with_more_seeds() -> None:
    from statsmodels.stats.power import TTestPower

    expected = TTestPower().solve_power(nobs=10, alpha=0.05, power=0.8, alternative="two-sided")
    assert detectable(10, 0.05) == pytest.approx(expected, rel=1e-3)
    assert detectable(20, 0.05) < detectable(10, 0.05) < detectable(10, 0.01)


def test_published_numbers_stand_in_the_rule_with_their_tolerance_and_when_they_replicate() -> None:
    lines = rule(workflow(replication=PUBLISHED))
    assert "Published a_paper: full 0.9 ± 0.02 (Doe 2020)." in lines
    assert any("replicates where the 90 % t interval" in line for line in lines)
    assert not any("ublished" in line for line in rule(workflow()))
    minus = study(replication={"a_paper": {**PUBLISHED["a_paper"], "minus": "minus_small_leaves"}}).replication
    assert [compared(row) for row in (minus or {}).values()] == ["full minus minus_small_leaves"]


def test_sources_of_variance_are_told_of_a_crossed_design_alone() -> None:
    assert sources(study()) == []
    assert effects_in_words(1) == "effects of one component"
    assert effects_in_words(2) == "effects of 2 components together"


@pytest.mark.parametrize(
    ("plan", "changes", "line"),
    [
        (None, {}, "State: exploratory, said."),
        ("a" * 64, {}, "State: confirmatory, said."),
        ("a" * 64, {"seeds__looks": LOOKS}, "State: confirmatory, said; look 1 of 2 is open."),
        (None, {"seeds__looks": LOOKS}, "State: exploratory, said."),
    ],
)
def test_the_state_says_whether_held_out_may_be_opened(
    plan: str | None, changes: dict[str, Any], line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert state(workflow(plan, **changes)) == line


def test_the_command_tells_the_same_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(text(data__source="data/source/rows.npz"))
    found = json.loads(CliRunner().invoke(app, ["plan", "--json"]).stdout)
    assert found.keys() == {"plan", "state", "statement"}
    assert found["plan"] is None
    assert found["state"] == "State: exploratory, plan/plan.json is missing."
    assert found["statement"] == statement(workflow())
    said = CliRunner().invoke(app, ["plan"]).stdout.splitlines()
    assert said == [*found["statement"], "", found["state"]]
