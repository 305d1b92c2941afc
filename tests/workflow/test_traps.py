"""What experience taught, each a named regression test on a real study in miniature."""

import os
import shutil
import signal
import sys
import threading

import pytest
from tests.study import Study
from tests.waiting import wait_until
from tests.workflow.edits import GRAPHS, edit

pytestmark = pytest.mark.slow
FULL = "runs/full/seed-10"
WAITS = """    import time

    for _ in range(300):  # 3 s at most
        if "0 * data.train_y" in Path("src/pipeline/science/estimators.py").read_text():
            break
        time.sleep(0.01)
"""
PRINTED = """    import os

    print("instructions", os.environ.get("NPY_DISABLE_CPU_FEATURES"))
    squares = mean_squares(outcomes)
"""


def append(study: Study, module: str, text: str) -> None:
    with (study.folder / "src" / "pipeline" / module).open("a") as file:
        file.write(text)


def replace(study: Study, module: str, before: str, after: str) -> None:
    path = study.folder / "src" / "pipeline" / module
    content = path.read_text()
    assert content.count(before) == 1, f"{before!r} is not in {module} once"
    path.write_text(content.replace(before, after))


def receipts(study: Study) -> dict[str, int]:
    return {
        path.relative_to(study.folder).as_posix(): path.stat().st_ino for path in study.folder.rglob("receipt*.json")
    }


def standing(study: Study) -> set[str]:
    return {path for path in receipts(study) if path.endswith("/receipt.json")}


@pytest.fixture
def settled(study: Study) -> Study:
    study.snakemake()
    assert study.made() == set()
    return study


def test_a_copy_of_a_study_has_nothing_to_do_and_changes_no_byte(study: Study) -> None:
    before = study.artefacts()
    study.snakemake()
    assert study.made() == set()
    assert study.artefacts() == before


def test_a_comment_a_docstring_and_an_unused_function_rerun_nothing(settled: Study) -> None:
    append(settled, "science/statistics.py", "\n\ndef unused() -> int:\n    return 1  # nothing calls it\n")
    append(settled, "science/models/rbf_svm.py", "\nUNUSED = 1\n")
    append(settled, "science/fitting.py", "\n# a remark\n")
    settled.snakemake()
    assert settled.made() == set()
    assert not any("withdrawn" in path for path in receipts(settled))


def test_an_edit_of_a_model_reruns_that_model_and_what_rests_on_it(settled: Study) -> None:
    append(settled, "science/models/nearest_neighbours.py", "\nCHANGED = 1\n")
    settled.snakemake()
    made = settled.made()
    assert {"choices/nearest_neighbours", "runs/nearest_neighbours/fixed"} <= made
    assert not any("full" in home or home.startswith("data") for home in made)


def test_a_change_taken_back_restores_without_work(settled: Study) -> None:
    before, params = settled.artefacts(), settled.params()
    settled.change("method.min_samples_leaf", 2)
    settled.snakemake("-n")
    assert f"{FULL}/receipt.json" not in standing(settled)
    settled.state(params)
    settled.snakemake()
    assert settled.made() == set()
    assert settled.artefacts() == before


def test_a_dry_run_renames_receipts_and_does_nothing_else(settled: Study) -> None:
    def files() -> dict[str, bytes]:
        return {path.replace(".withdrawn", ""): content for path, content in settled.artefacts().items()}

    before = files()
    settled.change("study.seed", 4)
    settled.snakemake("-n")
    assert settled.journal() == []
    assert files() == before
    assert len(standing(settled)) < len(receipts(settled))


def test_commands_that_only_look_settle_nothing(settled: Study) -> None:
    before = receipts(settled)
    settled.change("study.seed", 4)
    for arguments in (["--rulegraph"], ["--unlock"], ["--list-rules"]):
        settled.snakemake(*arguments)
        assert receipts(settled) == before
    settled.pipeline("status", check=False)
    assert receipts(settled) == before


@pytest.mark.parametrize("name", ["PIPELINE_RUN", "SETTLED", "PIPELINE_SETTLED"])
def test_no_variable_that_a_user_sets_switches_settling_off(settled: Study, name: str) -> None:
    settled.change("study.seed", 4)
    tokens = [path.stem for path in (settled.folder / ".pipeline" / "runs").glob("*.json")]
    for value in ("1", "0123456789abcdef", *tokens):
        settled.run("env", f"{name}={value}", sys.executable, "-m", "snakemake", "--cores", "2", "-n")
        assert "data/splits/receipt.json" not in standing(settled)


def test_a_step_called_by_hand_makes_nothing(settled: Study) -> None:
    done = settled.pipeline("step", "train", f"{FULL}/receipt.json", "--log", "logs/x.log", check=False)
    assert done.returncode == 1
    assert "steps run inside a graph; use `snakemake" in done.stderr
    assert settled.made() == set()


