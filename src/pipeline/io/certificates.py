"""Certificates: what one verification of a recorded study found, as an in-toto statement of one fixed spelling.

Its subjects are the files that the rebuild made, each with its digest, so what it says of them can be derived anew
from the manifest that it names. It holds no name of a machine or a user, and no absolute path.
"""

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from pipeline.base.canonical import canonical_json
from pipeline.base.errors import CertificateError
from pipeline.base.params import is_unset
from pipeline.io.naming import Nameless
from pipeline.io.receipts import RECEIPT

COMPARED = ("identical", "close", "equivalent", "diverged")  # what follows from digests; the others say why not


def inside(name: str) -> str:
    """Return a path that leads from a study's folder to something in it; raise ValueError for any other."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or path.as_posix() != name or name == ".":
        raise ValueError("is no relative path into the study")
    return name


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, AfterValidator(inside)]
StatementType = Literal["https://in-toto.io/Statement/v1"]
PredicateType = Literal["urn:uuid:e84fc8c1-f070-4ead-847c-4051e830fd4b#rebuild-v1"]  # docs/certificates.md
Verdict = Literal["identical", "close", "equivalent", "diverged", "not comparable here", "not verifiable"]


class Part(BaseModel):
    """A part of a certificate; a field that this version does not know is passed over, as in-toto asks."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Digest(Part):
    """A file's digest."""

    sha256: Sha256


class Subject(Part):
    """A file that the rebuild made."""

    name: Name
    digest: Digest


class Scope(Part):
    """What was asked to be rebuilt; `claims_covered` is how many of the study's claims rest on it, of how many."""

    kind: Literal["all", "targets", "runs", "sample", "budget"]
    targets: list[str]
    rule: str
    seed: int | None
    claims_covered: tuple[int, int]
    choices: Literal["rebuilt", "as recorded"]


class Artefact(Part):
    """The verdict on one artefact; `recorded` has the recorded digests of those files that came out otherwise."""

    verdict: Verdict
    detail: str
    recorded: dict[Name, Sha256 | None]


class Environment(Part):
    """How the environment was compared with the lock, and what differed."""

    checked: str
    differences: list[str]


class Cost(Part):
    """What the rebuild spent [s]."""

    wall_seconds: float
    cpu_seconds: float


class Rebuild(Part):
    """The predicate: a rebuild of one recorded study, or of a part of it, on one machine."""

    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40,64}$")]
    manifest_sha256: Sha256
    scope: Scope
    verdict: Verdict
    artefacts: dict[Name, Artefact]
    first_difference: dict[str, JsonValue] | None
    environment: Environment
    network: str
    room: Annotated[str | None, Field(exclude_if=is_unset)] = None  # what kept the rebuild from all outside of it
    machine: dict[str, str]
    cost: Cost
    looks: Annotated[list[Name] | None, Field(exclude_if=is_unset)] = None  # at held-out, on record when it was made
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    date: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class Certificate(Part):
    """An in-toto statement, version 1, with our predicate."""

    type_: Annotated[StatementType, Field(alias="_type")]
    subject: Annotated[list[Subject], Field(min_length=1)]
    predicate_type: Annotated[PredicateType, Field(alias="predicateType")]
    predicate: Rebuild

    @property
    def is_whole(self) -> bool:
        """Whether it says that everything was rebuilt, choices of hyper-parameters too, and came out identical."""
        said = self.predicate
        return said.verdict == "identical" and said.scope.kind == "all" and said.scope.choices == "rebuilt"


def certificate_text(result: Mapping[str, Any], nonce: str, date: str) -> str:
    """Return the certificate of a verification; raise CertificateError where the result cannot be certified.

    The same result gives the same text but for nonce and date. Host, user and absolute paths in its free texts are
    replaced; fields that a certificate has no place for are left out.
    """
    try:
        nameless = Nameless.here(spellings(result))
        content = {
            "_type": get_args(StatementType)[0],
            "subject": [{"name": name, "digest": {"sha256": made}} for name, made in sorted(made_by(result).items())],
            "predicateType": get_args(PredicateType)[0],
            "predicate": {**told(result, nameless), "nonce": nonce, "date": date},
        }
        certificate = Certificate.model_validate_json(json.dumps(content))
    except ValidationError as error:
        raise CertificateError(f"the verification cannot be certified: {first_problem(error)}") from None
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise CertificateError(f"the verification cannot be certified ({type(error).__name__}: {error})") from None
    return canonical_json(certificate.model_dump(mode="json", by_alias=True))


def told(result: Mapping[str, Any], nameless: Nameless) -> dict[str, Any]:
    """Return a verification with its free texts made nameless and its artefacts described."""
    scope = {**result["scope"], **{name: nameless.value(result["scope"][name]) for name in ("targets", "rule")}}
    free = {name: nameless.value(result[name]) for name in ("first_difference", "environment", "network", "room")}
    artefacts = {home: described(about, nameless) for home, about in result["artefacts"].items()}
    return {**result, **free, "scope": scope, "artefacts": artefacts}


