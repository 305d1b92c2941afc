"""The design a study compiles to: its variants, its runs, its contrasts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.base.ablation import check_ablation, overrides_of, switched_off
from pipeline.base.data_sizes import TRAINING_ROWS, check_sizes, sizes
from pipeline.base.errors import ParameterError, nearest
from pipeline.base.params import PARAMS, Family, Settings, Study
from pipeline.base.randomness import check_randomness
from pipeline.base.replication import check_replication
from pipeline.base.resampling import check_resampling

FULL = "full"
Role = Literal["method", "ablation", "extra", "data_size", "baseline"]


@dataclass(frozen=True)
class Variant:
    """One configuration: the method or a baseline, with overrides, under the hyper-parameters selected for `method`.

    `base` is the method whose settings it overrides: itself where it is one. `off` names components that are off.
    """

    name: str
    role: Role
    method: str
    settings: Settings
    overrides: Settings
    base: str = FULL
    off: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contrast:
    """The full method against one variant, within a family."""

    family: str
    variant: str
    claim: Literal["superiority", "equivalence", "superiority_to_every"]


def stated_variants(study: Study) -> Iterator[Variant]:
    """Yield the full method, the ablations compiled from its components, extras, baselines, and data sizes."""
    yield Variant(FULL, "method", FULL, study.method, {})
    for name, off in switched_off(list(study.components), study.ablation):
        yield overriding(study, name, "ablation", overrides_of(study, off), off=off)
    for name, overrides in study.variants.items():
        yield overriding(study, name, "extra", overrides)
    for name, settings in study.baselines.items():
        yield Variant(name, "baseline", name, settings, {}, name)
    for name, base, rows in sizes(study, [FULL, *study.baselines]):
        yield overriding(study, name, "data_size", {TRAINING_ROWS: rows}, base)


def overriding(
    study: Study, name: str, role: Role, overrides: Settings, base: str = FULL, off: tuple[str, ...] = ()
) -> Variant:
    """Return a variant that overrides settings of a method, under that method's choice, or its own where retuned."""
    settings = study.method if base == FULL else study.baselines[base]
    method = name if study.search.retune else base
    return Variant(name, role, method, {**settings, **overrides}, overrides, base, off)


def stated_variant(study: Study, name: str) -> Variant | None:
    """Return one variant of a study whose design was checked, None where there is none; the others are not built."""
    if name == FULL:
        return Variant(FULL, "method", FULL, study.method, {})
    if name in study.baselines:
        return Variant(name, "baseline", name, study.baselines[name], {}, name)
    if name in study.variants:
        return overriding(study, name, "extra", study.variants[name])
    if found := next((off for each, off in switched_off(list(study.components), study.ablation) if each == name), None):
        return overriding(study, name, "ablation", overrides_of(study, found), off=found)
    sized = next((each for each in sizes(study, [FULL, *study.baselines]) if each[0] == name), None)
    return overriding(study, name, "data_size", {TRAINING_ROWS: sized[2]}, sized[1]) if sized else None


def variants(study: Study) -> dict[str, Variant]:
    """Return every variant by name; raise ParameterError where two share one or an override changes nothing."""
    found: dict[str, Variant] = {}
    for variant in stated_variants(study):
        if variant.name in found:
            raise ParameterError(PARAMS, variant.name, "names two variants", "rename one of them")
        refuse_empty(variant, study)
        found[variant.name] = variant
    return found


def refuse_empty(variant: Variant, study: Study) -> None:
    """Raise ParameterError where a variant of the method overrides nothing."""
    if variant.role not in ("ablation", "extra") or len(variant.off) > 1:
        return  # where several components are off, each was looked at by itself
    key = f"components.{variant.off[0]}" if variant.role == "ablation" else f"variants.{variant.name}"
    if not variant.overrides:
        raise ParameterError(PARAMS, key, "overrides nothing", "state what differs from method, or remove it")
    for setting, value in variant.overrides.items():
        if setting in study.method and study.method[setting] == value:
            raise ParameterError(
                PARAMS,
                f"{key}.{setting}",
                f"overrides nothing: method has {value!r} too",
                "state another value",
            )


