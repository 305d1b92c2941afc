"""The raw files of a study, brought into a room: from Git, else by digest from the workspace, DVC's cache or remote."""

import os
import shutil
from pathlib import Path

import yaml

from pipeline.base.errors import PipelineError
from pipeline.io.dvc import Cache, dvc, file_md5
from pipeline.io.layout import root
from pipeline.study_code import StudyCode


def bring_raw_files(study: Path, commit: str) -> str:
    """Put the raw files that a study names into its room; return what is missing, or nothing.

    A file that Git does not hold comes from the workspace, DVC's cache or a remote if it has the md5 that the
    commit's .dvc file names. Without one, the workspace's file is taken: the step that reads it checks data.sha256.
    """
    data = yaml.safe_load((study / "params.yaml").read_text(encoding="utf-8")).get("data") or {}
    source = data.get("source")
    if not source:
        return ""
    is_folder, here, there = StudyCode(None).ask("raw_files", data["name"], source, str(study))
    if (study / f"{source}.dvc").is_file() and is_folder:
        return bring_folder(study, source, commit)
    if all((study / path).is_file() for path in there):
        return ""
    missing = (bring_raw_file(study, path, commit) for path in here)
    return next(filter(None, missing), "")


def bring_folder(study: Path, source: str, commit: str) -> str:
    """Put a folder of raw files that DVC keeps as one into a room; return what is missing, or nothing.

    The workspace's files are taken where they are there, since the step that reads them checks data.sha256.
    """
    if Path(source).is_dir():
        shutil.copytree(source, study / source, dirs_exist_ok=True)
    elif not fetched(source, study / source, commit):
        return f"data.source: {source} is in neither Git, this folder, DVC's cache nor its remote"
    return ""


def bring_raw_file(study: Path, source: str, commit: str) -> str:
    """Put one raw file into a room; return what is missing, or nothing."""
    if (study / source).is_file():
        return ""
    (study / source).parent.mkdir(parents=True, exist_ok=True)
    pointer = study / f"{source}.dvc"
    if not pointer.is_file():
        if not Path(source).is_file():
            return f"data.source: {source} is in neither Git nor this folder"
        shutil.copyfile(source, study / source)
        return ""
    md5 = yaml.safe_load(pointer.read_text(encoding="utf-8"))["outs"][0]["md5"]
    if not brought(source, md5, study / source, commit):
        return f"data.source: {source} (md5 {md5[:12]}) is in neither Git, this folder, DVC's cache nor its remote"
    return ""


def brought(source: str, md5: str, place: Path, commit: str) -> bool:
    """Copy the raw file with a digest from where it is found first; tell whether it was found."""
    cache = Cache.if_any()
    for path in (Path(source), *([cache.object(md5)] if cache else [])):
        if path.is_file() and file_md5(path) == md5:
            shutil.copyfile(path, place)
            return True
    return fetched(source, place, commit) and place.is_file() and file_md5(place) == md5


def fetched(source: str, place: Path, commit: str) -> bool:
    """Let DVC copy what it keeps under a path in a commit, from its cache or a remote; tell whether it could."""
    try:
        dvc("get", str(root()), os.path.relpath(source, root()), "--rev", commit, "--out", str(place), "--force")
    except PipelineError:
        return False
    return True
