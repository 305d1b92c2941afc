"""A small fit of any kind of model on made-up data, by the path that every run takes, to be repeated and compared."""

import hashlib
import pkgutil
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from pipeline.base.data_sizes import model_settings
from pipeline.base.design import Variant, variants
from pipeline.base.params import Study
from pipeline.base.seeds import generator
from pipeline.science import models
from pipeline.science.methods import extremes
from pipeline.science.models import load
from pipeline.science.programs import compiler_version
from pipeline.science.settings import Compute, ImageTraining, Program, Shape, Training
from pipeline.science.training_data import TrainingData

SMALL = {"batch_size": 20, "steps": 12, "trees": 8}  # as steps two epochs of TRAIN rows, so that data order counts
TRAINING = {**SMALL, "learning_rate": 0.01, "weight_decay": 0.01}
TRAIN, VALIDATION = 120, 60
SEQUENCE, IMAGE = (40,), (28, 28)
GUESSES: tuple[Any, ...] = (1, 0.5, True, "a", [], {}, None)
Settings = dict[str, Any]
Device = Literal["cpu", "cuda"]


def model_names() -> list[str]:
    """Return the name of every file in science/models."""
    return sorted(module.name for module in pkgutil.iter_modules(models.__path__))


def trial_settings(name: str, study: Study) -> Settings | None:
    """Return small settings for a model: those of a variant that uses it, else guessed; None where none are valid."""
    known = next((variant for variant in variants(study).values() if variant.settings.get("model") == name), None)
    module = load(name)
    if known or not issubclass(module.Settings, Program):
        return stated(known, study) if known else guessed(module.Settings)
    settings, compiler = guessed(module.Settings), compiler_version(module)
    return {**settings, "compiler": compiler} if settings and compiler else None


def stated(variant: Variant, study: Study) -> Settings:
    """Return a variant's settings, its searched ones at the low end of their ranges, with few steps or trees."""
    settings = {**model_settings(variant.settings), **next(extremes(study, variant))}
    known = load(variant.settings["model"]).Settings.model_fields
    return {**settings, **{key: few for key, few in SMALL.items() if key in known}}


def guessed(model: type[BaseModel]) -> Settings | None:
    """Return a valid value for each required setting, and for what makes a fit long; None where one is not guessed."""
    found: Settings = {}
    for name, field in model.model_fields.items():
        if not field.is_required() and name not in SMALL:
            continue
        fields: dict[str, Any] = {name: (field.annotation, field)}
        one = create_model("One", __config__=ConfigDict(strict=True), **fields)
        guesses = [TRAINING[name]] if name in TRAINING else [*literals(field.annotation), *GUESSES]
        valid = [guess for guess in guesses if is_valid(one, {name: guess})]
        if not valid:
            return None
        found[name] = valid[0]
    return found if is_valid(model, found) else None


def literals(annotation: Any) -> list[Any]:
    """Return the values of the literals in a type."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [value for part in get_args(annotation) for value in literals(part)]


def is_valid(model: type[BaseModel], settings: Settings) -> bool:
    """Tell whether settings are valid for a model."""
    try:
        model.model_validate(settings)
    except ValidationError:
        return False
    return True


def is_network(name: str) -> bool:
    """Tell whether a model is trained by the training path, and so on any device."""
    return issubclass(load(name).Settings, Training)


def shape_for(name: str, shape: Shape) -> Shape:
    """Return the study's shape of examples, or another where a model does not take examples of that kind."""
    own = IMAGE if issubclass(load(name).Settings, ImageTraining) else SEQUENCE
    return shape if len(shape.features) == len(own) else Shape(features=own, classes=shape.classes)


def made_up(shape: Shape) -> TrainingData:
    """Return TRAIN rows, and VALIDATION ones without labels: x float32 [n, *features], each class about a mean."""
    random = generator("trial fit", "data")
    means = random.normal(size=(shape.classes, *shape.features))

    def rows(count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        y = np.arange(count) % shape.classes
        x = means[y] + random.normal(size=(count, *shape.features))
        return as_columns(x, shape).astype(np.float32), y.astype(np.int64)

    (train_x, train_y), (validation_x, _) = rows(TRAIN), rows(VALIDATION)
    return TrainingData(train_x, train_y, validation_x)


def as_columns(x: NDArray[np.float64], shape: Shape) -> NDArray[np.float64]:
    """Return made-up numbers x [n, *features] as the columns of a table hold them: codes, and some missing values."""
    for at, column in enumerate(shape.columns or ()):
        if column.kind == "nominal":
            x[:, at] = np.floor(np.abs(x[:, at])) % len(column.categories)
        if column.missing:
            x[::7, at] = np.nan
    return x


def fit_digests(name: str, settings: Mapping[str, Any], shape: Shape, device: Device) -> dict[str, str]:
    """Fit a model once; return the sha256 of its weights, and of all it predicts: as fitted and as loaded again."""
    from pipeline.science.fitting import Job, fit, predict

    taken = shape_for(name, shape)
    job = Job(name, load(name).Settings.model_validate(settings), taken, 0, 1, Compute(device=device))
    data = made_up(taken)
    result = fit(job, data)
    saved = result.save()
    predicted = np.stack([result.validation_predicted, predict(job, saved.content, data.validation_x)])
    labels = np.ascontiguousarray(predicted, dtype=np.int64)
    return {"weights": saved.sha256, "predictions": hashlib.sha256(labels.tobytes()).hexdigest()}
