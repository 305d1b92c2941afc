"""What a run sets out to make, by its command line: of the toy's graph, with real receipts."""

import pytest
from tests.io.toy import FIRST, HOMES, PACK, Toy, receipt

from pipeline.io.runs import RUNS, TOKEN, announce
from pipeline.io.settling import Graph, Job
from pipeline.progress import asked_for, in_words, progress
from pipeline.targets import named, set_out

ALL, OF_FIRST, OF_PACK = (set(map(receipt, homes)) for homes in (HOMES, (FIRST,), PACK))
RULES = {"all": OF_PACK, "prepared": OF_FIRST, "evaluated": set[str]()}


def asked(*arguments: str) -> set[str] | None:
    return set_out(arguments, Graph(Toy().jobs()), RULES)


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ([], ALL),
        (["--cores", "2", "--config", "pack=3", "only=a", "-q", "all", "-c4"], ALL),
        (["prepared"], OF_FIRST),
        (["evaluated"], set()),
        (["prepared", "--config", "pack=3"], OF_FIRST),
        ([receipt(FIRST)], OF_FIRST),
        ([receipt(PACK[0])], ALL),
        (["first"], OF_FIRST),
    ],
)
def test_of_what_is_not_made_that_counts_which_is_asked_for(
    arguments: list[str], missing: set[str], fresh: Toy
) -> None:
    assert asked(*arguments) == missing


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ([], set()),
        (["--force"], set()),
        (["-f", "prepared"], set()),  # a rule that makes nothing itself
        (["-f", receipt(FIRST)], OF_FIRST),
        (["--force", receipt(PACK[0])], OF_PACK),  # a pack is one job
        (["-f", receipt(FIRST), receipt(PACK[0])], ALL),
        (["-f", receipt(FIRST), "all"], ALL),  # what reads it is made after it
        (["-F", "prepared"], OF_FIRST),
        (["--forceall"], ALL),
    ],
)
def test_of_what_is_made_that_counts_which_is_forced(arguments: list[str], missing: set[str], toy: Toy) -> None:
    assert asked(*arguments) == missing


def test_what_rests_on_one_of_a_pack_sets_out_to_make_all_of_it(fresh: Toy) -> None:
    last = Job("last", ("data/last/receipt.json",), {"run": (receipt(PACK[0]),)})
    fresh.perform(0)
    assert set_out(["last"], Graph([*fresh.jobs(), last]), RULES) == {*OF_PACK, *last.outputs}


@pytest.mark.parametrize(
    "arguments",
    [["-R", "first"], ["--until", "first"], ["--no-such-option"], ["train_1"], ["runs/other/receipt.json"]],
)
def test_of_what_is_not_understood_nothing_is_said(arguments: list[str], fresh: Toy) -> None:
    assert asked(*arguments) is None


def test_values_of_options_are_no_targets() -> None:
    arguments = ["-j", "8", "a", "--resources", "gpu=2", "mem=1", "-k", "b", "--config=pack=2", "c", "--force"]
    assert named(arguments) == (["a", "b", "c"], {"--force"})


def test_a_run_of_which_it_is_not_known_is_counted_without_an_end(fresh: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "")
    announce(Graph(fresh.jobs()), missing=None)
    (graph,) = RUNS.iterdir()
    jobs = asked_for(graph)
    assert jobs is None
    now = progress(jobs, {})
    assert in_words(now) == "progress: 0 done, 0 running"
    assert now.facts()["total"] is None
