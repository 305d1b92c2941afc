"""A study at a revision of its history: its sources in a folder of their own, and what was recorded of just these."""

import os
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from pipeline.base.canonical import file_digest
from pipeline.base.errors import PipelineError, RecordError
from pipeline.base.params import PARAMS
from pipeline.io.dvc import DVC_LOCK, locked_outs, recorded_outs
from pipeline.io.layout import root, sources
from pipeline.io.manifest import (
    MANIFEST,
    Manifest,
    changed_sources,
    git,
    manifest_here,
    phases_that_differ,
    read_manifest,
    record_state,
)

WORKSPACE = "workspace"  # the working tree as it is, committed or not
RAW = "data/source"
EXPERIMENT = re.compile(r"refs/exps/[0-9a-f]+/[0-9a-f]+/(?P<name>[^/]+)")  # as DVC lays out its experiments
SHOWN = 4


@dataclass(frozen=True)
class Revision:
    """One state of a study, `commit` None for the working tree; `folder` holds its own sources, `root` the shared."""

    name: str
    commit: str | None
    folder: Path
    root: Path

    def __str__(self) -> str:
        if self.commit is None or self.commit.startswith(self.name):
            return self.name[:12]
        return f"{self.name} ({self.commit[:12]})"

    def content(self, path: str | Path) -> bytes | None:
        """Return the bytes of a source, None where it has no such file."""
        file = self.folder / path
        return file.read_bytes() if file.is_file() else None

    def text(self, path: str | Path) -> str:
        """Return the text of a source, empty where it has no such file."""
        return (self.content(path) or b"").decode()

    def shared(self, path: str | Path) -> str:
        """Return the text of a source that all studies share, empty where it has no such file."""
        file = self.root / path
        return file.read_text(encoding="utf-8") if file.is_file() else ""


def open_revision(name: str, folder: Path) -> Revision:
    """Return a revision, its sources laid out in an empty folder; those of the workspace are where they are.

    Raises PipelineError where no revision has that name, or where it holds no study.
    """
    if name == WORKSPACE:
        revision = Revision(name, None, Path(), root())
    else:
        study = os.path.relpath(Path.cwd(), root())
        revision = Revision(name, commit_of(name), folder / study, folder)
        lay_out(revision)
    if not (revision.folder / PARAMS).is_file():
        raise PipelineError(f"{name}: has no {PARAMS}; name a revision that states a study")
    return revision


def commit_of(name: str) -> str:
    """Return the commit that Git's name of a revision, or DVC's of an experiment, stands for."""
    git("rev-parse", "--git-dir")  # raises, in Git's words, where there is no history at all
    command = ["git", "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"]
    found = "" if name.startswith("-") else subprocess.run(command, capture_output=True, text=True, check=False).stdout
    commits = [found.strip()] if found else sorted(experiments(name))
    if not commits:
        raise PipelineError(f"{name}: is no revision; see `git log --oneline` and `dvc exp list`, or say {WORKSPACE}")
    if len(commits) > 1:
        shown = ", ".join(commit[:12] for commit in commits)
        raise PipelineError(f"{name}: names {len(commits)} experiments; name the commit of one: {shown}")
    return commits[0]


def experiments(name: str) -> set[str]:
    """Return the commits of DVC's experiments that have a name."""
    refs = [line.split() for line in git("for-each-ref", "--format=%(refname) %(objectname)", "refs/exps").splitlines()]
    return {commit for ref, commit in refs if (match := EXPERIMENT.fullmatch(ref)) and match["name"] == name}


def lay_out(revision: Revision) -> None:
    """Write a commit's sources into its folder, nothing where it has none; raise PipelineError where Git omits any."""
    commit, study = str(revision.commit), revision.folder.relative_to(revision.root)
    wanted = [os.path.normpath(study / path) for path in sources()]
    present = listed("ls-tree", "--name-only", commit, "--", *wanted)
    if not present:
        return
    archive = revision.root.with_suffix(".tar")
    git("archive", "--format=tar", f"--output={archive}", commit, "--", *present, at=root())
    with tarfile.open(archive) as tar:
        tar.extractall(revision.root, filter="tar")
    archive.unlink()
    for path in listed("ls-tree", "-r", "--name-only", commit, "--", *present):
        if not os.path.lexists(revision.root / path):
            raise PipelineError(f"{revision.name}: {path}: is left out by export-ignore in .gitattributes; remove that")


def listed(command: str, *arguments: str) -> list[str]:
    """Return the paths that a command of Git lists, at the root."""
    return [path for path in git(command, "-z", *arguments, at=root()).split("\0") if path]


def raw_files(revision: Revision) -> dict[str, str]:
    """Return {path: sha256} of the data files that Git keeps, or would; of a link, what it leads to."""
    if revision.commit is None:
        found = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", RAW)
        paths = [Path(path) for path in found.split("\0") if path]
    else:
        paths = sorted((revision.folder / RAW).rglob("*"))
    return {
        path.relative_to(revision.folder).as_posix(): f"→ {path.readlink()}" if path.is_symlink() else file_digest(path)
        for path in paths
        if path.is_symlink() or path.is_file()
    }


def record_of(revision: Revision) -> tuple[Manifest | None, str]:
    """Return what was recorded of exactly these sources, or None, and why there is nothing."""
    try:
        if revision.commit is not None:
            return committed_record(revision.commit)
        recorded, reason = record_state(recorded_outs())
        return (manifest_here(), "") if recorded else (None, reason.removeprefix("not recorded: "))
    except RecordError as error:
        return None, str(error)


def committed_record(commit: str) -> tuple[Manifest | None, str]:
    """Return the record that a commit holds, or that a later one made of it; else None and why there is none."""
    manifest, reason = record_at(commit, commit)
    if manifest is None:
        for later in git("log", "--all", "--format=%H", f"-S{commit}", "--", str(MANIFEST)).split():
            if (found := record_at(later, commit)[0]) is not None:
                return found, ""
    return manifest, reason


def record_at(place: str, commit: str) -> tuple[Manifest | None, str]:
    """Return the manifest that one commit holds if it is of the sources of another, or None and why it is not."""
    try:
        text = git("show", f"{place}:./{MANIFEST}")
    except RecordError:
        return None, f"it has no {MANIFEST}"
    try:
        manifest = read_manifest(text)
        if changed := changed_sources(manifest, commit):
            return None, f"its {MANIFEST} is of other sources ({', '.join(changed[:SHOWN])} changed)"
        if differing := phases_that_differ(manifest, locked_outs(git("show", f"{place}:./{DVC_LOCK}"))):
            return None, f"its {DVC_LOCK} and {MANIFEST} differ in {', '.join(differing[:SHOWN])}"
    except RecordError as error:
        return None, str(error)
    return manifest, ""
