from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pipeline.base.errors import PipelineError
from pipeline.io.rules import Rule, graph_of


class Files(list[Any]):
    """A list whose items may have names, as Snakemake's is."""

    def __init__(self, *unnamed: Any, **named: Any) -> None:
        super().__init__([*unnamed, *(path for value in named.values() for path in listed(value))])
        self.named = named

    def items(self) -> Iterator[tuple[str, Any]]:
        return iter(self.named.items())


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


class Declared:
    """What `rules.<name>` offers."""

    def __init__(self, output: list[str], source: Files) -> None:
        self.output = output
        self.input = source


RAW: Rule = Declared(["data/raw/receipt.json"], Files(source=["data/source/rows.npz"]))
PICK: Rule = Declared(["choices/{method}/receipt.json"], Files(raw="data/raw/receipt.json"))


def jobs(*wanted: str, **steps: Rule) -> dict[str, tuple[tuple[str, ...], dict[str, tuple[str, ...]]]]:
    graph = graph_of(wanted, {name: [rule] for name, rule in {"raw": RAW, "pick": PICK, **steps}.items()})
    return {path: (job.outputs, dict(job.inputs)) for path, job in graph.jobs.items()}


def test_wildcards_are_filled_in_and_upstream_jobs_are_found() -> None:
    assert jobs("choices/full/receipt.json", "choices/mlp/receipt.json") == {
        "choices/full/receipt.json": (("choices/full/receipt.json",), {"raw": ("data/raw/receipt.json",)}),
        "choices/mlp/receipt.json": (("choices/mlp/receipt.json",), {"raw": ("data/raw/receipt.json",)}),
        "data/raw/receipt.json": (("data/raw/receipt.json",), {"source": ("data/source/rows.npz",)}),
    }


def test_wanting_one_of_a_pack_wants_all_of_it() -> None:
    pack: Rule = Declared(["runs/a/receipt.json", "runs/b/receipt.json"], Files(each_raw=["a.txt", "b.txt"]))
    assert set(jobs("runs/b/receipt.json", pack=pack)) == {"runs/a/receipt.json", "runs/b/receipt.json"}


def test_the_first_rule_that_makes_a_path_makes_it_whether_it_spells_it_out_or_not() -> None:
    spelled: Rule = Declared(["choices/mlp/receipt.json"], Files(special="a.txt"))
    wanted = ["choices/mlp/receipt.json", "choices/full/receipt.json"]
    rules = [("pick", PICK), ("spelled", spelled), ("raw", RAW)]
    before, after = (
        [graph_of(wanted, {name: [rule] for name, rule in order}).jobs[path].step for path in wanted]
        for order in ([rules[1], rules[0], rules[2]], rules)
    )
    assert (before, after) == (["spelled", "pick"], ["pick", "pick"])


def test_a_raw_file_named_like_a_receipt_is_none() -> None:
    rule: Rule = Declared(["x/receipt.json"], Files(source="my_receipt.json"))
    assert set(jobs("x/receipt.json", x=rule)) == {"x/receipt.json"}


def made_up(wildcards: object) -> str:
    return "data/source/rows.npz"


@pytest.mark.parametrize("stated", [made_up, [made_up], ["data/raw/receipt.json", made_up], lambda wildcards: []])
def test_an_input_that_is_a_function_is_refused(stated: str | list[str] | Callable[[object], object]) -> None:
    rule: Rule = Declared(["x/receipt.json"], Files(raw=stated))
    with pytest.raises(PipelineError, match="Snakefile: x: input raw is a function"):
        jobs("x/receipt.json", x=rule)


def test_an_input_without_a_name_is_refused() -> None:
    rule: Rule = Declared(["x/receipt.json"], Files("data/source/rows.npz", raw="data/raw/receipt.json"))
    with pytest.raises(PipelineError, match="Snakefile: x: has an input without a name"):
        jobs("x/receipt.json", x=rule)


@pytest.mark.parametrize("output", ["x/table.csv", "receipt.json", "x/my_receipt.json"])
def test_an_output_that_is_no_receipt_is_refused(output: str) -> None:
    rule: Rule = Declared([output], Files(raw="data/raw/receipt.json"))
    with pytest.raises(PipelineError, match=f"Snakefile: x: output {output} is no receipt"):
        jobs("data/raw/receipt.json", x=rule)


def test_a_receipt_that_no_rule_makes_is_named() -> None:
    with pytest.raises(PipelineError, match=r"no rule makes nowhere/receipt\.json"):
        jobs("nowhere/receipt.json")
