"""What DVC's cache keeps comes back only byte for byte as a receipt of just these inputs names it."""

import json
from pathlib import Path

import pytest
from tests.io.toy import PACK, Toy, receipt

from pipeline.io.dvc import Cache, file_md5
from pipeline.io.files import emptied, write_text
from pipeline.io.receipts import RECEIPT, WITHDRAWN
from pipeline.io.shelf import Shelf

KEPT = Path("cache")


def keep(folder: str) -> None:
    """Put a folder into a cache as DVC lays it out."""
    cache = Cache(KEPT)
    entries = []
    for path in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
        md5 = file_md5(path)
        cache.object(md5).parent.mkdir(parents=True, exist_ok=True)
        cache.object(md5).write_bytes(path.read_bytes())
        entries.append({"md5": md5, "relpath": path.relative_to(folder).as_posix()})
    text = json.dumps(entries)
    write_text(KEPT / "listed", text)
    md5 = file_md5(KEPT / "listed")
    write_text(cache.object(f"{md5}.dir"), text)


@pytest.fixture
def kept(toy: Toy) -> Toy:
    """Return the toy graph, made, in the cache, and then made of other parameters."""
    keep("data/first")
    keep("runs")
    toy.shift = {"a": 7, "b": 8}
    toy.build().made()
    return toy


def perform(toy: Toy, number: int) -> list[str]:
    said: list[str] = []
    toy.settle()
    toy.performer(toy.jobs()[number], said.append, shelf=Shelf(Cache(KEPT))).perform()
    return said


def test_what_was_kept_comes_back_without_work(kept: Toy) -> None:
    kept.shift = {"a": 1, "b": 2}
    said = perform(kept, 1)
    assert said == [f"{home} brought back from DVC's cache ({index} of 2)" for index, home in enumerate(PACK, 1)]
    assert kept.made() == []
    assert json.loads(Path(PACK[0], "value.json").read_text())["parameters"]["shift"] == 1
    assert kept.settle().standing >= set(map(receipt, PACK))


def test_only_those_of_a_pack_that_were_kept_come_back(kept: Toy) -> None:
    kept.shift = {"a": 1, "b": 9}
    perform(kept, 1)
    assert kept.made() == [PACK[1]]


@pytest.mark.parametrize("name", ["value.json", RECEIPT])
def test_a_damaged_object_brings_nothing_back(kept: Toy, name: str) -> None:
    kept.shift = {"a": 1, "b": 2}
    for path in sorted(KEPT.rglob("*")):
        if path.is_file() and not path.name.endswith(".dir"):
            content = path.read_bytes()
            if (b'"seal"' in content) == (name == RECEIPT):
                path.write_bytes(content.replace(b"1", b"2", 1) if b"1" in content else content + b" ")
    perform(kept, 1)
    assert kept.made() == list(PACK)
    assert kept.settle().standing >= set(map(receipt, PACK))
    tried = {"value.json": file_md5(Path(PACK[0], "value.json")), RECEIPT: file_md5(Path(PACK[0], RECEIPT))}[name]
    assert not Cache(KEPT).object(tried).exists()  # else DVC would link to it again


def test_a_receipt_with_a_file_more_or_less_than_it_names_brings_nothing_back(toy: Toy) -> None:
    start = toy.look().describe(toy.look().steps["each"], PACK[0], toy.jobs()[1].reads(0))
    Path(PACK[0], "more.txt").write_text("more")
    keep("runs")
    building = emptied(Path("building"))
    assert Shelf(Cache(KEPT)).bring_back(PACK[0], start, building) is None
    assert list(building.iterdir()) == []
    Path(PACK[0], "more.txt").unlink()
    keep("runs")
    assert Shelf(Cache(KEPT)).bring_back(PACK[0], start, building) == Path(PACK[0], RECEIPT).read_text()


def test_a_withdrawn_receipt_in_the_cache_counts_for_nothing(toy: Toy) -> None:
    Path(PACK[0], RECEIPT).rename(Path(PACK[0], WITHDRAWN))
    keep("runs")
    assert list(Shelf(Cache(KEPT)).receipts(PACK[0])) == []
    assert len(list(Shelf(Cache(KEPT)).receipts(PACK[1]))) == 1


def test_an_artefact_that_is_a_whole_folder_of_dvc_is_found(kept: Toy) -> None:
    first = Path("data/first")
    start = kept.look().describe(kept.look().steps["first"], str(first), kept.jobs()[0].reads(0))
    building = emptied(Path("building"))
    assert Shelf(Cache(KEPT)).bring_back(str(first), start, building) == (first / RECEIPT).read_text()
    assert (building / "value.json").read_bytes() == (first / "value.json").read_bytes()
