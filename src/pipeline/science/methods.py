"""From a variant to the typed settings of its model, and to the runs it takes."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel, ValidationError

from pipeline.base.data_sizes import TRAINING_ROWS, check_rows, model_settings
from pipeline.base.design import FULL, Variant, space_key, space_of, variants
from pipeline.base.errors import ParameterError, nearest
from pipeline.base.params import PARAMS, Study, explained
from pipeline.base.resampling import ROWS_VARY, fewest_training_rows
from pipeline.science import datasets, models
from pipeline.science.models import reads_tables
from pipeline.science.settings import Program, Training
from pipeline.science.spaces import parse_space

FIXED = "fixed"
Seeding = Mapping[str, str]  # what a seed varies in each model, for a process that imports none


@dataclass(frozen=True)
class Run:
    """One trained variant and seed; `seed` is None for a model that ignores it and is trained once."""

    variant: str
    seed: int | None

    @property
    def replicate(self) -> str:
        """Return the last part of the run's name: seed-200, or fixed."""
        return FIXED if self.seed is None else f"seed-{self.seed}"

    def __str__(self) -> str:
        return f"{self.variant}/{self.replicate}"


def seed_of(replicate: str) -> int | None:
    """Return the seed that a run's name states, None where it is fixed."""
    return None if replicate == FIXED else int(replicate.removeprefix("seed-"))


def named(package: ModuleType, name: str, key: str) -> ModuleType:
    """Import a module of a package by the name params.yaml gives; raise ParameterError for an unknown one."""
    if importlib.util.find_spec(f"{package.__name__}.{name}") is None:
        known = [module.name for module in pkgutil.iter_modules(package.__path__)]
        raise ParameterError(PARAMS, key, f"nothing is named '{name}'", nearest(name, known))
    return importlib.import_module(f"{package.__name__}.{name}")


def dataset(name: str) -> ModuleType:
    """Return the module of a data set by name."""
    return named(datasets, name, "data.name")


def published_training_rows(name: str, rows: int) -> int:
    """Return how many of a data set's rows, which come first, were published for training; all without a test set."""
    return int(getattr(dataset(name), "PUBLISHED_TRAIN", rows))


def from_file(name: str) -> bool:
    """Tell whether a data set is read from the file that data.source names."""
    return bool(getattr(dataset(name), "FROM_FILE", False))


def source_files(name: str, source: str | None, study: Path = Path()) -> list[str]:
    """Return the raw files that data.source names: itself, or where a data set has several those in that folder.

    Of those a gzipped one, by the name it was published under with .gz, comes before one that is not. Paths are
    relative to the study's folder.
    """
    published = getattr(dataset(name), "FILES", None)
    if source is None or published is None:
        return [source] if source else []
    spelled = [[f"{source}/{file}.gz", f"{source}/{file}"] for file in published]
    return [next((path for path in paths if (study / path).is_file()), paths[0]) for paths in spelled]


def model_of(variant: Variant) -> ModuleType:
    """Return the module of a variant's model."""
    name = variant.settings.get("model")
    if not isinstance(name, str):
        raise ParameterError(PARAMS, f"{stated_at(variant, 'model')}", "is missing", "name a file of science/models")
    return named(models, name, stated_at(variant, "model"))


def settings_of(variant: Variant, hyperparameters: dict[str, Any]) -> BaseModel:
    """Return a variant's typed settings under chosen hyper-parameters; raise ParameterError naming the key."""
    module = model_of(variant)
    stated = {**model_settings(variant.settings), **hyperparameters}
    try:
        settings: BaseModel = module.Settings.model_validate(stated)
    except ValidationError as error:
        first = error.errors()[0]
        setting = str(first["loc"][0]) if first["loc"] else "model"
        searched = f"search.spaces.{space_key(variant.base)}.{setting}"
        key = searched if setting in hyperparameters else stated_at(variant, setting)
        raise ParameterError(PARAMS, key, *explained(module.Settings, dict(first))) from None
    return settings


def stated_at(variant: Variant, setting: str) -> str:
    """Return the key under which params.yaml states a variant's setting."""
    if setting not in variant.overrides:
        return f"method.{setting}" if variant.base == FULL else f"baselines.{variant.base}.{setting}"
    if variant.role == "data_size":
        return "data_efficiency"
    if variant.role == "extra":
        return f"variants.{variant.name}.{setting}"
    return f"components.{variant.off[0] if len(variant.off) == 1 else '*'}.{setting}"


def seed_varies(variant: Variant, seeding: Seeding | None = None) -> str:
    """Return what a seed varies in a variant's model, empty where it ignores it; asked of the model if not told."""
    return str(model_of(variant).SEED_VARIES) if seeding is None else seeding[str(variant.settings["model"])]


def seeding_of(study: Study) -> dict[str, str]:
    """Return what a seed varies in each model of a study."""
    return {str(variant.settings["model"]): seed_varies(variant) for variant in variants(study).values()}


def has_seeds(study: Study, variant: Variant, seeding: Seeding | None = None) -> bool:
    """Tell whether a variant has a run for every final seed: its model varies with it, or its rows do."""
    return bool(seed_varies(variant, seeding)) or study.data.resampling is not None


def varies(study: Study, variant: Variant, seeding: Seeding | None = None) -> str:
    """Return what differs from one final run of a variant to the next, empty where it is trained once."""
    rows = [ROWS_VARY] if study.data.resampling else []
    return ", ".join([*rows, *filter(None, [seed_varies(variant, seeding)])])


def runs(study: Study, seeding: Seeding | None = None) -> list[Run]:
    """Return the final runs, variant by variant."""
    return [
        Run(variant.name, seed)
        for variant in variants(study).values()
        for seed in (study.seeds.final if has_seeds(study, variant, seeding) else [None])
    ]


