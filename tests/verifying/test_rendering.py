"""A verification for people: how many of each step came out how, what ails, one closing sentence."""

from typing import Any

import pytest

from pipeline.verifying.judging import Verdict
from pipeline.verifying.progress import counted
from pipeline.verifying.rendering import SHOWN, render

SCOPE = {"kind": "all", "rule": "every artefact", "seed": None, "claims_covered": [4, 4], "choices": "rebuilt"}


def result(verdicts: dict[str, str], **more: Any) -> dict[str, Any]:
    """Return a verification with a verdict on each of some artefacts, the worst of which is its own."""
    told = [Verdict(verdict) for verdict in verdicts.values()]
    return {
        "verdict": str(max(told, key=list(Verdict).index)),
        "artefacts": {
            home: {"verdict": verdict, "detail": "" if verdict == "identical" else f"{home} differs"}
            for home, verdict in verdicts.items()
        },
        "first_difference": None,
        "environment": {"checked": "2 of 2 locked distributions as locked", "differences": []},
        "network": "closed",
        "room": "landlock abi 7",
        "scope": SCOPE,
        "cost": {"wall_seconds": 61.5, "cpu_seconds": 118.2},
        **more,
    }


def test_an_identical_rebuild_says_so_last() -> None:
    homes = ("data/raw", "data/splits", "runs/full/seed-10", "results")
    assert render(result(dict.fromkeys(homes, "identical"))).splitlines() == [
        "step     identical",
        "fetch       1 of 1",
        "prepare     1 of 1",
        "train       1 of 1",
        "report      1 of 1",
        "environment: 2 of 2 locked distributions as locked; network: closed; room: landlock abi 7",
        "cost: 62 s, 118 CPU s",
        "identical: every byte of 4 artefacts rebuilt from raw data, search included",
    ]


def test_a_rebuild_that_diverged_names_the_first_place_and_the_steps_between_which_weights_parted() -> None:
    first = {"stage": "train", "artefact": "runs/full/seed-10", "file": "model.safetensors", "steps": [100, 200]}
    found = result(
        {"data/raw": "identical", "runs/full/seed-10": "diverged"},
        first_difference={**first, "place": "w[0]", "said": "w[0]: 1.0 was recorded, 2.0 rebuilt"},
        environment={"checked": "all", "differences": ["ruff is 1, locked 2"]},
    )
    lines = render(found).splitlines()
    assert lines == [
        "step   identical  diverged",
        "fetch     1 of 1    0 of 1",
        "train     0 of 1    1 of 1",
        "runs/full/seed-10: diverged: runs/full/seed-10 differs",
        "first difference: train, runs/full/seed-10/model.safetensors: w[0]: 1.0 was recorded, 2.0 rebuilt",
        "  weights parted after step 100 and by step 200",
        "environment: all; network: closed; room: landlock abi 7",
        "  ruff is 1, locked 2",
        "cost: 62 s, 118 CPU s",
        "diverged: the rebuild is not what was recorded",
    ]


def test_a_sample_says_how_it_was_drawn_and_what_it_takes_as_given() -> None:
    scope = {**SCOPE, "kind": "sample", "rule": "1 of 9 runs", "seed": 7, "claims_covered": [1, 4]}
    said = render(result({"data/raw": "identical"}, scope={**scope, "choices": "as recorded"}))
    assert "scope: 1 of 9 runs (seed 7); runs of both sides of 1 of 4 claims" in said
    assert said.endswith("rebuilt from raw data, given the recorded choices of hyper-parameters")


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_closing_sentence_begins_with_the_verdict(verdict: Verdict) -> None:
    assert render(result({"data/raw": str(verdict)})).splitlines()[-1].startswith(f"{verdict}: ")


def test_of_much_trouble_the_first_lines_are_shown_and_the_others_counted() -> None:
    homes = [f"runs/full/seed-{seed}" for seed in range(SHOWN + 3)]
    lines = render(result(dict.fromkeys(homes, "diverged"))).splitlines()
    assert sum(line.endswith(" differs") for line in lines) == SHOWN
    assert "and 3 more (--json lists all)" in lines


def test_beside_a_terminal_the_first_artefacts_and_every_twentieth_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    made = counted()
    for number in range(1, 41):
        made(f"runs/full/seed-{number}")
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in said] == ["1", "2", "20", "40"]
    assert said[-1] == "40 rebuilt, last runs/full/seed-40"
