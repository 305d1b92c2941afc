"""A record comes back only where it is of the sources here, and only the bytes that its manifest names."""

from pathlib import Path
from typing import Any

import pytest
from tests.certificates.rebuilds import Fields, commit, record

from pipeline.base.canonical import file_digest
from pipeline.base.errors import RecordError
from pipeline.io.dvc import Cache, file_md5
from pipeline.io.manifest import MANIFEST
from pipeline.restoring import bring, evict_damaged, is_there, manifest_for_here, render

HOME = "runs/full/seed-1"
FILES = {"receipt.json": "a receipt", "run.json": "a run", "parts/model.skops": "a model"}


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fields:
    monkeypatch.chdir(tmp_path)
    return record()


def test_a_manifest_of_the_sources_here_that_agrees_with_dvc_lock_is_restored_from(manifest: Fields) -> None:
    assert manifest_for_here({}) == manifest


def test_nothing_is_restored_of_other_sources_committed_or_not(manifest: Fields) -> None:
    Path("params.yaml").write_text("seed: 2\n")
    with pytest.raises(RecordError, match=r"results were recorded for other sources \(params\.yaml\)"):
        manifest_for_here({})
    commit("Change the study")
    with pytest.raises(RecordError, match=r"results were recorded for other sources \(params\.yaml\)"):
        manifest_for_here({})


def test_nothing_is_restored_where_dvc_lock_names_other_results(manifest: Fields) -> None:
    with pytest.raises(RecordError, match=r"manifest\.json: disagrees with dvc\.lock in runs"):
        manifest_for_here({"runs": "0123.dir"})


def test_nothing_is_restored_without_a_manifest(manifest: Fields) -> None:
    MANIFEST.unlink()
    with pytest.raises(RecordError, match=r"manifest\.json: is missing; nothing was recorded at this commit"):
        manifest_for_here({})


class Kept:
    """An artefact that a cache keeps: what a manifest says of it, and the cache."""

    def __init__(self, folder: Path) -> None:
        self.cache = Cache(folder)
        self.about: dict[str, Any] = {"files": {}, "objects": {}}
        for name, text in FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            digest, md5 = file_digest(path), file_md5(path)
            self.about["objects"][name] = md5
            if name == "receipt.json":
                self.about["receipt"] = digest
            else:
                self.about["files"][name] = digest
            self.cache.object(md5).parent.mkdir(parents=True, exist_ok=True)
            path.rename(self.cache.object(md5))

    def object(self, name: str) -> Path:
        return self.cache.object(self.about["objects"][name])


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    monkeypatch.chdir(tmp_path)
    return Kept(tmp_path / "cache")


def test_an_artefact_that_the_cache_holds_comes_back_whole(kept: Kept) -> None:
    assert bring(HOME, kept.about, kept.cache) == []
    assert is_there(Path(HOME), kept.about)
    assert {name: (Path(HOME) / name).read_text() for name in FILES} == FILES


@pytest.mark.parametrize("how", ["gone", "damaged"])
def test_an_artefact_of_which_the_cache_lacks_a_file_stays_away_and_the_file_is_named(kept: Kept, how: str) -> None:
    kept.object("run.json").unlink()
    if how == "damaged":
        kept.object("run.json").write_text("another run")
    assert bring(HOME, kept.about, kept.cache) == [f"{HOME}/run.json"]
    assert not Path(HOME).exists()


def test_bytes_that_bear_dvcs_name_and_are_not_the_recorded_ones_stay_away(kept: Kept) -> None:
    kept.about["files"]["run.json"] = "0" * 64
    assert bring(HOME, kept.about, kept.cache) == [f"{HOME}: what DVC keeps is not what the manifest names"]
    assert not Path(HOME).exists()
    assert not list(Path(".pipeline/building").iterdir())


@pytest.mark.parametrize("name", list(FILES))
def test_an_artefact_is_there_only_with_every_recorded_byte_and_no_other_file(kept: Kept, name: str) -> None:
    bring(HOME, kept.about, kept.cache)
    place = Path(HOME) / name
    place.write_text(f"{FILES[name]}!")
    assert not is_there(Path(HOME), kept.about)
    place.unlink()
    assert not is_there(Path(HOME), kept.about)
    place.write_text(FILES[name])
    (Path(HOME) / "more.txt").write_text("")
    assert not is_there(Path(HOME), kept.about)


def test_a_damaged_object_is_removed_so_that_dvc_fetches_it_anew(kept: Kept) -> None:
    objects = [*kept.about["objects"].values(), "0" * 32]
    assert not evict_damaged(kept.cache, objects)
    kept.object("run.json").write_text("another run")
    assert evict_damaged(kept.cache, objects)
    assert [path.exists() for path in map(kept.object, FILES)] == [True, False, True]


def found(there: int, missing: list[str], remote: str = "") -> dict[str, Any]:
    return {"artefacts": 40, "there_before": 10, "there": there, "missing": missing, "remote": remote}


def test_what_came_back_is_told_and_what_to_do_next() -> None:
    assert render(found(40, [])).splitlines() == [
        "40 of 40 artefacts are here as recorded (30 brought back)",
        "`snakemake` has nothing to do",
    ]
    assert render(found(39, [f"{HOME}/run.json"])).splitlines() == [
        "39 of 40 artefacts are here as recorded (29 brought back)",
        "not in DVC's cache or its remote, or damaged there:",
        f"  {HOME}/run.json",
        "next: `snakemake` makes what is missing, and nothing else; or have the publisher push again",
    ]


def test_a_remote_that_did_not_answer_is_not_told_as_one_that_lacks_files() -> None:
    lines = render(found(10, [f"a/{number}" for number in range(14)], "failed to connect to shared")).splitlines()
    assert lines[1] == "not in DVC's cache, and its remote was not reached:"
    assert lines[-3:-1] == ["  and 2 more (--json lists all)", "remote: failed to connect to shared"]
    assert lines[-1].startswith("next: say how the remote is reached")