def test_times_inodes_and_a_wiped_engine_state_rerun_nothing(settled: Study) -> None:
    before = settled.artefacts()
    shutil.rmtree(settled.folder / ".snakemake")
    for number, path in enumerate(sorted(settled.folder.rglob("*"))):
        if path.is_file() and ".git" not in path.parts:
            moment = 10**9 + (number * 7919) % 10**8
            os.utime(path, (moment, moment))
    settled.snakemake()
    assert settled.made() == set()
    assert settled.artefacts() == before


@pytest.mark.parametrize("home", ["data/splits", "analysis"])
def test_a_byte_changed_under_the_same_size_and_time_is_rebuilt(settled: Study, home: str) -> None:
    before = settled.artefacts()
    path = next(
        path for path in sorted((settled.folder / home).rglob("*")) if path.suffix in (".safetensors", ".parquet")
    )
    stat = path.stat()
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    done = settled.snakemake()
    assert f"stale: {home}: file {path.relative_to(settled.folder / home)}" in done.stderr
    assert home in settled.made()
    assert settled.artefacts() == before


def test_a_seed_more_trains_that_seed_only(settled: Study) -> None:
    settled.change("seeds.final", [*settled.params()["seeds"]["final"], 16])
    settled.snakemake()
    trained = {home for home in settled.made() if home.startswith("runs/")}
    assert trained == {"runs/full/seed-16", "runs/minus_small_leaves/seed-16"}
    assert not any(home.startswith(("data", "choices")) for home in settled.made())


def test_a_seed_less_is_set_aside_and_never_reported(settled: Study) -> None:
    settled.change("seeds.final", [*settled.params()["seeds"]["final"][1:], 16])
    settled.snakemake("-n")
    assert f"{FULL}/receipt.json" not in standing(settled)
    assert (settled.folder / FULL / "receipt.withdrawn.json").exists()
    assert (settled.folder / FULL / "run.json").exists()


def test_the_size_of_a_pack_reruns_nothing(settled: Study) -> None:
    before = settled.artefacts()
    for size in (1, 5, 30):
        settled.snakemake("--config", f"pack={size}")
        assert settled.made() == set()
    assert settled.artefacts() == before


def test_a_new_baseline_retrains_nothing_else(settled: Study) -> None:
    params = settled.params()
    params["baselines"]["logistic_regression"] = {"model": "logistic_regression"}
    params["search"]["spaces"]["logistic_regression"] = {"inverse_regularisation": {"log_uniform": [0.1, 10.0]}}
    params["families"]["baseline"]["against"] = ["nearest_neighbours"]
    settled.state(params)
    settled.snakemake()
    made = {home for home in settled.made() if home.startswith(("choices/", "runs/"))}
    assert made == {"choices/logistic_regression", "runs/logistic_regression/fixed"}


def test_the_upgrade_of_a_tool_in_the_lock_reruns_nothing_and_that_of_a_library_reruns(settled: Study) -> None:
    lock = settled.folder / "requirements.lock"
    text = lock.read_text()
    lock.write_text("\n".join("ruff==999.0 \\" if line.startswith("ruff==") else line for line in text.splitlines()))
    settled.snakemake()
    assert settled.made() == set()
    lock.write_text("\n".join("scipy==999.0 \\" if line.startswith("scipy==") else line for line in text.splitlines()))
    done = settled.snakemake(check=False)
    assert done.returncode
    assert "the environment is not the locked one: scipy is" in done.stderr
    assert settled.made() == set()


def test_of_two_runs_at_once_one_refuses_in_one_line(settled: Study) -> None:
    settled.change("study.seed", 4)
    first = settled.start("snakemake", "--cores", "1")
    try:
        wait_until(lambda: list((settled.folder / ".pipeline" / "runs").glob("*.json")), "a run at work")
        before = receipts(settled)
        second = settled.snakemake("-n", check=False)
        assert second.returncode
        assert "pipeline: another snakemake is at work in this folder" in second.stderr
        assert "Traceback" not in second.stderr
        assert not set(before) - set(receipts(settled)) or first.poll() is None
    finally:
        os.killpg(first.pid, 9)
        first.wait()
    settled.snakemake()
    asked_for = [path for path in receipts(settled) if not path.startswith("runs/control_")]  # by seeds of the study's
    assert not any("withdrawn" in path for path in asked_for if path.startswith(("data", "runs", "results")))


def test_a_swapped_artefact_is_noticed(settled: Study) -> None:
    before = settled.artefacts()
    one, other = settled.folder / FULL, settled.folder / "runs/full/seed-11"
    one.rename(settled.folder / "aside")
    other.rename(one)
    (settled.folder / "aside").rename(other)
    settled.snakemake()
    assert {"runs/full/seed-10", "runs/full/seed-11"} <= settled.made()
    assert settled.artefacts() == before


def test_a_plan_that_no_longer_matches_closes_the_held_out_split(settled: Study) -> None:
    settled.change("study.margin", 0.02)
    done = settled.snakemake("-n")
    assert "study: exploratory, params.yaml differs from plan/plan.json in study.margin" in done.stderr
    assert not any(path.startswith("evaluations/") for path in standing(settled))


