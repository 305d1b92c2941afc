"""What a certificate is worth here.

Nothing that a certificate says is taken on its word: its name is the digest of its content, its signature must be
of its bytes by a key that this repository knows, and its verdict must follow from its own digests and the manifest.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.base.canonical import file_digest, text_digest
from pipeline.base.errors import CertificateError, RecordError
from pipeline.io.certificates import Certificate, lies, read_certificate
from pipeline.io.layout import shared
from pipeline.io.machine import class_digest
from pipeline.io.manifest import MANIFEST, Manifest, git, manifest_text, sources_of
from pipeline.io.signatures import Signature, examine

FOLDER = Path("certificates")
ALLOWED = FOLDER / "allowed_signers"
DIGITS = 12
COPIED, EDITED, MALFORMED, FORGED, LYING = "copied", "edited", "not a certificate", "forged", "lying verdict"
FOREIGN, UNKNOWN, UNSIGNED = "another record", "unknown signer", "unsigned"
DIFFERENT, PARTIAL, REPLAYED, AGAIN = "not identical", "partial", "replayed", "same verifier again"
REFUSED = (EDITED, MALFORMED, FORGED, LYING)


@dataclass(frozen=True)
class Judged:
    """What a certificate is worth here: it counts where `reason` is None, else `reason` and `detail` say why not."""

    path: Path
    reason: str | None
    detail: str
    certificate: Certificate | None = None
    signature: Signature | None = None

    def told(self) -> dict[str, Any]:
        """Return it for JSON; what a certificate says is given only where it can be read."""
        found: dict[str, Any] = {"path": self.path.as_posix(), "reason": self.reason, "detail": self.detail}
        if self.signature:
            about = self.signature
            found |= {"signature": about.state, "signer": about.signer, "key": about.key}
        if self.certificate:
            said = self.certificate.predicate
            names = ("verdict", "commit", "manifest_sha256", "nonce", "date")
            found |= {name: getattr(said, name) for name in names}
            found |= {"scope": said.scope.model_dump(mode="json"), "machine": class_digest(said.machine)}
        return found


def signature_of(path: Path) -> Path:
    """Return where a certificate's signature lies."""
    return path.with_name(f"{path.name}.sig")


def judge(path: Path, manifest: Manifest) -> Judged:
    """Judge one certificate, without regard to others."""
    if not path.is_file():
        raise CertificateError(f"{path}: is no file; certificates lie in {FOLDER}/")
    content, proper = path.read_bytes(), path.with_name(f"{file_digest(path)[:DIGITS]}.json")
    if path != proper:
        if proper.is_file():
            return Judged(path, COPIED, f"is {proper.name} under another name")
        return Judged(path, EDITED, f"its content is {proper.stem}, not what its name says")
    try:
        certificate = read_certificate(content)
    except CertificateError as error:
        return Judged(path, MALFORMED, str(error))
    signature = examine(content, signature_of(path), Path(shared(ALLOWED)))
    reason, detail = standing(certificate, signature, manifest)
    return Judged(path, reason, detail, certificate, signature)


def standing(certificate: Certificate, signature: Signature, manifest: Manifest) -> tuple[str | None, str]:
    """Return (why a certificate does not count, or None; a line on it): the gravest reason first."""
    said = certificate.predicate
    if signature.state == "bad":
        return FORGED, signature.detail
    if other := foreign(certificate, manifest):
        return FOREIGN, other[0]
    if found := lies(certificate, manifest):
        return LYING, found[0]
    if signature.state != "good":
        return {"unsigned": UNSIGNED}.get(signature.state, UNKNOWN), signature.detail
    if said.verdict != "identical":
        return DIFFERENT, f"its verdict is {said.verdict}"
    if not certificate.is_whole:
        return PARTIAL, f"{said.scope.kind}, choices {said.scope.choices}: {len(said.artefacts)} artefacts"
    return None, signature.detail


def foreign(certificate: Certificate, manifest: Manifest) -> list[str]:
    """Return why a certificate is of another record than the one here, nothing where it is of this."""
    said = certificate.predicate
    if said.manifest_sha256 != (here := text_digest(manifest_text(manifest))):
        return [f"is of manifest {said.manifest_sha256[:DIGITS]}, the one here is {here[:DIGITS]}"]
    if said.commit != manifest["commit"] and not holds(said.commit, manifest):
        return [f"is of commit {said.commit[:DIGITS]}, which has not these sources and this manifest"]
    return []


def holds(commit: str, manifest: Manifest) -> bool:
    """Tell whether a commit has a manifest and the sources that it names."""
    try:
        same = git("show", f"{commit}:./{MANIFEST}") == manifest_text(manifest)
        return same and sources_of(commit) == manifest["sources"]
    except RecordError:  # no commit that is known here
        return False
