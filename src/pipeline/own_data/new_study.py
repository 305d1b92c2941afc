"""A new study: data looked at, refused with a reason where they cannot be studied, else laid out to run as they are."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pipeline.base.errors import DataError
from pipeline.base.params import PARAMS
from pipeline.checks import SOURCE_HOME
from pipeline.own_data.laying import beside, lay, place_of
from pipeline.own_data.methods import methods_for
from pipeline.own_data.stating import params_yaml
from pipeline.science.datasets.table_file import SUFFIXES as TABLES
from pipeline.workflow import Workflow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.own_data.repeats import Repeats
    from pipeline.own_data.sizes import Budget
    from pipeline.own_data.source import Source

Duplicates = Literal["drop", "keep"]
Colour = Literal["grey", "rgb"]
ARRAYS = ".npz"
UNEVEN = 0.8  # the share of rows in one class from which accuracy misleads
COPIES = ("exact copies", "near copies")


@dataclass(frozen=True)
class Asked:
    """What a person says of data of their own: the label's column and others of a table, what images are brought to.

    `duplicates`: whether rows that repeat others, label and all, are dropped or kept; it must be said where there are
    any.
    """

    data: Path
    target: str | None = None
    nominal: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    size: str | None = None
    colour: Colour | None = None
    duplicates: Duplicates | None = None
    seeds: int = 10


@dataclass(frozen=True)
class Rows:
    """Rows as the study will read them: x [n, ...], labels y [n], and what is said of a table's columns."""

    x: "NDArray[Any]"
    y: "NDArray[np.int64]"
    described: Mapping[str, Any]

    @property
    def nominal(self) -> list[int]:
        """Return which columns hold codes."""
        return [at for at, column in enumerate(self.described.get("columns", ())) if column["kind"] == "nominal"]


def new_study(name: str, asked: Asked, dry: bool = False) -> dict[str, Any]:
    """Write studies/<name> for data of one's own, nothing where `dry`; return the data's profile and what was chosen.

    Raises PipelineError, with nothing written, where the data cannot be studied or the name cannot be taken.
    """
    place = place_of(name)
    source = opened(asked)
    with beside(place) as folder:
        rows, found = copied(source, folder, asked)
        chosen, known, probed = judged(source, rows, asked)
        stated = {"name": source.dataset, "source": f"{SOURCE_HOME}/{source.file}", **source.options}
        stated |= {"sha256": digest_of(rows), **({"known_duplicates": known} if known else {})}
        dropped = found.exact if asked.duplicates == "drop" else 0
        lay(folder, params_yaml(name, source, chosen, stated, methods_for(source), dropped))
        Workflow.load(folder / PARAMS)
        if not dry:
            folder.rename(place)
    told = {"study": place.as_posix(), "written": not dry, "probes": probed, "chosen": asdict(chosen)}
    return {**told, **profile(source, rows, found, asked.duplicates)}


def copied(source: "Source", folder: Path, asked: Asked) -> "tuple[Rows, Repeats]":
    """Copy the data into a study's folder; return its rows and how they repeat each other, before any was dropped."""
    from pipeline.own_data.repeats import repeats

    copy = folder / SOURCE_HOME / source.file
    copy.parent.mkdir(parents=True)
    source.write(copy, None)
    rows = loaded(source, copy)
    found = repeats(rows.x, rows.y)
    if found.exact and asked.duplicates is None:
        problem = f"{found.exact} rows repeat others, label and all, and could lie in two splits at once"
        drop, keep = "--duplicates drop (one thing noted twice)", "--duplicates keep (different things that look alike)"
        raise DataError(f"{asked.data}: {problem}; state {drop} or {keep}")
    if found.exact and asked.duplicates == "drop":
        source.write(copy, found.kept)
        rows = loaded(source, copy)
    return rows, found


def judged(source: "Source", rows: Rows, asked: Asked) -> "tuple[Budget, int, list[dict[str, Any]]]":
    """Return the sizes of the study, how many rows of one split are copies of another's, and what all probes found.

    Raises DataError where the rows do not suffice, or one feature gives the label away.
    """
    from pipeline.own_data.sizes import budget
    from pipeline.science.probes import Known, probes
    from pipeline.science.splits import Sizes, split

    chosen = budget(str(asked.data), rows.y, source.classes, asked.seeds)
    sizes = Sizes(train=chosen.train, validation=chosen.validation, held_out=chosen.held_out)
    splits = split(len(rows.y), len(rows.y), sizes, chosen.study_seed)
    found = probes(rows.x, rows.y, splits, Known(len(rows.y) ** 2, []), rows.nominal)
    for probe in found:
        if probe["outcome"] == "leak":
            raise DataError(f"{asked.data}: {named(probe['detail'], rows)}")
    return chosen, int(sum(probe["value"] for probe in found if probe["probe"] in COPIES)), found


