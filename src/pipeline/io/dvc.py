"""DVC by its command line and its documented files: dvc.lock, and where the cache keeps what."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from pipeline.base.errors import PipelineError, RecordError

DVC_LOCK = Path("dvc.lock")
PHASES = "dvc.yaml"  # those of this folder: DVC would take those of every study otherwise
Listing = dict[str, str]  # {path relative to the out: md5}


def dvc(*arguments: str) -> str:
    """Run DVC and return what it prints; raise PipelineError with its last line where it fails."""
    done = attempt(*arguments)
    if done.returncode:
        raise PipelineError(f"dvc {' '.join(arguments)}: {last_line(done.stderr)}")
    return done.stdout


def push_all() -> str:
    """Push what was recorded, and return what DVC says; raise RecordError where that fails."""
    try:
        return dvc("push", PHASES).strip().splitlines()[-1]
    except PipelineError as error:
        remedy = "name or mend the remote (docs/share.md), and say `pipeline record --push` again"
        raise RecordError(f"recorded here, and not pushed: {error}; {remedy}") from None


def last_line(said: str) -> str:
    """Return the line of DVC's output that tells why it failed: that it got no answer, before what follows from it."""
    lines = said.strip().splitlines()
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
    unanswered = [line for line in errors if got_no_answer(line)]
    return (unanswered or errors or lines or ["failed"])[-1].partition(" Create a default remote")[0]


def got_no_answer(said: str) -> bool:
    """Tell whether DVC says that it could not ask its remote, or has none: what lies there is not known."""
    return said.startswith("failed to connect to") or "no remote specified" in said


def folder_that_is_away() -> str:
    """Return that the default remote is a folder which is not there, as a disk that is not mounted; "" otherwise."""
    name = attempt("config", "core.remote").stdout.strip()
    url = attempt("config", f"remote.{name}.url").stdout.strip() if name else ""
    if not url or "://" in url or Path(url).is_dir():
        return ""
    return f"failed to connect to {name}: the folder {url} is not there (not mounted?)"


def attempt(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run DVC and return how it ended."""
    return subprocess.run([sys.executable, "-m", "dvc", *arguments], capture_output=True, text=True, check=False)


def locked_outs(text: str) -> dict[str, str]:
    """Return {out: md5} of every phase in the text of a dvc.lock; raise RecordError where it is none."""
    try:
        stages = (yaml.safe_load(text) or {}).get("stages", {})
        return {out["path"]: out["md5"] for stage in stages.values() for out in stage.get("outs", [])}
    except (yaml.YAMLError, LookupError, TypeError, AttributeError) as error:
        remedy = f"restore it with `git checkout {DVC_LOCK}`"
        raise RecordError(f"{DVC_LOCK}: is no lock of DVC ({type(error).__name__}); {remedy}") from None


def declared_outs() -> list[str]:
    """Return the outs that the phases of this folder name; raise RecordError where dvc.yaml cannot be read."""
    try:
        stages = yaml.safe_load(Path(PHASES).read_text(encoding="utf-8"))["stages"]
        found = [out for stage in stages.values() for out in stage.get("outs", [])]
    except (OSError, yaml.YAMLError, LookupError, TypeError, AttributeError) as error:
        raise RecordError(f"{PHASES}: names no phases ({type(error).__name__}); restore it with Git") from None
    return [out if isinstance(out, str) else next(iter(out)) for out in found]


def recorded_outs() -> dict[str, str]:
    """Return {out: md5} that dvc.lock records here, nothing where there is none."""
    return locked_outs(DVC_LOCK.read_text(encoding="utf-8")) if DVC_LOCK.is_file() else {}


class Cache:
    """DVC's cache, laid out as its user guide documents: files/md5/<two digits>/<the rest>."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def here(cls) -> "Cache":
        """Return the cache that this repository uses."""
        return cls(Path(dvc("cache", "dir").strip().splitlines()[-1]))

    @classmethod
    def if_any(cls) -> "Cache | None":
        """Return the cache that this repository uses, or None where DVC is not at work here."""
        try:
            return cls.here()
        except PipelineError:
            return None

    def lists(self) -> list[str]:
        """Return the digest of every folder that the cache keeps."""
        return sorted(f"{path.parent.name}{path.name}" for path in self.folder.glob("files/md5/*/*.dir"))

    def object(self, md5: str) -> Path:
        """Return where the content of a digest is kept."""
        return self.folder / "files" / "md5" / md5[:2] / md5[2:]

    def has(self, objects: Iterable[str]) -> bool:
        """Tell whether the cache has something under each of some digests."""
        return all(self.object(md5).exists() for md5 in objects)

    def holds(self, md5: str) -> bool:
        """Tell whether the cache has the content of a digest, undamaged."""
        path = self.object(md5)
        return path.is_file() and file_md5(path) == md5.removesuffix(".dir")

    def listing(self, md5: str) -> Listing | None:
        """Return the files of a recorded folder, or None where the cache does not have its list, or a damaged one."""
        if not self.holds(md5):
            return None
        return {entry["relpath"]: entry["md5"] for entry in json.loads(self.object(md5).read_text(encoding="utf-8"))}

    def is_damaged(self, md5: str) -> bool:
        """Tell whether the cache has something else under a digest."""
        return self.object(md5).exists() and not self.holds(md5)

    def fault(self, md5: str) -> str:
        """Return what ails an object that the cache does not hold."""
        return "damaged" if self.is_damaged(md5) else "not in the cache"

    def evict(self, md5: str) -> None:
        """Remove an object, such as a damaged one, so that nothing is restored from it."""
        self.object(md5).unlink(missing_ok=True)


def file_md5(path: Path) -> str:
    """Return the md5 of a file's bytes: DVC's name for them, no proof of anything."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def disagreements(out: Path, listing: Mapping[str, str]) -> list[str]:
    """Return the paths of a folder that DVC lists otherwise than they are, one side's additions included."""
    here = {path.relative_to(out).as_posix(): path for path in sorted(out.rglob("*")) if path.is_file()}
    differing = [name for name in here.keys() & listing.keys() if file_md5(here[name]) != listing[name]]
    return sorted(differing + list(here.keys() ^ listing.keys()))
