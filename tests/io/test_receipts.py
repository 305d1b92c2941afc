import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.io.toy import FIRST, HOMES, Toy, part, receipt

from pipeline.base.canonical import text_digest
from pipeline.base.errors import DamagedError, ReceiptError
from pipeline.io.receipts import FORMAT, brief, changed, sealed, unsealed

A = "runs/a"


def why(toy: Toy, home: str = A) -> str:
    with pytest.raises(ReceiptError) as error:
        toy.look().check(home)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_was_just_made_is_true(toy: Toy) -> None:
    for home in HOMES:
        assert toy.look().check(home)["artefact"] == home


@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80])
def test_no_receipt_with_a_flipped_bit_in_any_byte_is_accepted(toy: Toy, mask: int) -> None:
    path = Path(receipt(FIRST))
    content = path.read_bytes()
    world = toy.look()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ mask]) + content[place + 1 :])
        world.verdicts.clear()
        with pytest.raises(ReceiptError):
            world.check(FIRST)
    path.write_bytes(content)
    world.verdicts.clear()
    assert world.check(FIRST)


def test_no_cut_receipt_is_accepted(toy: Toy) -> None:
    path = Path(receipt(FIRST))
    content = path.read_bytes()
    world = toy.look()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        world.verdicts.clear()
        with pytest.raises(ReceiptError):
            world.check(FIRST)


def test_a_changed_parameter_is_named_with_what_it_was_and_is(toy: Toy) -> None:
    toy.shift["a"] = 9
    assert "parameter shift (1 → 9)" in why(toy)
    toy.factor = 3
    assert "parameter nested.factor (2 → 3)" in why(toy, FIRST)


def test_a_changed_definition_is_named(toy: Toy) -> None:
    Path("app/tool.py").write_text("def add(x):\n    return x + 2\n")
    assert "code app.tool:add (" in why(toy)


def test_a_changed_raw_file_is_named(toy: Toy) -> None:
    Path("a.txt").write_text("11")
    assert "input a.txt (" in why(toy)


def test_a_missing_raw_file_is_named(toy: Toy) -> None:
    Path("a.txt").unlink()
    assert "a.txt: is missing" in why(toy)


def test_a_receipt_falls_with_the_upstream_it_read(toy: Toy) -> None:
    toy.factor = 3
    assert why(toy).startswith(f"{FIRST}: parameter nested.factor")


def test_an_upstream_that_is_made_anew_to_other_bytes_is_another_input(toy: Toy) -> None:
    toy.factor = 3
    toy.perform(0)
    assert f"input {receipt(FIRST)} (" in why(toy)


def test_an_upstream_that_is_made_anew_to_the_same_bytes_leaves_all_below_it_true(toy: Toy) -> None:
    before = Path(receipt(FIRST)).read_bytes()
    Path("app/first.py").write_text("def run(): return 2\n")
    toy.perform(0)
    assert toy.made() == [FIRST]
    assert Path(receipt(FIRST)).read_bytes() != before
    assert toy.look().check(A)


def test_modules_that_parameters_choose_count(toy: Toy) -> None:
    for name in ("a", "b"):
        Path(f"app/{name}.py").write_text(f"NAME = '{name}'\n")
    world = toy.look()
    each = world.steps["each"]
    chosen = replace(each.parts[0], code=lambda told: (f"app.{told['name']}",))
    step = replace(each, parts=(chosen,))
    definitions = [set(world.identity(step, {"name": name})[0]["definitions"]) for name in ("a", "b")]
    assert definitions[0] - definitions[1] == {"app.a:NAME"}
    assert definitions[1] - definitions[0] == {"app.b:NAME"}


def test_a_folder_above_or_below_the_places_of_a_step_is_none_of_them(toy: Toy) -> None:
    step = toy.look().steps["each"]
    assert step.values(A) == {"name": "a"}
    assert [step.values(home) for home in ("runs", f"{A}/deep", f"other/{A}")] == [None] * 3