def named(detail: str, rows: Rows) -> str:
    """Return what a probe says of a leak with the name of the column, or the place of the point, that it numbers."""
    import numpy as np

    detail = detail.partition(", or state data.known_giveaways")[0]
    columns = rows.described.get("columns", ())
    for at, column in enumerate(columns):
        if detail.startswith(f"feature {at} "):
            detail = detail.replace(f"feature {at} ", f"column '{column['name']}' ", 1)
            return detail.replace("remove it", f"leave it out (--drop '{column['name']}')")
    if (found := re.match(r"feature (\d+) (.*); remove it", detail)) and rows.x.ndim > 2:
        *_, row, column = np.unravel_index(int(found[1]), rows.x.shape[1:])
        remedy = "if a mark, a frame or the light goes with the class, crop it away or even it out"
        return f"one point (row {row}, column {column}, from 0) {found[2]}; {remedy}"
    return detail


def opened(asked: Asked) -> "Source":
    """Return data of one's own as what they are; raise DataError where they are of no kind that is known."""
    from pipeline.own_data.arrays import open_arrays
    from pipeline.own_data.images import open_images
    from pipeline.own_data.tables import open_table

    data, suffix = asked.data, asked.data.suffix.lower()
    if not data.exists():
        raise DataError(f"{data}: is missing; correct the path")
    refuse_file_name(data)
    kind = "images" if data.is_dir() else "table" if suffix in TABLES else "arrays" if suffix == ARRAYS else None
    if kind is None:
        known = ", ".join((*TABLES, ARRAYS))
        raise DataError(f"{data}: is none of {known} and no folder of images; convert it to one of these")
    refuse_foreign_options(asked, kind)
    if kind == "images":
        return open_images(data, asked.size, asked.colour)
    return open_arrays(data) if kind == "arrays" else open_table(data, asked.target, asked.nominal, asked.drop)


def refuse_file_name(data: Path) -> None:
    """Raise DataError for the name of a file that rules and parameters could not state."""
    if data.is_dir():
        return
    if "{" in data.name or "}" in data.name or not data.name.isprintable():
        raise DataError(f"{data.name!r}: has braces or unprintable characters in its name; rename it")


def refuse_foreign_options(asked: Asked, kind: str) -> None:
    """Raise DataError for an option that says nothing of data of this kind."""
    of_tables = {"--target": asked.target, "--nominal": asked.nominal, "--drop": asked.drop}
    of_images = {"--size": asked.size, "--colour": asked.colour}
    foreign = {**({} if kind == "table" else of_tables), **({} if kind == "images" else of_images)}
    labels = {"images": "the label of an image is its folder", "arrays": "the labels are y", "table": "it has columns"}
    for option, value in foreign.items():
        if value:
            raise DataError(f"{option}: {asked.data} holds {kind}, of which {labels[kind]}; leave it out")


def loaded(source: "Source", copy: Path) -> Rows:
    """Return the rows of a copy as the study will read them."""
    from pipeline.science.methods import dataset
    from pipeline.science.table import in_parts

    return Rows(*in_parts(dataset(source.dataset).load(0, copy, **source.options)))


def digest_of(rows: Rows) -> str:
    """Return the digest that params.yaml pins."""
    from pipeline.science.datasets import digest

    return digest(rows.x, rows.y, rows.described)


def profile(source: "Source", rows: Rows, found: "Repeats", duplicates: Duplicates | None) -> dict[str, Any]:
    """Return what the data are: kind, shape, columns, classes, and rows that repeat others."""
    import numpy as np

    counts = np.bincount(rows.y, minlength=len(source.classes)).tolist()
    notes = [*source.notes, *of_classes(source.classes, counts)]
    counted = {key: value for key, value in asdict(found).items() if key != "kept"}
    return {
        "data": {"kind": source.kind, "rows": len(rows.y), "features": list(rows.x.shape[1:]), "notes": notes},
        "columns": [asdict(column) for column in source.columns],
        "classes": dict(zip(source.classes, counts, strict=True)),
        "repeats": {**counted, "dropped": bool(found.exact) and duplicates == "drop"},
    }


def of_classes(names: list[str], counts: list[int]) -> list[str]:
    """Return what to look at in the classes: one that most rows have, names that differ in capitals only."""
    from pipeline.own_data.table_columns import alike_but_for_case

    share, most = max(counts) / sum(counts), names[counts.index(max(counts))]
    said = f"{100 * share:.0f} % of rows are of class '{most}': accuracy says little of the others"
    notes = [f"{said}; study.metric: balanced_accuracy weighs all classes alike"] if share >= UNEVEN else []
    alike = alike_but_for_case(names)
    return notes + ([f"classes {alike} differ in case only: spell them alike, if they are one"] if alike else [])
