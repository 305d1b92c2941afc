"""The verb: what it is asked, what it answers, and that no exit but that of identical bytes is zero."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from tests.certificates.rebuilds import commit
from tests.verifying.toy_record import HOME, record_value, write_study
from typer.testing import CliRunner

from pipeline.base.errors import RecordError
from pipeline.cli import app
from pipeline.verifying.installed import Checked
from pipeline.verifying.judging import Verdict
from pipeline.verifying.recorded import Recorded
from pipeline.verifying.room import Room
from pipeline.verifying.scope import everything
from pipeline.verifying.verify import Asked, outcome

SOURCE = "data/source/rows.npz"


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go into an empty folder; return another, in which rooms are made."""
    (tmp_path / "rooms").mkdir()
    (tmp_path / "study").mkdir()
    monkeypatch.chdir(tmp_path / "study")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "rooms"))
    return tmp_path / "rooms"


def verified(*arguments: str) -> tuple[dict[str, Any], Result]:
    done = CliRunner().invoke(app, ["verify", "--json", *arguments])
    assert done.stdout, done.stderr
    return json.loads(done.stdout), done


@pytest.mark.parametrize(("recorded", "verdict"), [("5", "identical"), ("6", "diverged")])
def test_a_record_is_rebuilt_by_its_own_sources_and_compared_with_what_it_says(
    recorded: str, verdict: str, rooms: Path
) -> None:
    write_study()
    record_value(recorded)
    (Path(HOME) / "value.txt").parent.mkdir(parents=True)
    (Path(HOME) / "value.txt").write_text(recorded)

    result, done = verified()

    assert (result["verdict"], done.exit_code) == (verdict, 0 if verdict == "identical" else 1)
    assert result["artefacts"][HOME]["verdict"] == verdict
    assert result["artefacts"][HOME]["rebuilt"] == result["artefacts"][HOME]["recorded"]
    assert (result["first_difference"] is None) is (verdict == "identical")
    assert result["environment"]["differences"] == []
    assert "1 rebuilt, last data/raw" in done.stderr
    assert [json.loads(path.read_text()) for path in Path("observed/verify").iterdir()] == [result]
    assert list(rooms.iterdir()) == []


def test_another_version_than_the_locked_one_makes_all_of_it_not_comparable_here(rooms: Path) -> None:
    write_study(locked="0.0.1")
    record_value()
    result, done = verified()
    assert (result["verdict"], done.exit_code) == ("not comparable here", 1)
    assert result["artefacts"][HOME]["rebuilt"] is None
    assert "locked 0.0.1; run `make setup`" in result["artefacts"][HOME]["detail"]


def test_raw_data_that_is_nowhere_makes_all_of_it_not_verifiable(rooms: Path) -> None:
    write_study(params=f"data: {{name: npz_file, source: {SOURCE}}}\n")
    manifest = record_value()
    Path("notes.md").write_text("not committed\n")
    Path("params.yaml").write_text("seed: 2\n")
    result, done = verified()
    assert (result["verdict"], done.exit_code) == ("not verifiable", 1)
    assert result["artefacts"][HOME] == {
        "verdict": "not verifiable",
        "recorded": manifest["artefacts"][HOME]["receipt"],
        "rebuilt": None,
        "files": {"value.txt": {"recorded": manifest["artefacts"][HOME]["files"]["value.txt"], "rebuilt": None}},
        "detail": f"data.source: {SOURCE} is in neither Git nor this folder",
    }
    assert "not what is verified: params.yaml (not committed; commit " in done.stderr


def test_what_a_room_only_links_to_was_not_rebuilt(rooms: Path) -> None:
    write_study()
    there = Path.cwd() / HOME / "value.txt"
    engine = Path("src/snakemake.py")
    linked = f"\nPath('{HOME}/value.txt').unlink()\nPath('{HOME}/value.txt').symlink_to({str(there)!r})\n"
    engine.write_text(engine.read_text() + linked)
    commit("Link to what was recorded")
    record_value()
    there.parent.mkdir(parents=True)
    there.write_text("5")
    result, done = verified()
    assert (result["verdict"], done.exit_code) == ("not verifiable", 1)
    said = f"{HOME}/value.txt is a link in the room: what it leads to was not rebuilt"
    assert result["artefacts"][HOME]["detail"] == said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(targets=("results",), sample=1), "give one of TARGET, --runs, --sample and --budget"),
        (Asked(runs=("full/seed-1",), budget=0.0), "give one of TARGET, --runs, --sample and --budget"),
        (Asked(seed=1), "--seed: nothing is drawn by it"),
    ],
)
def test_what_contradicts_itself_is_not_asked(asked: Asked, said: str) -> None:
    with pytest.raises(RecordError, match=said):
        asked.check()
    Asked(sample=3, seed=1).check()
    Asked(budget=60.0).check()


@pytest.mark.parametrize(
    ("missing", "blocking", "verdict"),
    [("rows.npz is nowhere", [], Verdict.NOT_VERIFIABLE), ("", ["numpy is 1, locked 2"], Verdict.NOT_COMPARABLE)],
)
def test_nothing_is_rebuilt_where_raw_data_or_the_environment_is_not_what_it_was(
    missing: str, blocking: list[str], verdict: Verdict, tmp_path: Path
) -> None:
    manifest = {"artefacts": {HOME: {"receipt": "0", "files": {}}}, "conclusions": {}}
    recorded = Recorded("c" * 40, manifest, "0")
    room = Room(tmp_path, tmp_path, {}, ("false",), "closed")
    judged, first = outcome(room, recorded, everything(recorded), missing, Checked("", [], blocking), 1, print)
    assert judged[HOME].verdict is verdict
    assert judged[HOME].rebuilt is first is None
