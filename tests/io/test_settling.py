import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.io.toy import FIRST, HOMES, PACK, Toy, part, receipt

from pipeline.base.errors import PipelineError
from pipeline.io.receipts import RECEIPT, WITHDRAWN, Step, World
from pipeline.io.settling import Graph, Job, Settling, look_ahead, modified, no_older, prune, withdraw_orphans

A, B = PACK
LAST = "data/last"


def listing() -> dict[str, tuple[int, int]]:
    return {
        path.as_posix(): (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in sorted(Path().rglob("*"))
        if path.is_file()
    }


def test_what_is_true_stands_and_is_left_alone(toy: Toy) -> None:
    toy.settle()
    before = listing()
    settled = toy.settle()
    assert settled.standing == set(map(receipt, HOMES))
    assert not settled.reasons
    assert listing() == before


def test_a_pack_stands_whole_or_not_at_all(toy: Toy) -> None:
    toy.shift["a"] = 9
    settled = toy.settle()
    assert settled.standing == {receipt(FIRST)}
    assert set(settled.reasons) == {receipt(A)}
    assert [sorted(path.name for path in Path(home).glob("receipt*")) for home in PACK] == [[WITHDRAWN], [WITHDRAWN]]
    assert (Path(A) / "value.json").exists()


class Longer(Toy):
    """The toy graph, and an artefact that reads one of the pack."""

    def look(self) -> World:
        world = super().look()
        last = Step("last", LAST, lambda values: {}, part("app.first:run"))
        return World({**world.steps, "last": last}, world.sources, world.environment)

    def jobs(self) -> list[Job]:
        return [*super().jobs(), Job("last", (receipt(LAST),), {"run": (receipt(A),)})]


def test_what_rests_on_one_of_a_pack_falls_with_the_other(fresh: Toy) -> None:
    longer = Longer().build()
    assert longer.settle().standing == set(map(receipt, [*HOMES, LAST]))
    longer.shift["b"] = 9
    assert longer.look().check(LAST)
    assert longer.settle().standing == {receipt(FIRST)}


def test_each_artefact_of_a_job_reads_its_own_path_of_an_each_input_and_every_other_input(toy: Toy) -> None:
    _, pack = toy.jobs()
    assert [pack.reads(index) for index in (0, 1)] == [
        {"first": [receipt(FIRST)], "shift": [name]} for name in ("a.txt", "b.txt")
    ]


def test_a_receipt_that_stands_has_no_withdrawn_one_beside_it(toy: Toy) -> None:
    (Path(A) / WITHDRAWN).write_text("{}")
    assert receipt(A) in toy.settle().standing
    assert not (Path(A) / WITHDRAWN).exists()


def test_a_dead_link_in_place_of_a_receipt_is_withdrawn(toy: Toy) -> None:
    Path(receipt(A)).unlink()
    Path(receipt(A)).symlink_to("nowhere")
    assert receipt(A) not in toy.settle().standing
    assert not Path(receipt(A)).is_symlink()
    assert (Path(A) / WITHDRAWN).is_symlink()


def test_of_a_receipt_that_is_a_link_the_time_of_the_link_is_set_and_not_that_of_the_cache(toy: Toy) -> None:
    Path(receipt(FIRST)).rename("kept")
    os.utime("kept", ns=(10**18, 10**18))
    Path(receipt(FIRST)).symlink_to(Path("kept").resolve())
    os.utime("source.txt", ns=(4 * 10**18, 4 * 10**18))
    assert receipt(FIRST) in toy.settle().standing
    assert Path(receipt(FIRST)).lstat().st_mtime_ns == 4 * 10**18
    assert Path("kept").stat().st_mtime_ns == 10**18


def test_a_receipt_falls_with_its_upstream_and_names_no_reason_of_its_own_twice(toy: Toy) -> None:
    toy.factor = 3
    settled = toy.settle()
    assert settled.standing == set()
    assert settled.reasons[receipt(FIRST)].startswith(f"{FIRST}: parameter nested.factor")
    assert settled.reasons[receipt(A)] == settled.reasons[receipt(FIRST)]


def test_a_withdrawn_receipt_that_comes_true_is_put_back_with_its_bytes(toy: Toy) -> None:
    before = Path(receipt(A)).read_bytes()
    toy.shift["a"] = 9
    toy.settle()
    toy.shift["a"] = 1
    assert toy.settle().standing == set(map(receipt, HOMES))
    assert Path(receipt(A)).read_bytes() == before
    assert not (Path(A) / WITHDRAWN).exists()


def test_looking_without_acting_renames_nothing_and_says_the_same(toy: Toy) -> None:
    toy.shift["a"] = 9
    before = listing()
    looked = toy.settle(act=False)
    assert listing() == before
    acted = toy.settle()
    assert (looked.standing, set(looked.reasons)) == (acted.standing, set(acted.reasons))


def test_a_receipt_that_no_longer_reads_what_its_rule_asks_for_is_withdrawn(toy: Toy) -> None:
    first, pack = toy.jobs()
    fewer = Job("each", pack.outputs, {"each_shift": pack.inputs["each_shift"]})
    settled = Settling(Graph([first, fewer]), toy.look()).settle()
    assert settled.reasons[receipt(A)] == f"{A}: its rule asks for other inputs now"


def test_a_receipt_made_by_another_step_is_withdrawn(toy: Toy) -> None:
    job = Job("other", (receipt(FIRST),), {"source": ("source.txt",)})
    assert not Settling(Graph([job]), toy.look()).settle().standing


def test_swapped_inputs_of_a_pack_are_noticed(toy: Toy) -> None:
    first, pack = toy.jobs()
    swapped = Job("each", pack.outputs, {**pack.inputs, "each_shift": ("b.txt", "a.txt")})
    assert Settling(Graph([first, swapped]), toy.look()).settle().standing == {receipt(FIRST)}


def test_a_false_receipt_beside_a_true_withdrawn_one_does_not_stand(toy: Toy) -> None:
    shutil.copy(receipt(A), Path(A) / WITHDRAWN)
    Path(receipt(A)).write_text("{}")
    assert receipt(A) not in toy.settle().standing
    assert not Path(receipt(A)).exists()


def test_a_standing_receipt_is_no_older_than_what_it_reads(toy: Toy) -> None:
    os.utime("source.txt", ns=(4 * 10**18, 4 * 10**18))
    toy.settle()
    times = [Path(path).stat().st_mtime_ns for path in ("source.txt", receipt(FIRST), receipt(A))]
    assert times == [4 * 10**18] * 3


def test_each_receipt_of_a_pack_is_no_older_than_anything_its_job_reads(toy: Toy) -> None:
    os.utime("b.txt", ns=(4 * 10**18, 4 * 10**18))
    toy.settle()
    assert [Path(receipt(home)).stat().st_mtime_ns for home in PACK] == [4 * 10**18] * 2


def test_a_time_that_is_late_enough_is_kept(toy: Toy) -> None:
    os.utime(receipt(FIRST), ns=(4 * 10**18, 4 * 10**18))
    no_older(receipt(FIRST), modified("source.txt"))
    assert Path(receipt(FIRST)).stat().st_mtime_ns == 4 * 10**18


@pytest.mark.parametrize("paths", [(), ("a.txt",), ("a.txt", "b.txt", "a.txt")])
def test_an_each_input_with_another_number_of_paths_is_refused(toy: Toy, paths: tuple[str, ...]) -> None:
    with pytest.raises(PipelineError, match=rf"each: input each_shift has {len(paths)} paths for 2 outputs"):
        Graph([Job("each", tuple(map(receipt, PACK)), {"each_shift": paths})])


def test_a_graph_in_a_circle_stands_nowhere_and_ends(toy: Toy) -> None:
    circle = Job("first", (receipt(FIRST),), {"source": (receipt(FIRST),)})
    assert Settling(Graph([circle]), toy.look()).settle().standing == set()


def test_code_is_known_before_the_jobs_that_rest_on_it_and_what_is_wrong_with_one_is_left_to_it(toy: Toy) -> None:
    Path("app/first.py").write_text("def run(:\n")
    world = toy.look()
    look_ahead(Graph(toy.jobs()), world, [receipt(FIRST), receipt(A)])
    assert set(world.sources.closures) == {("app.each:run",)}


def test_an_artefact_no_rule_asks_for_is_withdrawn_not_removed(toy: Toy) -> None:
    shutil.copytree(A, "runs/gone")
    graph = Graph(toy.jobs())
    assert withdraw_orphans(graph, ["data", "runs", "absent"]) == ["runs/gone"]
    assert (Path("runs/gone") / WITHDRAWN).exists()
    assert (Path("runs/gone") / "value.json").exists()
    assert withdraw_orphans(graph, ["data", "runs"]) == []


def test_pruning_removes_what_does_not_stand_and_keeps_the_rest_and_the_folders(toy: Toy) -> None:
    toy.shift["a"] = 9
    toy.settle()
    assert prune(["runs", "data"]) == [A, B]
    assert not Path(A).exists()
    assert Path("runs").is_dir()
    assert Path(receipt(FIRST)).exists()
    assert prune(["runs", "data"]) == []


def test_pruning_keeps_a_standing_artefact_with_all_that_lies_deep_in_it(toy: Toy) -> None:
    deep, stray = Path(A) / "deep" / "deeper" / "file", Path("runs") / "stray"
    deep.parent.mkdir(parents=True)
    for path in (deep, stray):
        path.write_text("x")
    assert prune(["runs"]) == ["runs"]
    assert (deep.exists(), stray.exists()) == (True, False)


EDITS = st.sampled_from(["factor", "shift", "source", "a", "code", "unused", "corrupt", "delete", "touch", "back"])


def edit(toy: Toy, name: str) -> None:
    if name == "factor":
        toy.factor += 1
    elif name == "shift":
        toy.shift["b"] += 1
    elif name in ("source", "a"):
        Path(f"{name}.txt").write_text(f"{int(Path(f'{name}.txt').read_text()) + 1}")
    elif name == "code":
        Path("app/tool.py").write_text(f"def add(x):\n    return x + {toy.factor} + 7\n")
    elif name == "unused":
        with Path("app/tool.py").open("a") as file:
            file.write("\ndef unused(): return 1  # more\n")
    elif name == "corrupt":
        (Path(A) / "value.json").write_text("{}")
    elif name == "delete":
        shutil.rmtree(FIRST, ignore_errors=True)
    elif name == "touch":
        os.utime("source.txt")
    elif name == "back":
        toy.factor, toy.shift = 2, {"a": 1, "b": 2}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(EDITS, min_size=1, max_size=5))
def test_after_any_edits_a_build_equals_one_from_scratch_and_a_second_does_nothing(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, steps: list[str]
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("edited"))
    toy = Toy().write().build()
    for step in steps:
        edit(toy, step)
        if len(steps) % 2:
            toy.build()
    toy.build().made()
    edited = Path.cwd()
    assert toy.build().made() == []
    monkeypatch.chdir(tmp_path_factory.mktemp("scratch"))
    other = Toy(factor=toy.factor, shift=toy.shift).write()
    for name in ("source.txt", "a.txt", "app/tool.py"):
        shutil.copy(edited / name, name)
    other.build()
    assert artefacts(edited) == artefacts(Path.cwd())


def artefacts(root: Path) -> dict[str, bytes]:
    paths = [path for home in HOMES for path in (root / home).rglob("*")]
    assert not [path for path in paths if path.name == WITHDRAWN]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def test_a_receipt_that_was_never_settled_would_have_been_believed(toy: Toy) -> None:
    toy.factor = 3
    assert (Path(FIRST) / RECEIPT).exists()