def methods(study: Study) -> list[str]:
    """Return what is selected: the full method, then each baseline; where variants are retuned, those too."""
    tuned = [variant.name for variant in stated_variants(study) if variant.name == variant.method]
    return [FULL, *study.baselines, *(name for name in tuned if name != FULL and name not in study.baselines)]


def space_key(method: str) -> str:
    """Return the key of a method's search space under search.spaces."""
    return "method" if method == FULL else method


def space_of(study: Study, variant: Variant) -> dict[str, dict[str, Any]]:
    """Return what is searched for a variant: its method's space, less what a retuned variant overrides."""
    space = study.search.spaces[space_key(variant.base)]
    return {name: drawn for name, drawn in space.items() if not (study.search.retune and name in variant.overrides)}


def members(study: Study, family: Family) -> list[str]:
    """Return the variants a family contrasts the full method against."""
    if family.against == "components":
        return [name for name, _ in switched_off(list(study.components), study.ablation)]
    if family.against == "baselines":
        return list(study.baselines)
    return list(family.against)


def contrasts(study: Study) -> list[Contrast]:
    """Return every contrast; raise ParameterError where one names no variant."""
    known = variants(study)
    found = []
    for name, family in study.families.items():
        for member in members(study, family):
            if member not in known or member == FULL:
                key = f"families.{name}.against"
                raise ParameterError(
                    PARAMS, key, f"no variant is named '{member}'", nearest(member, set(known) - {FULL})
                )
            found.append(Contrast(name, member, family.claim))
    return found


def check_design(study: Study) -> None:
    """Raise ParameterError for a design that contradicts itself."""
    check_ablation(study)
    check_sizes(study)
    check_families(study)
    check_randomness(study)
    check_resampling(study)
    check_replication(study, set(variants(study)))
    contrasts(study)
    check_seeds(study)
    check_spaces(study)


def check_families(study: Study) -> None:
    """There is a contrast, and each family makes one or more, each once."""
    if not study.families and study.randomness is None:
        raise ParameterError(PARAMS, "families", "states no contrast", "state what the method is contrasted with")
    for name, family in study.families.items():
        named = members(study, family)
        if not named:
            problem, remedy = "contrasts nothing", "name a variant, or remove the family"
            raise ParameterError(PARAMS, f"families.{name}.against", problem, remedy)
        if len(set(named)) < len(named):
            raise ParameterError(PARAMS, f"families.{name}.against", "names a variant twice", "name each once")


def check_seeds(study: Study) -> None:
    """Selection and final seeds are disjoint and each is stated once."""
    seeds = study.seeds
    for key, values in (("seeds.selection", seeds.selection), ("seeds.final", seeds.final)):
        if len(set(values)) < len(values):
            raise ParameterError(PARAMS, key, "states a seed twice", "state each seed once")
    if shared := sorted(set(seeds.selection) & set(seeds.final)):
        problem = f"shares {', '.join(map(str, shared))} with seeds.selection"
        raise ParameterError(PARAMS, "seeds.final", problem, "final seeds must not have been used to select")


def check_spaces(study: Study) -> None:
    """Every method has a search space, and a setting is either fixed or searched, never both.

    Nothing is searched where the validation rows are training rows.
    """
    if study.data.validation_within_training and any(study.search.spaces.values()):
        problem = "is stated, and hyper-parameters are searched: those that learn rows by heart would be chosen"
        raise ParameterError(PARAMS, "data.validation_within_training", problem, "search nothing, or remove it")
    wanted = {space_key(method) for method in (FULL, *study.baselines)}
    for name in study.search.spaces:
        if name not in wanted:
            raise ParameterError(PARAMS, f"search.spaces.{name}", "names no method", nearest(name, wanted))
    for variant in variants(study).values():
        key = space_key(variant.base)
        if key not in study.search.spaces:
            raise ParameterError(
                PARAMS, f"search.spaces.{key}", "is missing", "state what is searched, or {} for nothing"
            )
        if both := sorted(set(variant.settings) & set(space_of(study, variant))):
            problem = f"is fixed in {variant.name} and searched too"
            raise ParameterError(PARAMS, f"search.spaces.{key}.{both[0]}", problem, "keep one of the two")