def test_a_source_file_that_is_no_python_is_one_line(settled: Study) -> None:
    append(settled, "science/crossed.py", "\ndef broken(:\n")
    done = settled.snakemake("-n", check=False)
    assert done.returncode
    assert "crossed.py: line" in done.stderr
    assert "Traceback" not in done.stderr


def test_code_that_changes_before_it_is_loaded_leaves_nothing_behind_once_taken_back(settled: Study) -> None:
    trials = settled.folder / "choices" / "full" / "trials.json"
    estimators = settled.folder / "src" / "pipeline" / "science" / "estimators.py"
    honest, original = trials.read_bytes(), estimators.read_text()
    edited = original.replace("flat(data.train_x), data.train_y)", "flat(data.train_x), 0 * data.train_y)")
    assert edited != original
    start = "    from pipeline.io.files import write_json\n\n    fits = []\n"
    replace(settled, "stages/select.py", start, WAITS + start)

    def is_made() -> bool:
        return any(settled.folder.glob(".pipeline/building/*/choices__full"))

    def edit_while_it_is_made() -> None:
        wait_until(is_made, "a choice that is being made")
        estimators.write_text(edited)

    editor = threading.Thread(target=edit_while_it_is_made, daemon=True)
    editor.start()
    done = settled.snakemake("choices/full/receipt.json", check=False)
    editor.join()
    assert done.returncode
    assert "changed while it was being made" in done.stderr
    assert not list(settled.folder.glob(".pipeline/scratch/choices__full/*/*"))
    estimators.write_text(original)
    settled.snakemake("choices/full/receipt.json")
    assert trials.read_bytes() == honest


def test_what_a_shell_says_of_instruction_sets_reaches_no_job(settled: Study) -> None:
    replace(settled, "science/crossed.py", "    squares = mean_squares(outcomes)\n", PRINTED)
    name = "NPY_DISABLE_CPU_FEATURES"
    settled.run(sys.executable, "-m", "snakemake", "--cores", "2", "analysis/receipt.json", **{name: "AVX2"})
    assert "instructions None" in (settled.folder / "logs" / "analyse.log").read_text()


def test_dependants_of_what_ran_are_put_back_without_work(settled: Study) -> None:
    before = settled.artefacts()
    shutil.rmtree(settled.folder / "data" / "splits")
    settled.snakemake()
    assert settled.made() == {"data/splits"}
    assert settled.artefacts() == before


@pytest.mark.parametrize("edit_of", GRAPHS[1:], ids=["no rule", "function", "no name", "one too few", "no step"])
def test_a_graph_that_is_refused_changes_nothing_and_taken_back_runs_nothing(
    settled: Study, edit_of: tuple[str, str]
) -> None:
    before = receipts(settled)
    edit(settled.folder / "Snakefile", *edit_of)
    done = settled.snakemake(check=False)
    assert done.returncode
    assert [line for line in done.stderr.splitlines() if line.startswith("pipeline: Snakefile: ")]
    assert "Traceback" not in done.stderr
    assert receipts(settled) == before
    edit(settled.folder / "Snakefile", *edit_of)
    settled.snakemake()
    assert settled.journal() == []


def test_an_input_more_makes_that_artefact_anew_and_an_input_less_as_well(settled: Study) -> None:
    before = settled.artefacts()
    for _ in range(2):
        settled.forget()
        edit(settled.folder / "Snakefile", *GRAPHS[0])
        settled.snakemake()
        assert settled.made() == {"results"}
    assert settled.artefacts() == before


@pytest.mark.parametrize("home", ["results", "data/held_out"])
def test_a_run_killed_just_as_an_artefact_comes_to_stand_makes_nothing_again(settled: Study, home: str) -> None:
    before = settled.artefacts()
    shutil.rmtree(settled.folder / home)
    receipt = settled.folder / home / "receipt.json"
    process = settled.start("snakemake", "--cores", "2", f"{home}/receipt.json")

    def stands() -> bool:
        assert process.poll() is None or receipt.exists()
        return receipt.exists()

    wait_until(stands, f"the receipt of {home}", every=0.0005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    settled.forget()
    settled.snakemake()
    assert settled.made() == set()
    assert settled.artefacts() == before


def test_a_job_that_dies_after_it_signed_leaves_what_it_signed(settled: Study) -> None:
    replace(settled, "performing.py", ").perform()\n", ").perform()\n        sys.exit(5)\n")
    replace(settled, "performing.py", "import functools\n", "import functools\nimport sys\n")
    before = settled.artefacts()
    shutil.rmtree(settled.folder / "results")
    assert settled.snakemake(check=False).returncode
    assert settled.made() == {"results"}
    settled.forget()
    settled.snakemake()
    assert settled.made() == set()
    assert settled.artefacts() == before
