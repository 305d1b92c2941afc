"""What a tracker is shown of a study: plain values, each from a file whose digest a true receipt names."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DataShown:
    """Rows that a run was trained or judged on; `digest` is the sha256 of the artefact's content."""

    name: str
    context: str  # training | held_out
    artefact: str
    digest: str


@dataclass(frozen=True)
class RunShown:
    """One run: a variant and a seed. `key` follows from its receipts: the same key, the same content.

    `curve` is {step: {metric: value}}; `digests` are {path: sha256} of every file, receipts included; `weights` is the
    (file, sha256) of the model; `times` are (start, end) as observed [s since 1970], None where nobody noted them.
    `receipts` are {path: content}.
    """

    name: str
    variant: str
    role: str
    key: str
    seed: int | None
    tags: dict[str, str]
    parameters: dict[str, str]
    metrics: dict[str, float]
    curve: dict[int, dict[str, float]]
    digests: dict[str, str]
    receipts: dict[str, bytes]
    weights: tuple[str, str]
    data: tuple[DataShown, ...]
    times: tuple[float, float] | None


@dataclass(frozen=True)
class StudyShown:
    """A study: its statistics and conclusions where its analysis is true, and its true runs.

    `left_out` is {artefact: why} of all that the graph calls for and that is not true; `files` are {path: content} of
    what is sent along: all is read at one time, since files may change while a tracker is sent to.
    """

    title: str
    key: str
    about: str
    tags: dict[str, str]
    parameters: dict[str, str]
    metrics: dict[str, float]
    digests: dict[str, str]
    files: dict[str, bytes]
    runs: tuple[RunShown, ...]
    left_out: dict[str, str]
