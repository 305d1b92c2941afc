"""Certificates of verifications: written, signed, and counted for the record that lies here."""

import secrets
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.base.canonical import text_digest
from pipeline.base.errors import CertificateError
from pipeline.certificate_page import pages
from pipeline.io.certificates import certificate_text, lies, read_certificate, recorded_looks
from pipeline.io.files import write_bytes, write_text
from pipeline.io.jobs import OBSERVED
from pipeline.io.machine import class_digest
from pipeline.io.manifest import MANIFEST, Manifest, manifest_here, manifest_text
from pipeline.io.signatures import sign
from pipeline.judging import (
    AGAIN,
    DIFFERENT,
    DIGITS,
    FOLDER,
    FOREIGN,
    PARTIAL,
    REFUSED,
    REPLAYED,
    UNKNOWN,
    UNSIGNED,
    Judged,
    foreign,
    judge,
    signature_of,
)

PAGES = OBSERVED / "certificates"


def certify(result: Mapping[str, Any], sign_key: Path | None = None) -> Path:
    """Write a verification's certificate, signed where a key is named, and its pages; return where it lies.

    Raises CertificateError, and writes nothing, where the result is not of the record here or contradicts itself,
    or the key cannot sign.
    """
    manifest = recorded()
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = certificate_text({**result, "looks": recorded_looks(manifest)}, secrets.token_hex(16), now)
    certificate = read_certificate(text.encode())
    if found := foreign(certificate, manifest) or lies(certificate, manifest):
        raise CertificateError(f"the verification is not certified: {found[0]}; verify again")
    path = FOLDER / f"{text_digest(text)[:DIGITS]}.json"
    if sign_key:
        write_bytes(signature_of(path), sign(text.encode(), sign_key))
    write_text(path, text)
    write_pages(judge(path, manifest), manifest)
    return path


def recorded() -> Manifest:
    """Return the manifest here; raise CertificateError where nothing is recorded."""
    manifest = manifest_here()
    if manifest is None:
        raise CertificateError(f"there is no {MANIFEST}: certificates are of recorded results (`pipeline record`)")
    return manifest


def check(path: Path) -> dict[str, Any]:
    """Return what one certificate is worth here; raise CertificateError where nothing is recorded or no file lies."""
    return judge(path, recorded()).told()


def count(manifest: Manifest) -> dict[str, Any]:
    """Return how many verifiers rebuilt the record identically and whole, and what each certificate is worth.

    A verifier is a name in allowed_signers, however many keys and certificates it has.
    """
    return counted(judge_all(manifest), manifest)


def counted(judged: list[Judged], manifest: Manifest) -> dict[str, Any]:
    """Return the count that judgements give, for JSON."""
    whole = [one for one in judged if one.reason in (None, AGAIN)]
    machines = {class_digest(one.certificate.predicate.machine) for one in whole if one.certificate}
    signers = sorted(one.signature.signer or "" for one in judged if one.reason is None and one.signature)
    return {
        "manifest_sha256": text_digest(manifest_text(manifest)),
        "commit": manifest["commit"],
        "verifiers": signers,
        "classes": sorted(machines),
        "partial": [one.path.as_posix() for one in judged if one.reason == PARTIAL],
        "text": summary(signers, machines, judged),
        "certificates": [one.told() for one in judged],
    }


def judge_all(manifest: Manifest) -> list[Judged]:
    """Judge all certificates here, oldest first; of one verification and of one verifier only the first counts."""
    judged = [judge(path, manifest) for path in sorted(FOLDER.glob("*.json")) if path.is_file()]
    judged.sort(key=lambda one: (one.certificate.predicate.date if one.certificate else "", one.path.name))
    nonces: dict[str, str] = {}
    signers: dict[str, str] = {}
    return [once(one, nonces, signers) for one in judged]