def test_a_changed_file_of_the_artefact_is_named(toy: Toy) -> None:
    (Path(A) / "value.json").write_text("{}")
    assert "file value.json (" in why(toy)


@pytest.mark.parametrize("name", ["extra.txt", "deep/extra.txt", "deep/receipt.json"])
def test_a_file_more_is_named(toy: Toy, name: str) -> None:
    path = Path(A) / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    assert f"file {name} (nothing → " in why(toy)


def test_an_edit_that_keeps_size_and_time_shows(toy: Toy) -> None:
    path = Path(A) / "value.json"
    before = path.stat()
    path.write_text(path.read_text().replace("10", "11"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert "file value.json" in why(toy)


def test_an_installed_version_that_is_locked_anew_shows(toy: Toy) -> None:
    Path("app/tool.py").write_text("import packaging\ndef add(x):\n    return x + 1\n")
    assert "installed packaging (nothing → 0)" in why(toy)


def test_a_receipt_copied_to_another_artefact_is_refused(toy: Toy) -> None:
    shutil.rmtree("runs/b")
    shutil.copytree(A, "runs/b")
    assert "is damaged" in why(toy, "runs/b")


def test_a_receipt_sealed_anew_for_another_artefact_is_refused(toy: Toy) -> None:
    fields = unsealed(Path(receipt(A)).read_text(), A)
    shutil.rmtree("runs/b")
    shutil.copytree(A, "runs/b")
    Path(receipt("runs/b")).write_text(sealed({**fields, "artefact": "runs/b"}))
    assert "parameter name (a → b)" in why(toy, "runs/b")


def test_a_receipt_of_a_run_the_study_does_not_have_is_refused(toy: Toy) -> None:
    del toy.shift["a"]
    assert "calls for no such artefact (there is no run a)" in why(toy)


def test_a_receipt_that_rests_on_itself_is_refused(toy: Toy) -> None:
    fields = unsealed(Path(receipt(A)).read_text(), A)
    digest = toy.look().content(receipt(A))
    Path(receipt(A)).write_text(sealed({**fields, "reads": {"first": {receipt(A): digest}}}))
    assert "rests on itself" in why(toy)


def test_receipts_that_rest_on_each_other_are_refused(toy: Toy) -> None:
    for home, other in ((A, "runs/b"), ("runs/b", A)):
        fields = unsealed(Path(receipt(home)).read_text(), home)
        digest = toy.look().content(receipt(other))
        Path(receipt(home)).write_text(sealed({**fields, "reads": {"first": {receipt(other): digest}}}))
    assert "rests on itself" in why(toy)


def test_a_receipt_of_another_format_is_refused_by_name(toy: Toy) -> None:
    fields = unsealed(Path(receipt(A)).read_text(), A)
    Path(receipt(A)).write_text(sealed({**fields, "format": FORMAT + 1}))
    assert f"has format {FORMAT + 1}, this version reads {FORMAT}" in why(toy)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "7", '{"format": 1}', "\xff", "[" * 100])
def test_what_is_no_receipt_is_refused_in_one_line(toy: Toy, text: str) -> None:
    Path(receipt(A)).write_text(text)
    assert A in why(toy)


def test_a_value_that_is_changed_under_the_old_seal_is_refused(toy: Toy) -> None:
    text = Path(receipt(A)).read_text()
    assert unsealed(text, A)["parameters"]["shift"] == 1
    with pytest.raises(DamagedError, match="its receipt is damaged"):
        unsealed(text.replace('"shift":1', '"shift":2'), A)


def test_a_receipt_written_in_another_spelling_is_refused(toy: Toy) -> None:
    path = Path(receipt(A))
    path.write_text(json.dumps(json.loads(path.read_text()), sort_keys=True))
    assert "is damaged" in why(toy)


