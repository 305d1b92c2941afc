"""A certificate for people, in Markdown and in HTML: what was rebuilt, where, and what that does not show."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline.base.canonical import compact_json
from pipeline.io.certificates import Certificate
from pipeline.io.machine import class_digest
from pipeline.io.receipts import wildcard_regex
from pipeline.io.signatures import NAMESPACE
from pipeline.observing import STYLE
from pipeline.study_code import STAGES

TEMPLATES = {".md": "certificate.md.j2", ".html": "certificate.html.j2"}
SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~>&<-])")
ALWAYS = (
    "It tells of one rebuild on one machine; on another class of machine the last bits may differ.",
    "It does not tell that the study is right: a mistake in the code is rebuilt as faithfully as anything else.",
    "A signature tells who stands for it; that they did the work is for the reader to believe.",
)


def pages(certificate: Certificate, path: str, signature: str, standing: str, left_out: list[str]) -> dict[str, str]:
    """Return {suffix: text} of a certificate's pages.

    `path` is where it lies, `signature` and `standing` are lines on what it is worth here, `left_out` are recorded
    artefacts that it does not speak of.
    """
    said = certificate.predicate
    shown = {
        "said": said,
        "files": len(certificate.subject),
        "signature": signature,
        "standing": standing,
        "machine": class_digest(said.machine),
        "limits": [*limits(certificate, left_out), *ALWAYS],
        "steps": by_step(certificate),
        "others": {home: about for home, about in said.artefacts.items() if about.verdict != "identical"},
        "first": {key: compact_json(value) for key, value in (said.first_difference or {}).items()},
        "command": command(path),
        "style": STYLE,
    }
    return {suffix: rendered(name, shown) for suffix, name in TEMPLATES.items()}


def rendered(name: str, shown: dict[str, Any]) -> str:
    """Return a template filled in, every value escaped for its language."""
    from jinja2 import Environment

    is_html = name.endswith(".html.j2")
    environment = Environment(
        autoescape=is_html, finalize=None if is_html else escaped, trim_blocks=True, keep_trailing_newline=True
    )
    source = Path(__file__).parent / name
    return environment.from_string(source.read_text(encoding="utf-8")).render(**shown)


def escaped(value: Any) -> str:
    """Return a value as plain text in Markdown, on one line; one that a template marks as safe as it is."""
    if hasattr(value, "__html__"):
        return str(value)
    return SPECIAL.sub(r"\\\1", " ".join(str(value).split()))


def limits(certificate: Certificate, left_out: list[str]) -> list[str]:
    """Return what this certificate does not cover."""
    said = certificate.predicate
    covered, claims = said.scope.claims_covered
    found = []
    if covered < claims:
        found.append(f"{claims - covered} of the study's {claims} claims rest on what was not rebuilt.")
    if left_out:
        found.append(f"{len(left_out)} recorded artefacts were not rebuilt, {left_out[0]} among them.")
    if said.scope.choices != "rebuilt":
        found.append("Hyper-parameters were taken as recorded, not selected anew.")
    return found + [f"The environment differed: {line}" for line in said.environment.differences]


def by_step(certificate: Certificate) -> dict[str, dict[str, int]]:
    """Return {step: {verdict: number of artefacts}}, in the order of the graph."""
    found: dict[str, Counter[str]] = {}
    for home, about in certificate.predicate.artefacts.items():
        found.setdefault(step_of(home), Counter())[about.verdict] += 1
    order = [*STAGES, "other"]
    return {step: dict(found[step]) for step in sorted(found, key=order.index)}


def step_of(home: str) -> str:
    """Return the step that makes an artefact."""
    homes = {name: wildcard_regex(stage.HOME) for name, stage in STAGES.items()}
    return next((name for name, pattern in homes.items() if re.fullmatch(pattern, home)), "other")


def command(path: str) -> str:
    """Return the shell command that checks a certificate's signature, from the folder of the study."""
    allowed = f"{Path(path).parent.as_posix()}/allowed_signers"
    signer = f'"$(ssh-keygen -Y find-principals -s {path}.sig -f {allowed})"'
    return f"ssh-keygen -Y verify -n {NAMESPACE} -f {allowed} -I {signer} -s {path}.sig < {path}"
