"""Receipts: what an artefact directory was made from, and what is in it.

`receipt.json` names the step, the directory, the resolved parameters, the code, the locked
distributions, what was read (with the digest of its content) and what was made. It is *true*
if and only if writing it again now would give the same bytes. One that is not true is
*withdrawn*: renamed, so that Snakemake sees a missing output; the files are left alone.

What was read is named by the content of its files, not by its receipt: an upstream that is
rebuilt to the same bytes leaves everything below it true.
"""

import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.base.canonical import compact_json, file_digest, text_digest, value_digest
from pipeline.base.errors import DamagedError, PipelineError, ReceiptError
from pipeline.io.code import Closure, Sources
from pipeline.io.environment import Environment
from pipeline.io.folders import exists, files_below, home_of

RECEIPT = "receipt.json"
WITHDRAWN = "receipt.withdrawn.json"
FORMAT = 1
Reads = Mapping[str, Sequence[str]]
Fields = dict[str, Any]


spelled_name = functools.cache(compact_json)


@functools.cache
def wildcard_regex(pattern: str) -> str:
    """Return the regular expression of a path with {wildcards}."""
    return re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(pattern))


@dataclass(frozen=True)
class Part:
    """One function of a step, which runs in a process of its own: `entry` names it, as in pipeline.stages.train:run.

    `code` names the modules that parameters choose, beside what `entry` reaches by itself; `takes` the inputs that are
    open to it, and `opened` the files of one, where not all are; `resumes` whether it keeps what outlives a kill.
    """

    entry: str
    code: Callable[[Fields], tuple[str, ...]]
    takes: frozenset[str]
    resumes: bool
    opened: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def name(self) -> str:
        """Return the name of the function."""
        return self.entry.rpartition(":")[2]

    def roots(self, parameters: Fields) -> tuple[str, ...]:
        """Return what all the code is reached from that it may load."""
        return (self.entry, *self.code(parameters))

    def inputs(self, reads: Reads) -> dict[str, list[str]]:
        """Return those of an artefact's inputs that are open to it."""
        return {name: list(paths) for name, paths in reads.items() if name in self.takes}

    def opens(self, reads: Reads) -> list[str]:
        """Return what is open to it: receipts, each for its whole artefact, and files of artefacts open in part."""
        some = dict(self.opened)
        return sorted(
            opened
            for name, paths in self.inputs(reads).items()
            for path in paths
            for opened in ([str(Path(path).parent / file) for file in some[name]] if name in some else [path])
        )


@dataclass(frozen=True)
class Step:
    """One kind of artefact: where it lives, what makes it, what it is told.

    `home` is a pattern such as runs/{variant}/{replicate}; `parameters` resolves what the step is told for
    the values of a home, and raises PipelineError where the study calls for no such artefact; `parts` make it, each
    from what the one before has left.
    """

    name: str
    home: str
    parameters: Callable[[Mapping[str, str]], Fields]
    parts: tuple[Part, ...]

    def roots(self, parameters: Fields) -> tuple[str, ...]:
        """Return what all the code is reached from that an artefact rests on."""
        return tuple(dict.fromkeys(root for part in self.parts for root in part.roots(parameters)))

    def values(self, home: str) -> dict[str, str] | None:
        """Return the values of a home's pattern, or None where it is not of this step."""
        match = re.fullmatch(wildcard_regex(self.home), home)
        return match.groupdict() if match else None


