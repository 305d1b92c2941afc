"""How values are spelled for trackers: nothing is rounded, lost without a word, or made up."""

from pipeline.base.canonical import text_digest
from pipeline.tracking.facts import RunShown, StudyShown
from pipeline.tracking.mlflow_tracker import LONGEST, cut
from pipeline.tracking.projection import flat, numbers_in
from pipeline.tracking.statistics import conclusions
from pipeline.tracking.wandb_tracker import valid_project
from pipeline.tracking.words import note, span


def run(name: str, times: tuple[float, float] | None) -> RunShown:
    return RunShown(name, "full", "method", name, 1, {}, {}, {}, {}, {}, {}, ("", ""), (), times)


def study(*runs: RunShown, left_out: dict[str, str] | None = None) -> StudyShown:
    tags = {"standing": "exploratory", "commit": "c0ffee", "sources": "as committed", "plan": "none"}
    return StudyShown("A study", "key", "It works.", tags, {}, {}, {}, {}, runs, left_out or {})


def test_nested_settings_are_named_by_dotted_keys_and_empty_ones_are_kept() -> None:
    assert flat({"a": {"b": 1e-9, "c": [1, 2]}, "d": {}, "e": "text", "f": None}) == {
        "a.b": "1e-09",
        "a.c": "[1,2]",
        "d": "{}",
        "e": "text",
        "f": "null",
    }


def test_what_is_too_long_says_so_and_keeps_its_digest() -> None:
    assert cut("a" * LONGEST) == "a" * LONGEST
    long = "b" * (LONGEST + 1)
    assert len(cut(long)) == LONGEST
    assert text_digest(long) in cut(long)


def test_a_diverged_loss_is_left_out_of_a_curve() -> None:
    row = {"step": "25", "training_loss": "inf", "validation_accuracy": "0.5"}
    assert numbers_in(row) == {"curve/validation_accuracy": 0.5}
    assert numbers_in({**row, "training_loss": ""}) == {"curve/validation_accuracy": 0.5}


def test_a_study_has_times_only_where_all_of_its_runs_have() -> None:
    assert span(study(run("one", (1.0, 2.0)), run("two", (3.0, 4.0)))) == (1.0, 4.0)
    assert span(study(run("one", (1.0, 2.0)), run("two", None))) is None


def test_what_is_not_known_is_no_number() -> None:
    variants = [{"variant": "full", "n": "1", "held_out_mean": "", "validation_mean": "0.25"}]
    found, said = conclusions(
        {"variants": variants, "contrasts": []}, {"controls": {"outcome": "failed: p"}, "status": "exploratory"}
    )
    assert found == {"variants/full/n": 1.0, "variants/full/validation_mean": 0.25}
    assert said == {"controls": "failed: p", "status": "exploratory"}


def test_the_description_names_what_was_left_out() -> None:
    assert "- runs/full/seed-1: corrupt: file run.json" in note(
        study(left_out={"runs/full/seed-1": "corrupt: file run.json"})
    )


def test_a_project_has_no_sign_that_wandb_refuses() -> None:
    assert valid_project("Does A/B help: 50 %?") == "Does A-B help- 50 --"
    assert len(valid_project("x" * 200)) == 128
