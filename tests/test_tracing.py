"""What a traced body read is held against what its receipt declares, and told in a line."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.base.errors import PipelineError
from pipeline.cli import app
from pipeline.io.declared import Declared, Installed
from pipeline.io.receipts import RECEIPT, WITHDRAWN
from pipeline.io.strace import Event, events
from pipeline.tracing import MARK, by_name, checked, is_clean, mark, of_each_kind, render, scratch_folder, told
from tests.io.toy import FIRST, PACK, Toy

A, B = PACK
READ = {"input": 1, "own": 0, "code": 2, "environment": 3, "system": 4}
CLEAN: dict[str, Any] = {"failed": None, "read": READ, "undeclared": [], "unread": [], "unnamed": []}


@pytest.fixture(scope="module")
def nothing_locked() -> Installed:
    """Return what is installed, where a lock names none of it."""
    return Installed({})


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """Return a toy graph that is made."""
    monkeypatch.chdir(tmp_path)
    return Toy().write().build()


@pytest.fixture
def declared(nothing_locked: Installed, tmp_path: Path) -> Declared:
    """Return what a body may read: one folder of inputs beside others."""
    for name in ("input/rows", "held_out/rows"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("")
    inputs = frozenset({str(tmp_path / "input")})
    return Declared(inputs, frozenset(), frozenset(), frozenset({str(tmp_path)}), nothing_locked)


def found(**changes: Any) -> dict[str, Any]:
    """Return what tracing two artefacts finds, the second changed."""
    return {"traced": True, "reason": "", "artefacts": {A: CLEAN, B: {**CLEAN, **changes}}}


def test_what_happens_between_the_marks_of_an_artefact_is_its_own_whichever_process_does_it() -> None:
    lines = [
        '7 openat(AT_FDCWD, "/before", O_RDONLY) = 3</before>',
        f'7 openat(AT_FDCWD, "{MARK}begin/{A}", O_RDONLY) = -1 ENOENT (No such file or directory)',
        '8 openat(AT_FDCWD, "a.txt", O_RDONLY) = 3</study/a.txt>',
        '8 openat(AT_FDCWD, "/nothing", O_RDONLY) = -1 ENOENT (No such file or directory)',
        f'7 openat(AT_FDCWD, "{MARK}end/{A}", O_RDONLY) = -1 ENOENT (No such file or directory)',
        '7 openat(AT_FDCWD, "/between", O_RDONLY) = 3</between>',
        f'9 openat(AT_FDCWD, "{MARK}begin/{B}", O_RDONLY) = -1 ENOENT (No such file or directory)',
        '9 execve("/bin/cat", ["cat"], 0x7f) = 0',
    ]
    assert by_name(events(iter(lines)), PACK) == {
        A: [Event("read", "/study/a.txt")],
        B: [Event("program", "/bin/cat")],
    }


def test_a_mark_leaves_nothing_behind_and_never_fails() -> None:
    mark("begin", A)
    assert not Path(MARK).exists()


def test_what_nothing_declares_is_named_with_the_network_and_folders_that_were_listed(
    declared: Declared, tmp_path: Path
) -> None:
    paths = [tmp_path / "input/rows", tmp_path / "held_out/rows", tmp_path / "held_out", tmp_path / "input"]
    happened = [*(Event("read", str(path)) for path in paths), Event("network", "10.0.0.1 port 443")]
    about = told(happened, declared, [])
    assert about["undeclared"] == [
        f"{tmp_path}/held_out/", f"{tmp_path}/held_out/rows", "network: 10.0.0.1 port 443",
    ]  # fmt: skip
    assert (about["read"]["input"], about["unread"], about["unnamed"]) == (1, [], [])


def test_an_input_that_no_body_opened_is_told_to_be_unread(declared: Declared, tmp_path: Path) -> None:
    assert told([], declared, [])["unread"] == [str(tmp_path / "input")]


def test_a_locked_distribution_that_a_receipt_does_not_name_is_told() -> None:
    locked = Declared(*(frozenset(),) * 4, Installed({"pytest": pytest.__version__}))
    happened = [Event("read", pytest.__file__), Event("read", json.__file__)]
    assert told(happened, locked, [])["unnamed"] == ["pytest"]
    assert told(happened, locked, ["pytest"])["unnamed"] == []
    assert told(happened, locked, [])["undeclared"] == []


@pytest.mark.parametrize(
    "changes",
    [{"failed": "ValueError: no"}, {"undeclared": ["/study/held_out"]}, {"unnamed": ["torch"]}],
)
def test_a_body_that_failed_or_read_what_is_not_declared_is_not_clean(changes: dict[str, Any]) -> None:
    assert is_clean(found())
    assert not is_clean(found(**changes))


def test_an_input_that_a_body_left_unread_is_no_fault_and_what_was_not_traced_is_not_clean() -> None:
    assert is_clean(found(unread=["/study/input"]))
    assert not is_clean({"traced": False, "reason": "strace is not installed", "artefacts": {}})


def test_a_line_an_artefact_says_what_its_body_read_and_what_of_it_is_undeclared() -> None:
    undeclared = [str(Path.cwd() / "data/held_out"), *(f"/elsewhere/{number}" for number in range(5))]
    first, second = render(found(undeclared=undeclared, unnamed=["torch"], failed="ValueError: no")).splitlines()
    read = "traced: read 1 files of its inputs, 3 of the locked environment, 2 of its code, 4 of the system"
    assert first == f"{A}: {read}, nothing else"
    assert second == (
        f"{B}: {read}; failed (ValueError: no); undeclared: data/held_out, "
        "/elsewhere/0, /elsewhere/1, /elsewhere/2, /elsewhere/3 and 2 more"
    )
    assert render({"traced": False, "reason": "no strace", "artefacts": {}}) == "not traced: no strace"


def test_a_body_is_traced_only_on_inputs_that_are_true(toy: Toy) -> None:
    assert checked(toy.look(), A)["artefact"] == A
    (Path(A) / RECEIPT).rename(Path(A) / WITHDRAWN)
    assert checked(toy.look(), A)["artefact"] == A
    (Path(FIRST) / "value.json").write_text("{}")
    with pytest.raises(PipelineError, match=f"{A}: will not trace on what is not true: {FIRST}: file value.json"):
        checked(toy.look(), A)


def test_what_was_never_made_is_not_traced(toy: Toy) -> None:
    with pytest.raises(PipelineError, match="runs/c: was never made, so nothing says what it reads"):
        checked(toy.look(), "runs/c")


def test_one_artefact_of_each_step_and_code_is_traced_where_none_is_named(
    toy: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert of_each_kind() == [A]  # data/first is no artefact of a study
    (Path(B) / RECEIPT).write_text((Path(B) / RECEIPT).read_text().replace('"digest":"', '"digest":"0'))
    assert of_each_kind() == [A, B]
    monkeypatch.chdir(tmp_path / "app")
    with pytest.raises(PipelineError, match="there is no artefact to trace"):
        of_each_kind()


def test_what_tracing_makes_is_gone_afterwards_also_where_it_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileExistsError), scratch_folder() as folder:
        (folder.parent / folder.name).mkdir()
    assert not folder.exists()


def test_the_command_says_as_json_why_nothing_was_traced_and_exits_with_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(app, ["verify", "--trace", "--json", "runs/a/receipt.json"])
    assert json.loads(done.stdout) == {"traced": False, "reason": "strace is not installed", "artefacts": {}}
    assert done.exit_code == 1
