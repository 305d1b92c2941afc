import subprocess
import sys

import pytest
import torch

from pipeline.base.errors import DataError
from pipeline.science.image_layers import ImagePatchStem, ImageStem
from pipeline.science.models import load
from pipeline.science.settings import Shape

SHAPE = Shape(features=(40,), classes=10)
TRAINING = {"batch_size": 50, "steps": 300, "learning_rate": 0.01, "weight_decay": 0.01}
NETWORKS = [
    ("sequence_network", {"stem": "conv", "mixer": "attention"}, 5058),
    ("sequence_network", {"stem": "patch", "mixer": "attention"}, 5056),
    ("sequence_network", {"stem": "conv", "mixer": "none"}, 2370),
    ("plain_cnn", {}, 5002),
    ("mlp", {"hidden": 100}, 15210),
]


@pytest.mark.parametrize(("model", "own", "parameters"), NETWORKS)
def test_a_network_maps_examples_to_logits_and_has_the_parameters_stated(
    model: str, own: dict[str, object], parameters: int
) -> None:
    module = load(model)
    network = module.build(module.Settings.model_validate(TRAINING | own), SHAPE)
    assert network(torch.zeros(7, 40)).shape == (7, 10)
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
    assert module.SEED_VARIES


def test_both_stems_have_the_same_number_of_parameters_within_one_percent() -> None:
    counts = [count for model, own, count in NETWORKS if own.get("mixer") == "attention"]
    assert abs(counts[0] - counts[1]) / counts[0] < 0.01


IMAGES = [
    ("image_network", {"stem": "conv", "mixer": "attention"}, 26698),
    ("image_network", {"stem": "patch", "mixer": "attention"}, 26691),
    ("image_network", {"stem": "conv", "mixer": "none"}, 20842),
    ("image_cnn", {}, 28938),
]


@pytest.mark.parametrize(("model", "own", "parameters"), IMAGES)
def test_a_network_of_images_does_so_for_images_and_refuses_others(
    model: str, own: dict[str, object], parameters: int
) -> None:
    module = load(model)
    settings = module.Settings.model_validate(TRAINING | own)
    network = module.build(settings, Shape(features=(28, 28), classes=10))
    assert network(torch.zeros(7, 28, 28)).shape == (7, 10)
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
    with pytest.raises(DataError, match="name another model"):
        module.build(settings, Shape(features=(40,), classes=10))


def seen_numbers(network: torch.nn.Module, images: torch.Tensor, at_once: int = 256) -> torch.Tensor:
    """Tell of each number of an image whether one more of it moves a logit of any of some images, beyond rounding."""
    seen = torch.zeros(images[0].numel(), dtype=torch.bool)
    with torch.no_grad():
        for image in images:
            if seen.all():
                break
            logits = network(image[None])
            for places in torch.nonzero(~seen).view(-1).split(at_once):
                changed = image.repeat(len(places), *[1] * image.ndim)
                changed.view(len(places), -1)[torch.arange(len(places)), places] += 1
                seen[places] = ((network(changed) - logits).abs() > 1e-10).any(-1)
    return seen


def test_a_number_that_a_network_does_not_see_is_told() -> None:
    blind = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 4)).double()
    with torch.no_grad():
        blind[1].weight[:, 5] = 0
    seen = seen_numbers(blind, torch.rand(3, 3, 4, dtype=torch.float64), at_once=5)
    assert seen.tolist() == [at != 5 for at in range(12)]


@pytest.mark.parametrize(("model", "own"), [(model, own) for model, own, _ in IMAGES])
@pytest.mark.parametrize("features", [(30, 21), (3, 30, 21), (1, 8, 8), (3, 8, 8), (2, 3)])
def test_images_may_have_colours_and_any_size(model: str, own: dict[str, object], features: tuple[int, ...]) -> None:
    module = load(model)
    network = module.build(module.Settings.model_validate(TRAINING | own), Shape(features=features, classes=4)).eval()
    assert network(torch.rand(7, *features)).shape == (7, 4)
    seen = seen_numbers(network.double(), torch.rand(3, *features, dtype=torch.float64))
    assert seen.all()  # every number of an image is seen, those of the last patches too


@pytest.mark.parametrize("colours", [1, 3])
def test_both_stems_of_images_have_the_same_number_of_parameters_within_one_percent(colours: int) -> None:
    conv, patch = (
        sum(parameter.numel() for parameter in stem.parameters())
        for stem in (ImageStem(32, colours), ImagePatchStem(32, colours))
    )
    assert abs(conv - patch) / conv < 0.01


def test_a_patch_stem_sees_each_patch_alone() -> None:
    stem = ImagePatchStem(8).eval()
    images = torch.rand(2, 8, 12)
    changed = images.clone()
    changed[:, 4:, 8:] += 1  # the last of six patches
    differ = (stem(images) != stem(changed)).any(-1).any(0)
    assert differ.tolist() == [False] * 5 + [True]


@pytest.mark.parametrize("model", ["logistic_regression", "nearest_neighbours", "rbf_svm"])
def test_a_model_without_randomness_says_that_a_seed_varies_nothing(model: str) -> None:
    assert load(model).SEED_VARIES == ""


def test_parsing_settings_imports_neither_torch_nor_scikit_learn() -> None:
    names = [
        "sequence_network",
        "plain_cnn",
        "image_network",
        "image_cnn",
        "extra_tree",
        "mlp",
        "logistic_regression",
        "nearest_neighbours",
        "random_forest",
        "rbf_svm",
    ]
    program = (
        "import sys\nfrom pipeline.science.models import load\nimport pipeline.science.search\n"
        f"for name in {names}: load(name).Settings\n"
        "heavy = ('torch', 'torchvision', 'sklearn', 'pandas', 'scipy', 'pyarrow')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": "src"},
    )
    assert done.stdout.strip() == "[]", done.stderr
