"""All that can be checked of a study before anything runs; some of it asks the study's own models and data sets."""

import os
from collections import Counter
from pathlib import Path

from pipeline.base.design import check_design, contrasts
from pipeline.base.effect_claims import CLAIMED, effects_of, is_of_effects, key_of
from pipeline.base.errors import ParameterError, nearest
from pipeline.base.interim import check_claims, check_looks, looks_of
from pipeline.base.params import PARAMS, SeedLook, Study
from pipeline.science import measures
from pipeline.science.control_runs import check_controls
from pipeline.science.methods import check_methods
from pipeline.science.verdicts import required_seeds

SOURCE_HOME = "data/source"  # a dependency of dvc.yaml's first phase


def check(study: Study) -> None:
    """Raise ParameterError where a study is not valid."""
    check_design(study)
    check_methods(study)
    check_looks(study)
    check_claims(study)
    check_seed_counts(study)
    check_controls(study)
    check_metric(study)
    check_place_of_source(study)


def check_seed_counts(study: Study) -> None:
    """Raise ParameterError where so few seeds can never reach alpha, naming the number that can."""
    for look in looks_of(study):
        for name, family in study.families.items():
            size = 1 if family.is_one_claim else sum(contrast.family == name for contrast in contrasts(study))
            needed = required_seeds(size, look.alpha)
            if family.claim != "equivalence" and look.seeds < needed and not study.data.resampling:
                key = "seeds.looks" if study.seeds.looks else "seeds.final"
                problem = f"{look.seeds} seeds can never reach alpha {look.alpha} in the {size} contrasts of {name}"
                raise ParameterError(PARAMS, key, problem, f"state at least {needed} seeds")
        check_seeds_of_effects(study, look)


def check_seeds_of_effects(study: Study, look: SeedLook) -> None:
    """Raise ParameterError where so few seeds can never show an effect of components that is claimed."""
    orders = {key_of(effect): order for effect, order in effects_of(list(study.components), study.ablation).items()}
    for name, claim in (study.study.claims or {}).items():
        if not is_of_effects(claim) or CLAIMED[claim.family] == "negligible":
            continue
        tests = Counter(orders.values())[orders[claim.requires]]
        if look.seeds < (needed := required_seeds(tests, look.alpha)):
            problem = f"{look.seeds} seeds can never reach alpha {look.alpha}, {tests} effects being corrected together"
            raise ParameterError(PARAMS, f"study.claims.{name}", problem, f"state at least {needed} seeds")


def check_metric(study: Study) -> None:
    """Raise ParameterError for a metric there is not."""
    known = measures.names()
    if study.study.metric not in known:
        problem = f"nothing is named '{study.study.metric}'"
        raise ParameterError(PARAMS, "study.metric", problem, nearest(study.study.metric, known))


def check_place_of_source(study: Study) -> None:
    """Raise ParameterError where the raw file lies outside the folder that DVC watches for changes."""
    source = os.path.relpath(study.data.source or SOURCE_HOME)
    if not Path(source).is_relative_to(SOURCE_HOME):
        problem = f"lies outside {SOURCE_HOME}, so DVC would not see it change"
        raise ParameterError(PARAMS, "data.source", problem, f"keep the file in {SOURCE_HOME}/")