def once(one: Judged, nonces: dict[str, str], signers: dict[str, str]) -> Judged:
    """Return a judgement, or that an earlier certificate has its nonce or its signer; note both where it is first."""
    if one.certificate is None or one.signature is None or one.reason not in (None, PARTIAL):
        return one
    name, signer = one.path.name, one.signature.signer or ""
    if (first := nonces.setdefault(one.certificate.predicate.nonce, name)) != name:
        return replace(one, reason=REPLAYED, detail=f"has the nonce of {first}")
    if one.reason is None and (first := signers.setdefault(signer, name)) != name:
        return replace(one, reason=AGAIN, detail=f"{signer} counts by {first}")
    return one


def summary(signers: list[str], machines: Iterable[str], judged: list[Judged]) -> str:
    """Return in a line by how many a record was rebuilt, what counts apart and what not at all."""
    if signers:
        said = f"rebuilt identically by {plural(len(signers), 'verifier')} ({', '.join(signers)})"
        said += f" on {plural(len(set(machines)), 'class', 'classes')} of machine"
    else:
        said = "no signed certificate says that all of this record was rebuilt identically"
    reasons = Counter(one.reason for one in judged if one.reason)
    reasons.pop(DIFFERENT, None)
    partial = reasons.pop(PARTIAL, 0)
    said += "".join(f"; {one}" for one in contradictions(judged))
    said += f"; apart: {partial} of a part of it" if partial else ""
    left = ", ".join(f"{number} {reason}" for reason, number in sorted(reasons.items()))
    return said + (f"; not counted: {left}" if left else "")


def contradictions(judged: Iterable[Judged]) -> list[str]:
    """Return a line for each verdict other than identical that known verifiers signed: as loud as the count."""
    found: dict[str, set[str]] = {}
    for one in judged:
        if one.reason == DIFFERENT and one.certificate and one.signature:
            found.setdefault(one.certificate.predicate.verdict, set()).add(one.signature.signer or "")
    return [f"{verdict} for {', '.join(sorted(names))}" for verdict, names in sorted(found.items())]


def plural(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def write_pages(judged: Judged, manifest: Manifest) -> None:
    """Write a certificate's pages, Markdown and HTML, into observed/certificates, unless it is refused."""
    if judged.certificate is None or judged.signature is None or judged.reason in REFUSED:
        return
    standing = f"{judged.reason}: {judged.detail}" if judged.reason else "counts as an independent rebuild"
    left_out = sorted(manifest["artefacts"].keys() - judged.certificate.predicate.artefacts.keys())
    made = pages(
        judged.certificate,
        path=judged.path.as_posix(),
        signature=judged.signature.detail,
        standing=standing,
        left_out=[] if judged.reason == FOREIGN else left_out,
    )
    for suffix, text in made.items():
        write_text(PAGES / f"{judged.path.stem}{suffix}", text)


def certified(result: Mapping[str, Any], sign_key: Path | None) -> str:
    """Certify a verification and return what to tell: what `pipeline verify --sign KEY` and `--certify` do."""
    path = certify(result, sign_key)
    found = judge(path, recorded())
    lines = [f"certificate {path}; {PAGES / path.stem}.html shows it; commit {FOLDER}/ to publish it"]
    if found.reason in (UNKNOWN, UNSIGNED):
        lines.append(f"it does not count yet: {found.detail}; see docs/certificates.md")
    return "\n".join(lines)


def certificates() -> dict[str, Any]:
    """Judge and count all certificates, and render their pages: what `pipeline verify --certificates` does."""
    manifest = recorded()
    shutil.rmtree(PAGES, ignore_errors=True)  # of certificates that are gone, or refused now
    judged = judge_all(manifest)
    for one in judged:
        write_pages(one, manifest)
    return counted(judged, manifest)


def render(found: Mapping[str, Any]) -> str:
    """Return the certificates of a record for a terminal, the count last."""
    lines = [f"{one['path']}: {one['reason'] or 'counts'}: {one['detail']}" for one in found["certificates"]]
    return "\n".join(printable(line) for line in (*lines, found["text"]))


def printable(line: str) -> str:
    """Return a line without what could steer a terminal: file names and certificates are not ours."""
    return "".join(letter if letter.isprintable() else "?" for letter in line)


def is_sound(found: Mapping[str, Any]) -> bool:
    """Tell whether no certificate was refused: none edited, forged, lying or unreadable."""
    return not any(one["reason"] in REFUSED for one in found["certificates"])