class World:
    """Sources, parameters, environment and files as they are now, each looked at once."""

    def __init__(self, steps: Mapping[str, Step], sources: Sources, environment: Environment) -> None:
        self.steps = steps
        self.sources = sources
        self.environment = environment
        self.verdicts: dict[tuple[str, str], Fields | ReceiptError | None] = {}
        self.digests: dict[str, dict[str, str]] = {}
        self.contents: dict[str, str] = {}  # of artefacts, by home
        self.identities: dict[tuple[str, ...], tuple[Fields, dict[str, str]]] = {}
        self.spellings: dict[int, str] = {}  # of what many receipts share and `identities` keeps, by id

    def closure(self, step: Step, parameters: Fields) -> Closure:
        """Return the code an artefact rests on."""
        return self.sources.closure(*step.roots(parameters))

    def identity(self, step: Step, parameters: Fields) -> tuple[Fields, dict[str, str]]:
        """Return (code, environment) as a receipt names them."""
        roots = step.roots(parameters)
        if roots not in self.identities:
            closure = self.closure(step, parameters)
            code = {"digest": closure.digest(), "definitions": closure.definitions}
            self.identities[roots] = (code, self.environment.identity(closure.packages))
            self.spellings.update((id(part), compact_json(part)) for part in self.identities[roots])
        return self.identities[roots]

    def files(self, home: str) -> dict[str, str]:
        """Return {relative path: sha256} of an artefact's files, receipts left out."""
        if home not in self.digests:
            own = {name: path for name, path in files_below(home).items() if name not in (RECEIPT, WITHDRAWN)}
            self.digests[home] = {name: file_digest(path) for name, path in own.items()}
        return self.digests[home]

    def content(self, path: str) -> str:
        """Return the digest of what is read at a path: a file's bytes, or an artefact's files."""
        if is_receipt(path):
            home = home_of(path)
            if home not in self.contents:
                self.contents[home] = value_digest(self.files(home))
            return self.contents[home]
        if not Path(path).is_file():
            raise ReceiptError(f"{path}: is missing")
        return file_digest(Path(path))

    def forget(self, home: str) -> None:
        """Forget what an artefact's files were, since they are changed."""
        self.digests.pop(home, None)
        self.contents.pop(home, None)

    def describe(self, step: Step, home: str, reads: Reads) -> Fields:
        """Return what a receipt for `home` must say now, its own files left out."""
        values = step.values(home)
        if values is None:
            raise ReceiptError(f"{home}: is no place for {step.name}")
        try:
            parameters = step.parameters(values)
        except PipelineError as error:
            raise ReceiptError(f"{home}: the study calls for no such artefact ({error})") from None
        code, environment = self.identity(step, parameters)
        return {
            "format": FORMAT,
            "artefact": home,
            "step": step.name,
            "parameters": parameters,
            "code": code,
            "environment": environment,
            "reads": {name: {path: self.content(path) for path in sorted(paths)} for name, paths in reads.items()},
        }

    def check(self, home: str, name: str = RECEIPT) -> Fields:
        """Return an artefact's receipt if it and all it rests on are true; raise ReceiptError saying what differs."""
        key = (home, name)
        if key not in self.verdicts:
            self.verdicts[key] = None
            try:
                self.verdicts[key] = self._check(home, Path(f"{home}/{name}"))
            except ReceiptError as error:
                self.verdicts[key] = error
            except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
                self.verdicts[key] = DamagedError(f"{home}: {name} cannot be read ({type(error).__name__}: {error})")
        verdict = self.verdicts[key]
        if verdict is None:
            raise ReceiptError(f"{home}: {name} rests on itself")
        if isinstance(verdict, ReceiptError):
            raise verdict
        return verdict

    def _check(self, home: str, path: Path) -> Fields:
        if not path.is_file():
            raise ReceiptError(f"{home}: has no {path.name}")
        text = path.read_bytes().decode()
        stated = unsealed(text, home)
        reads = stated["reads"]
        for source in (path for paths in reads.values() for path in paths):
            if is_receipt(source):
                upstream = home_of(source)
                self.check(upstream, place(upstream))
        now = self.describe(self.steps[stated["step"]], home, reads)
        now["files"] = self.files(home)
        if text != sealed(now, self.spellings):
            said = f"{home}: {', '.join(differences(stated, now)) or 'its receipt is damaged'}"
            raise ReceiptError(said) if stated["files"] == now["files"] else DamagedError(said)
        return {**stated, "code": now["code"], "environment": now["environment"]}  # equal, and held once for all


