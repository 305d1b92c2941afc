"""Lies planted in the receipts of a real study: none is believed."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.study import DATA, Study, copy_of

from pipeline.base.errors import ReceiptError
from pipeline.io.jobs import asked
from pipeline.io.receipts import World, sealed
from pipeline.workflow import look

pytestmark = pytest.mark.slow
HOMES = (
    *DATA, "choices/full", "runs/full/seed-10", "evaluations/full/seed-10", "analysis", "results",
)  # fmt: skip


@pytest.fixture(scope="module")
def world(built: Study, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Yield a copy of the built study, to lie in: others copy that one meanwhile."""
    here = Path.cwd()
    os.chdir(copy_of(built, tmp_path_factory.mktemp("lies") / "study").folder)
    yield look()
    os.chdir(here)


def believed(world: World, home: str, content: bytes) -> bool:
    """Tell whether a receipt of that content is taken for true, and for one that reads what its rule asks for."""
    path = Path(home) / "receipt.json"
    before = path.read_bytes()
    path.write_bytes(content)
    world.verdicts.pop((home, path.name), None)
    try:
        return asked(world.check(home)["reads"]) == asked(json.loads(before)["reads"])
    except ReceiptError:
        return False
    finally:
        path.write_bytes(before)
        world.verdicts.pop((home, path.name), None)


@pytest.mark.parametrize("home", ["data/held_out", "evaluations/nearest_neighbours/fixed"])
def test_a_receipt_is_believed_as_it_is_and_with_no_byte_changed(world: World, home: str) -> None:
    content = (Path(home) / "receipt.json").read_bytes()
    assert believed(world, home, content)
    for place, byte in enumerate(content):
        lie = content[:place] + bytes([byte ^ (1 << place % 8)]) + content[place + 1 :]
        assert not believed(world, home, lie), f"byte {place}"


@pytest.mark.parametrize("home", HOMES)
def test_no_value_of_a_receipt_can_be_another_even_under_a_new_seal(world: World, home: str) -> None:
    stated = json.loads((Path(home) / "receipt.json").read_text())
    del stated["seal"]
    assert believed(world, home, sealed(stated).encode())
    lies = list(changed_once(stated))
    assert len(lies) > 20
    for place, lie in lies:
        assert not believed(world, home, sealed(lie).encode()), place


def changed_once(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (place, copy) for each leaf of nested mappings and lists, with that leaf changed or left out."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from ((inner, {**value, key: lie}) for inner, lie in changed_once(part, f"{place}.{key}"))
            yield f"{place}.{key} left out", {name: other for name, other in value.items() if name != key}
    elif isinstance(value, list):
        for index, part in enumerate(value):
            lies = changed_once(part, f"{place}[{index}]")
            yield from ((inner, [*value[:index], lie, *value[index + 1 :]]) for inner, lie in lies)
    else:
        yield place, f"{value}0" if isinstance(value, str) else value + 1 if value is not None else 0
