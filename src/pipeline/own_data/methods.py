"""What a new study compares: a method with its components, and baselines, each with a search space of its own."""

from dataclasses import dataclass
from typing import Any

from pipeline.own_data.source import Source

Settings = dict[str, Any]
Space = dict[str, Settings]


@dataclass(frozen=True)
class Methods:
    """The method, its components and their off overrides, the baselines, and what is searched for each."""

    article: str
    method: Settings
    said: dict[str, str]
    components: dict[str, Settings]
    baselines: dict[str, Settings]
    spaces: dict[str, dict[str, Settings]]


LOGISTIC: Space = {"inverse_regularisation": {"log_uniform": [0.001, 10.0]}}
NEIGHBOURS: Space = {"neighbours": {"integer": [1, 25]}, "weights": {"choice": ["uniform", "distance"]}}
FOREST: Space = {"max_features": {"choice": ["sqrt", 0.3, 0.6]}, "min_samples_leaf": {"integer": [1, 8]}}
PIXEL_FOREST: Space = FOREST | {"max_features": {"choice": ["sqrt", 0.1]}}  # pixels are many
MACHINE: Space = {
    "inverse_regularisation": {"log_uniform": [0.1, 100.0]},
    "gamma": {"log_uniform": [0.0003, 0.3]},
}
BOOSTING: Space = {
    "learning_rate": {"log_uniform": [0.02, 0.3]},
    "leaves": {"integer": [4, 31]},
    "min_samples_leaf": {"integer": [5, 40]},
}
NETWORK: Space = {
    "learning_rate": {"log_uniform": [0.001, 0.05]},
    "weight_decay": {"log_uniform": [0.001, 0.3]},
    "hidden": {"choice": [32, 64, 128]},
}
BASELINES = {
    "logistic_regression": LOGISTIC,
    "nearest_neighbours": NEIGHBOURS,
    "random_forest": FOREST,
    "rbf_svm": MACHINE,
}
CONVOLUTIONAL: Space = {
    "learning_rate": {"log_uniform": [0.001, 0.02]},
    "weight_decay": {"log_uniform": [0.001, 0.1]},
    "channels": {"choice": [16, 24]},
}
OF_IMAGES: Space = {"learning_rate": {"log_uniform": [0.003, 0.05]}, "weight_decay": {"log_uniform": [0.001, 0.1]}}
SAID = {
    "layers": "hidden layers",
    "dropout": "the share of hidden units left out in each step",
    "label_smoothing": "the share of a label's weight that is spread over all classes",
    "scaling": "numbers by their rank among the training rows; or standard: less the mean, over the sd",
    "encoding": "nominal columns as vectors that are learnt; or one_hot",
    "stem": "two convolutions; or patch: each 4 x 4 pixels alone, with as many parameters",
    "mixer": "patches see each other by self-attention; or none",
    "augmentation": "training images moved by a pixel; add flip where a mirrored image is of the same class",
}
SETTINGS: Settings = {"model": "tabular_mlp", "layers": 2, "dropout": 0.1, "label_smoothing": 0.1}
COMPONENTS: dict[str, Settings] = {
    "second_layer": {"layers": 1},
    "dropout": {"dropout": 0.0},
    "label_smoothing": {"label_smoothing": 0.0},
}


IMAGE_SETTINGS: Settings = {
    "model": "image_network",
    "stem": "conv",
    "mixer": "attention",
    "augmentation": ["crop"],
    "label_smoothing": 0.1,
}
AS_THE_METHOD: dict[str, Settings] = {"image_cnn": {"augmentation": ["crop"]}}  # else it would lose for want of images
IMAGE_COMPONENTS: dict[str, Settings] = {
    "convolution": {"stem": "patch"},
    "attention": {"mixer": "none"},
    "augmentation": {"augmentation": []},
    "label_smoothing": {"label_smoothing": 0.0},
}


def methods_for(source: Source) -> Methods:
    """Return what is compared on data of one's own: a small network and what it is made of, against baselines."""
    return of_images() if source.kind == "images" else of_columns(source)


def of_images() -> Methods:
    """Return a convolutional network with attention, against a plain one and estimators on pixels."""
    baselines = {"image_cnn": CONVOLUTIONAL, **BASELINES, "random_forest": PIXEL_FOREST}
    return Methods(
        article="a small convolutional network with attention",
        method=IMAGE_SETTINGS,
        said=SAID,
        components=IMAGE_COMPONENTS,
        baselines={name: {"model": name} | AS_THE_METHOD.get(name, {}) for name in baselines},
        spaces={"method": OF_IMAGES, **baselines},
    )


def of_columns(source: Source) -> Methods:
    """Return a perceptron on the columns of a table or the numbers of an array, against estimators."""
    baselines, settings, components = dict(BASELINES), dict(SETTINGS), dict(COMPONENTS)
    kinds = {column.type for column in source.columns}
    if source.kind == "table":
        baselines["gradient_boosting"] = BOOSTING
    if "numeric" in kinds:
        settings["scaling"], components["ranks"] = "quantile", {"scaling": "standard"}
    if "nominal" in kinds:
        settings["encoding"], components["embeddings"] = "embedding", {"encoding": "one_hot"}
    return Methods(
        article="a small perceptron",
        method=settings,
        said=SAID,
        components=components,
        baselines={name: {"model": name} for name in baselines},
        spaces={"method": NETWORK, **baselines},
    )