def sealed(fields: Fields, spellings: Mapping[int, str] | None = None) -> str:
    """Return a receipt's text; the seal makes any damaged byte show. `spellings` are those known of values, by id."""
    known = spellings or {}
    values = {name: known.get(id(value)) or compact_json(value) for name, value in fields.items()}
    return lined({**values, "seal": compact_json(text_digest(lined(values)))})


def spelled(fields: Fields) -> str:
    """Return fields as JSON, one a line in order of their names."""
    return lined({name: compact_json(value) for name, value in fields.items()})


def lined(values: Mapping[str, str]) -> str:
    """Return spelled values, one a line in order of their names."""
    lines = (f"{spelled_name(name)}: {values[name]}" for name in sorted(values))
    return "{\n" + ",\n".join(lines) + "\n}\n"


def unsealed(text: str, home: str) -> Fields:
    """Return what a receipt states; raise ReceiptError where its seal is broken or its format unknown."""
    fields: Fields = json.loads(text)
    seal = fields.pop("seal", None)
    if fields.get("format") != FORMAT:
        raise ReceiptError(f"{home}: its receipt has format {fields.get('format')}, this version reads {FORMAT}")
    as_sealed = text.replace(f'"seal": "{seal}",\n', "", 1)
    intact = seal == text_digest(as_sealed) or seal == text_digest(spelled(fields))
    if not intact or fields.get("artefact") != home:
        raise DamagedError(f"{home}: its receipt is damaged")
    return fields


def differences(stated: Fields, now: Fields) -> list[str]:
    """Return what differs between a receipt and what it would say now, most telling first, in plain words."""
    found = [
        *(f"parameter {name}" for name in changed(stated["parameters"], now["parameters"])),
        *(f"code {name}" for name in changed(stated["code"]["definitions"], now["code"]["definitions"])),
        *(f"installed {name}" for name in changed(stated["environment"], now["environment"])),
        *(
            f"input {path}"
            for name in sorted({*stated["reads"], *now["reads"]})
            for path in changed(stated["reads"].get(name, {}), now["reads"].get(name, {}))
        ),
        *(f"file {name}" for name in changed(stated["files"], now["files"])),
    ]
    return [*found[:4], f"and {len(found) - 4} more"] if len(found) > 5 else found


def changed(before: Fields, after: Fields, at: str = "") -> list[str]:
    """Return a line for each leaf that differs between two nested mappings: name, before, after."""
    lines = []
    for key in sorted({*before, *after}):
        old, new = before.get(key, "nothing"), after.get(key, "nothing")
        if isinstance(old, dict) and isinstance(new, dict):
            lines += changed(old, new, f"{at}{key}.")
        elif (key in before) != (key in after) or compact_json(old) != compact_json(new):  # 1, 1.0 and true differ
            lines.append(f"{at}{key} ({brief(old)} → {brief(new)})")
    return lines


def brief(value: Any) -> str:
    """Return a short spelling of a value; a digest is cut to eight digits."""
    text = str(value)
    return text[:8] if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{16,64}", text) else text[:60]


def all_paths(reads: Reads) -> list[str]:
    """Return every path that is read, sorted."""
    return sorted(path for paths in reads.values() for path in paths)


@functools.cache
def is_receipt(path: str) -> bool:
    """Tell whether a path is named as an artefact's receipt, and so stands for the artefact."""
    return Path(path).name == RECEIPT


def place(home: str) -> str:
    """Return the name under which an artefact's receipt lies: standing if it does, else withdrawn if it is."""
    stands = exists(f"{home}/{RECEIPT}") or not exists(f"{home}/{WITHDRAWN}")
    return RECEIPT if stands else WITHDRAWN


def rename(home: str, before: str, after: str) -> None:
    """Rename a receipt in place."""
    (Path(home) / before).replace(Path(home) / after)
