import numpy as np
import pandas as pd

from pipeline.science.control_runs import IMPLAUSIBLE, SAME, SHUFFLED
from pipeline.science.controls import judged
from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.controls import controls, has_groups, name_of, probes, section, values, warning

LABELS = np.arange(60) % 3


def run(variant: str, seed: int, predicted: np.ndarray) -> dict[str, object]:
    right = float(np.mean(predicted == LABELS))
    return {
        "variant": variant,
        "seed": str(seed),
        "outcome": "finished",
        "validation_accuracy": right,
        "predicted": predicted,
    }


def failing(analysis: Analysis) -> Analysis:
    """Return the analysis with both controls failed: labels leak, and other seeds score otherwise."""
    random = np.random.default_rng(2).permutation(LABELS)
    runs = [run(SHUFFLED, seed, LABELS) for seed in range(3)] + [run(SAME, seed, random) for seed in range(4)]
    table, by_run = judged(runs, [run("full", seed, LABELS) for seed in range(6)], LABELS, 3)
    return Analysis(analysis.study, {**analysis.tables, "controls": table, "control_runs": by_run}, 1)


def test_a_failed_control_warns_with_what_it_shows_and_voids_every_finding(plain: Analysis) -> None:
    assert warning(plain) == ""
    said = warning(failing(plain))
    assert said.startswith(
        "Trained on labels that say nothing, the full method still predicts validation: 100.0 %, where "
    )
    assert "With seeds drawn for this control the full method scores" in said
    assert "its final seeds 100.0 % (6 runs, p = 0.0048): the two groups differ." in said
    assert said.endswith("Every finding is invalid until the cause is found.")
    assert section(failing(plain)).blocks[0].lead  # type: ignore[union-attr]


def test_each_control_has_its_outcome_in_a_word_with_a_symbol(plain: Analysis, folded: Analysis) -> None:
    assert [(row[-1].text, row[-1].symbol) for row in controls(plain).rows] == [("passed", "✓")] * 3
    assert [(row[-1].text, row[-1].tone) for row in controls(failing(plain)).rows] == [("failed", "bad")] * 2
    assert [row[0].text for row in controls(plain).rows] == list(map(name_of, (SHUFFLED, SAME, IMPLAUSIBLE)))
    assert has_groups(plain)
    assert not has_groups(folded)
    assert controls(folded).rows[1][-1].text == "does not apply"
    assert section(folded).blocks[0].text == "The controls that apply passed."  # type: ignore[union-attr]


def test_a_probe_shows_what_was_found_beside_what_would_be_without_a_leak(plain: Analysis) -> None:
    found = pd.DataFrame(
        [{"probe": "exact copies", "where": "training and held-out", "looked_at": 1200, "value": 2.0, "expected": 0.0,
          "unit": "rows", "outcome": "known", "detail": ""}]
    )  # fmt: skip
    (row,) = probes(Analysis(plain.study, {**plain.tables, "probes": found}, 1)).rows
    assert [cell.text for cell in row] == ["exact copies", "training and held-out", "1,200", "2", "0", "—", "known"]
    shown = {
        unit: values({"unit": unit, "value": 0.5, "expected": 0.25}) for unit in ("share right", "sd", "z", "rows")
    }
    assert shown == {
        "share right": ("50.0 %", "25.0 %"),
        "sd": ("0.50", "0.25"),
        "z": ("0.5", "0.2"),
        "rows": ("0", "0"),
    }
