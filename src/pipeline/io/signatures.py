"""Detached signatures by SSH keys, made and checked by ssh-keygen (OpenSSH's PROTOCOL.sshsig).

Whose keys count stands in an allowed_signers file (`man ssh-keygen`, ALLOWED SIGNERS). The namespace keeps a
signature that was made for anything else, a commit or a mail, from passing for one of ours.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.base.errors import CertificateError

NAMESPACE = "believable-certificate"
FINGERPRINT = re.compile(r"with \S+ key (SHA256:\S+)")
State = Literal["good", "unsigned", "unknown signer", "bad"]


@dataclass(frozen=True)
class Signature:
    """What a signature is worth; `signer` is the name that allowed_signers gives the key, `key` its fingerprint."""

    state: State
    detail: str
    signer: str | None = None
    key: str | None = None


def sign(content: bytes, key: Path) -> bytes:
    """Return an armoured signature; raise CertificateError where the key cannot sign.

    `key` is a private key, or a public one whose private half an agent holds. A passphrase is asked for on the
    terminal. The signature holds the public key, not its comment.
    """
    if not key.is_file():
        raise CertificateError(f"{key}: is no file; name a key of ssh-keygen, such as ~/.ssh/id_ed25519")
    done = ssh_keygen("sign", content, "-f", str(key))
    if done.returncode or not done.stdout.startswith(b"-----BEGIN SSH SIGNATURE-----"):
        raise CertificateError(f"{key}: cannot sign ({last_line(done)}); name a key of ssh-keygen")
    return done.stdout


def examine(content: bytes, signature: Path, allowed: Path) -> Signature:
    """Return what a signature file is worth for some bytes; raise CertificateError where there is no ssh-keygen."""
    if not signature.is_file():
        return Signature("unsigned", "there is no signature: nobody stands for it")
    proper = ssh_keygen("check-novalidate", content, "-s", str(signature))
    found = FINGERPRINT.search(proper.stdout.decode(errors="replace"))
    if proper.returncode or found is None:
        return Signature("bad", f"the signature is not of these bytes ({last_line(proper)})")
    key = found[1]
    if not allowed.is_file():
        return Signature("unknown signer", f"{key}: there is no {allowed}", key=key)
    named = ssh_keygen("find-principals", b"", "-s", str(signature), "-f", str(allowed))
    if named.returncode:
        return Signature("unknown signer", f"{key} is not in {allowed}", key=key)
    signer = named.stdout.decode(errors="replace").splitlines()[0].split(",")[0]
    valid = ssh_keygen("verify", content, "-s", str(signature), "-f", str(allowed), "-I", signer)
    if valid.returncode:
        return Signature("unknown signer", f"{key}: {allowed} does not let it sign this ({last_line(valid)})", key=key)
    return Signature("good", f"signed by {signer}, {key}", signer, key)


def ssh_keygen(operation: str, content: bytes, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """Run one operation of `ssh-keygen -Y` on some bytes; raise CertificateError where it is not installed."""
    command = ["ssh-keygen", "-Y", operation, *arguments]
    if operation != "find-principals":
        command += ["-n", NAMESPACE]
    try:
        return subprocess.run(command, input=content, capture_output=True, check=False)
    except OSError as error:
        raise CertificateError(f"ssh-keygen: cannot be run ({error.strerror}); install OpenSSH 8.2 or newer") from None


def last_line(done: "subprocess.CompletedProcess[bytes]") -> str:
    """Return the last line that a failed command wrote."""
    said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
    return said[-1] if said else "without a word"