def test_a_receipt_whose_seal_fits_another_spelling_of_it_is_refused(toy: Toy) -> None:
    path = Path(receipt(A))
    text = path.read_text()
    seal = unsealed_seal(text)
    respelled = text.replace(seal, "").replace('"step": ', '"step":  ')
    path.write_text(text.replace('"step": ', '"step":  ').replace(seal, f'"seal": "{text_digest(respelled)}",\n'))
    assert unsealed(path.read_text(), A)["step"] == "each"
    assert "is damaged" in why(toy)


def unsealed_seal(text: str) -> str:
    return next(line for line in text.splitlines(keepends=True) if line.startswith('"seal": '))


def test_a_folder_or_a_dead_link_in_place_of_a_receipt_is_refused(toy: Toy) -> None:
    Path(receipt(A)).unlink()
    Path(receipt(A)).symlink_to("nowhere")
    assert "has no receipt.json" in why(toy)
    Path(receipt("runs/b")).unlink()
    Path(receipt("runs/b")).mkdir()
    assert "has no receipt.json" in why(toy, "runs/b")


def test_many_differences_are_cut_to_one_line(toy: Toy) -> None:
    for number in range(20):
        (Path(A) / f"extra{number}").write_text("")
    assert why(toy).endswith("and 16 more")


LEAF: st.SearchStrategy[object] = st.sampled_from([0, 1, 1.0, True, "nothing", "", None, {}, []])
MAPPING = st.dictionaries(st.sampled_from("ab"), LEAF | st.dictionaries(st.sampled_from("ab"), LEAF))


@given(MAPPING, MAPPING)
def test_something_is_named_exactly_when_two_states_differ(before: dict[str, object], after: dict[str, object]) -> None:
    assert changed(before, before) == []
    assert bool(changed(before, after)) == (json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True))


@pytest.mark.parametrize(("old", "new"), [(1, 1.0), (1, True), (0, False), ("nothing", None), ({}, [])])
def test_values_that_python_takes_for_equal_or_prints_alike_are_told_apart(old: object, new: object) -> None:
    assert len(changed({"key": old}, {"key": new})) == 1


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=5))
def test_a_sealed_receipt_can_be_read_back(fields: dict[str, object]) -> None:
    stated = {**fields, "format": FORMAT, "artefact": "x"}
    stated.pop("seal", None)
    assert unsealed(sealed(stated), "x") == stated


def test_a_digest_is_shown_short_and_a_number_whole() -> None:
    assert (brief("0123456789abcdef"), brief(10**15), brief("x" * 90)) == ("01234567", str(10**15), "x" * 60)


def test_a_part_gets_those_inputs_that_it_takes() -> None:
    reads = {"splits": ["data/splits"], "labels": ["data/labels"]}
    (made,) = part("app.each:run")
    some = replace(made, takes=frozenset({"splits", "choice"}))
    assert some.inputs(reads) == {"splits": ["data/splits"]}


def test_of_an_artefact_that_is_open_in_part_the_other_files_are_closed() -> None:
    reads = {
        "splits": ["data/splits/receipt.json"],
        "choice": ["choices/full/receipt.json"],
        "labels": ["y/receipt.json"],
    }
    (made,) = part("app.each:run")
    some = replace(made, takes=frozenset({"splits", "choice"}), opened=(("choice", ("choice.json",)),))
    assert some.opens(reads) == ["choices/full/choice.json", "data/splits/receipt.json"]


def test_the_code_of_every_part_counts(toy: Toy) -> None:
    Path("app/each.py").write_text(f"{Path('app/each.py').read_text()}\n\ndef score(): return 5\n")
    world = toy.look()
    each = world.steps["each"]
    scored = replace(each, parts=(*each.parts, *part("app.each:score")))
    before, after = (set(world.identity(step, {})[0]["definitions"]) for step in (each, scored))
    assert after - before == {"app.each:score"}