def described(about: Mapping[str, Any], nameless: Nameless) -> dict[str, Any]:
    """Return what a certificate says of one artefact."""
    pairs = {**about["files"], RECEIPT: {"recorded": about["recorded"], "rebuilt": about["rebuilt"]}}
    differing = {name: pair["recorded"] for name, pair in pairs.items() if pair["recorded"] != pair["rebuilt"]}
    return {"verdict": about["verdict"], "detail": nameless.value(about["detail"]), "recorded": differing}


def made_by(result: Mapping[str, Any]) -> dict[str, str]:
    """Return {path: sha256} of all files that a rebuild made, receipts included."""
    made = {}
    for home, about in result["artefacts"].items():
        pairs = {name: pair["rebuilt"] for name, pair in about["files"].items()} | {RECEIPT: about["rebuilt"]}
        made.update({f"{home}/{name}": sha256 for name, sha256 in pairs.items() if sha256})
    return made


def spellings(result: Mapping[str, Any]) -> list[str]:
    """Return the names of artefacts and of their files, these with and without their folder."""
    files = [(home, name) for home, about in result["artefacts"].items() for name in about["files"]]
    return [*result["artefacts"], *(name for _, name in files), *(f"{home}/{name}" for home, name in files)]


def read_certificate(content: bytes) -> Certificate:
    """Return a certificate; raise CertificateError where the bytes are none, or not in the one spelling."""
    try:
        text = content.decode()
        if canonical_json(json.loads(text)) != text:
            raise CertificateError("it is not in the one spelling that certificates have")
        return Certificate.model_validate_json(text)
    except ValidationError as error:
        raise CertificateError(first_problem(error)) from None
    except (ValueError, RecursionError) as error:
        raise CertificateError(f"it is no JSON ({type(error).__name__})") from None


def first_problem(error: ValidationError) -> str:
    """Return the first thing that is wrong, with its key."""
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def lies(certificate: Certificate, manifest: Mapping[str, Any]) -> list[str]:
    """Return what a certificate says that its own digests and the manifest do not bear out."""
    said, recorded = certificate.predicate, manifest["artefacts"]
    made = {subject.name: subject.digest.sha256 for subject in certificate.subject}
    found = [] if len(made) == len(certificate.subject) else ["names a file twice"]
    for home, artefact in said.artefacts.items():
        if home not in recorded:
            found.append(f"{home} was not recorded")
            continue
        own = {f"{home}/{name}": made.pop(f"{home}/{name}") for name in own_names(home, made)}
        kept = {f"{home}/{name}": sha256 for name, sha256 in recorded_files(recorded[home]).items()}
        differing = sorted(name for name in {*own, *kept} if own.get(name) != kept.get(name))
        if artefact.verdict in COMPARED and (artefact.verdict == "identical") == bool(differing):
            found.append(f"{home}: says {artefact.verdict}, but {differing[0] if differing else 'nothing'} differs")
        if any(kept.get(f"{home}/{name}") != sha256 for name, sha256 in artefact.recorded.items()):
            found.append(f"{home}: states recorded digests that are not the manifest's")
    if said.looks is not None and said.looks != recorded_looks(manifest):
        found.append("states looks at held-out that are not the manifest's")
    found += [f"{name}: is of no artefact it names" for name in sorted(made)]
    return found + sums_that_lie(said, sorted(recorded.keys() - said.artefacts.keys()))


def recorded_looks(manifest: Mapping[str, Any]) -> list[str] | None:
    """Return the looks at held-out that a manifest names; None where it was recorded without."""
    looks = manifest.get("looks")
    return list(looks) if looks is not None else None


def sums_that_lie(said: Rebuild, left_out: list[str]) -> list[str]:
    """Return where the verdict or the scope as a whole is not what the artefacts say."""
    identical = all(artefact.verdict == "identical" for artefact in said.artefacts.values())
    found = []
    if said.verdict in COMPARED and (said.verdict == "identical") != identical:
        found.append(f"says {said.verdict} as a whole, but its artefacts say otherwise")
    if said.scope.kind == "all" and left_out:
        found.append(f"says that all was rebuilt, but leaves out {left_out[0]}")
    return found


def own_names(home: str, made: Mapping[str, str]) -> list[str]:
    """Return the paths, relative to an artefact, of its files among some."""
    return [name.removeprefix(f"{home}/") for name in made if name.startswith(f"{home}/")]


def recorded_files(about: Mapping[str, Any]) -> dict[str, str]:
    """Return {file: sha256} of a recorded artefact, its receipt included."""
    return {**about["files"], RECEIPT: about["receipt"]}