def has_run(study: Study, variant: Variant, replicate: str, seeding: Seeding | None = None) -> bool:
    """Tell whether a variant has a final run of this name, without listing all runs."""
    if not has_seeds(study, variant, seeding):
        return replicate == FIXED
    try:
        seed = int(replicate.removeprefix("seed-"))
    except ValueError:
        return False
    return replicate == Run(variant.name, seed).replicate and seed in study.seeds.final


def check_methods(study: Study) -> None:
    """Raise ParameterError where a data set, model, setting or search space is not one there is."""
    check_source(study)
    check_columns(study)
    check_tables(study)
    check_streams(study)
    found = variants(study)
    for method in (FULL, *study.baselines):
        key = f"search.spaces.{space_key(method)}"
        fields = model_of(found[method]).Settings.model_fields
        space = study.search.spaces[space_key(method)]
        for name in space:
            if name not in fields:
                raise ParameterError(PARAMS, f"{key}.{name}", "is no setting of the model", nearest(name, fields))
        try:
            parse_space(space)
        except ValueError as error:
            name, _, problem = str(error).partition(": ")
            raise ParameterError(PARAMS, f"{key}.{name}", problem, "correct the range") from None
    for variant in found.values():
        for hyperparameters in extremes(study, variant):
            settings = settings_of(variant, hyperparameters)
            check_training_rows(variant, settings, study.data.train)
            check_rows_of_folds(study, variant, settings)


def check_training_rows(variant: Variant, settings: BaseModel, most: int) -> None:
    """Raise ParameterError where a variant's training rows are none there are, or fewer than a batch."""
    rows = variant.settings.get(TRAINING_ROWS, most)
    key = stated_at(variant, TRAINING_ROWS)
    check_rows(rows, most, key)
    if rows < (batch := getattr(settings, "batch_size", 1)) and TRAINING_ROWS in variant.settings:
        problem = f"{rows} training rows of {variant.name} are fewer than its batch of {batch}"
        raise ParameterError(PARAMS, key, problem, "state more rows, or a smaller batch_size")


def check_rows_of_folds(study: Study, variant: Variant, settings: BaseModel) -> None:
    """Raise ParameterError where the fold that trains a variant on the fewest rows has fewer than a batch."""
    if study.data.resampling is None:
        return
    rows = fewest_training_rows(study.data.held_out, study.data.resampling)
    if rows < (batch := getattr(settings, "batch_size", 1)):
        problem = f"a fold trains {variant.name} on {rows} rows, fewer than its batch of {batch}"
        raise ParameterError(PARAMS, "data.resampling", problem, "state more rows of data.held_out, or a smaller batch")


def check_streams(study: Study) -> None:
    """Raise ParameterError where a crossed design has a model that draws from its run's seed alone."""
    for variant in variants(study).values() if study.randomness else ():
        if seed_varies(variant) and not issubclass(model_of(variant).Settings, Training):
            problem = f"crosses streams, and {variant.settings['model']} of {variant.name} has one alone"
            raise ParameterError(PARAMS, "randomness", problem, "keep to networks, and to models without randomness")


def check_source(study: Study) -> None:
    """Raise ParameterError where data.source is missing, or stated for a data set that needs none."""
    if from_file(study.data.name) and study.data.source is None:
        raise ParameterError(PARAMS, "data.source", "is missing", f"{study.data.name} is read from a file; name it")
    taken = from_file(study.data.name) or hasattr(dataset(study.data.name), "FILES")
    if study.data.source is not None and not taken:
        raise ParameterError(PARAMS, "data.source", f"is not used by {study.data.name}", "remove it")


def check_columns(study: Study) -> None:
    """Raise ParameterError where what is said of columns is missing, or not used by the data set."""
    module = dataset(study.data.name)
    used = getattr(module, "OPTIONS", ())
    for key in ("label", "nominal", "drop", "image"):
        stated = getattr(study.data, key) is not None
        if stated and key not in used:
            raise ParameterError(PARAMS, f"data.{key}", f"is not used by {study.data.name}", "remove it")
        if not stated and key in getattr(module, "REQUIRED", ()):
            raise ParameterError(PARAMS, f"data.{key}", "is missing", "name the column")


def check_tables(study: Study) -> None:
    """Raise ParameterError where a network that takes arrays alone is to be trained on a table."""
    if not getattr(dataset(study.data.name), "TABLE", False):
        return
    for variant in variants(study).values():
        module = model_of(variant)
        if issubclass(module.Settings, Training | Program) and not reads_tables(module):
            problem = f"{variant.settings['model']} takes no categories and no missing values"
            remedy = f"of networks {', '.join(table_networks())} does"
            raise ParameterError(PARAMS, stated_at(variant, "model"), problem, remedy)


def table_networks() -> list[str]:
    """Return the networks that take tables."""
    found = {module.name: models.load(module.name) for module in pkgutil.iter_modules(models.__path__)}
    return [name for name, module in found.items() if reads_tables(module) and issubclass(module.Settings, Training)]


def extremes(study: Study, variant: Variant) -> Iterator[dict[str, Any]]:
    """Yield the hyper-parameters at both ends of every range that is searched for a variant, and with each choice.

    A variant that reuses its method's choice gets hyper-parameters of that method's whole space.
    """
    space = parse_space(space_of(study, variant))
    low, high = ({name: described.ends()[end] for name, described in space.items()} for end in (0, 1))
    yield from (low, high)
    for name, described in space.items():
        yield from ({**low, name: value} for value in described.choice or ())
