"""What the analysis is told of a study: its claims, and what was compiled from it."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from pipeline.base.ablation import switched_off
from pipeline.base.data_sizes import TRAINING_ROWS
from pipeline.base.design import Role, Variant, members, methods, variants
from pipeline.base.params import Ablation, Frozen, Study, is_unset
from pipeline.base.randomness import cells
from pipeline.science.methods import Seeding, varies


class VariantFacts(Frozen):
    """What the tables say of a variant beside its scores; its rows and base where it differs in the rows alone."""

    name: str
    role: Role
    method: str
    overrides: dict[str, Any]
    seed_varies: str
    base: Annotated[str | None, Field(exclude_if=is_unset)] = None
    training_rows: Annotated[int | None, Field(exclude_if=is_unset)] = None


class FamilyFacts(Frozen):
    """A family of contrasts, its members spelled out."""

    claim: Literal["superiority", "equivalence", "superiority_to_every"]
    correction: str
    members: list[str]


class Components(Frozen):
    """Which variants were compiled from the components, other than one left out at a time; what is off in each."""

    design: Ablation
    off: dict[str, list[str]]


class Params(Frozen):
    """The study as it is told to the analysis; `plan` is the digest of the plan it matches, or None.

    `cells` are, by seed, the values of the streams that a crossed design varies; `deviations` how the study departs
    from what held-out was opened under, None where it does not.
    """

    claim: dict[str, Any]
    data: dict[str, Any]
    compute: dict[str, Any]
    method: dict[str, Any]
    components: dict[str, Any]
    seeds: dict[str, Any]
    search: dict[str, Any]
    variants: list[VariantFacts]
    families: dict[str, FamilyFacts]
    plan: str | None
    replication: dict[str, Any] = Field(default_factory=dict, exclude_if=lambda stated: not stated)
    cells: dict[str, dict[str, int]] = Field(default_factory=dict, exclude_if=lambda stated: not stated)
    ablation: Annotated[Components | None, Field(exclude_if=is_unset)] = None
    deviations: Annotated[dict[str, Any] | None, Field(exclude_if=is_unset)] = None


def parameters(
    study: Study,
    values: Mapping[str, str],  # noqa: ARG001
    plan: str | None = None,
    deviations: dict[str, Any] | None = None,
    seeding: Seeding | None = None,
) -> Params:
    """Return what the analysis is told."""
    facts = [facts_of(variant, varies(study, variant, seeding)) for variant in variants(study).values()]
    return Params(
        claim=study.study.model_dump(),
        data=study.data.model_dump(),
        compute=study.compute.model_dump(),
        method=study.method,
        components=study.components,
        seeds=study.seeds.model_dump(),
        search={**study.search.model_dump(), "methods": methods(study)},
        variants=facts,
        families={
            name: FamilyFacts(claim=family.claim, correction=family.correction, members=members(study, family))
            for name, family in study.families.items()
        },
        plan=plan,
        replication={name: row.model_dump() for name, row in study.replication.items()},
        cells=varied(study),
        ablation=components_of(study),
        deviations=deviations,
    )


def varied(study: Study) -> dict[str, dict[str, int]]:
    """Return the values of the streams that a crossed design varies, by seed."""
    streams = study.randomness.levels if study.randomness else {}
    return {
        str(seed): {stream: value for stream, value in cell.items() if stream in streams}
        for seed, cell in cells(study).items()
    }


def facts_of(variant: Variant, varied: str) -> VariantFacts:
    """Return what the tables say of a variant; `varied` is what differs from run to run of it."""
    sized = list(variant.overrides) == [TRAINING_ROWS]
    return VariantFacts(
        name=variant.name,
        role=variant.role,
        method=variant.method,
        overrides=variant.overrides,
        seed_varies=varied,
        base=variant.base if sized else None,
        training_rows=variant.overrides[TRAINING_ROWS] if sized else None,
    )


def components_of(study: Study) -> Components | None:
    """Return what is off in each variant of a compiled ablation; None where components are left out one at a time."""
    if study.ablation == "leave_one_out":
        return None
    off = {name: list(out) for name, out in switched_off(list(study.components), study.ablation)}
    return Components(design=study.ablation, off=off)
