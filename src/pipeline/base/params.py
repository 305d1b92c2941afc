"""The study as params.yaml states it, parsed once into frozen models."""

from collections.abc import Hashable
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.base.errors import ParameterError, nearest

PARAMS = "params.yaml"
Model = TypeVar("Model", bound=BaseModel)
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(gt=0)]
Settings = dict[Name, Any]
Device = Literal["cpu", "cuda"]
Precision = Literal["float32", "float64"]
Stream = Literal["sample", "initialisation", "order", "augmentation"]
Ablation = Literal["leave_one_out", "add_one_in", "factorial"]
SIZE_TOLERANCE = 0.1


def is_unset(value: object) -> bool:
    """Tell whether an optional key is not stated: it is then in no plan and in no receipt."""
    return value is None


class Frozen(BaseModel):
    """A model that cannot change and knows no other keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class StatedClaim(Frozen):
    """A sentence, and which contrasts of a family must support it: all, any, or the one that is named."""

    sentence: Annotated[str, Field(min_length=1)]
    family: Name
    requires: Name


class Claim(Frozen):
    """What is claimed, by which measure, and when it counts as shown.

    `size_tolerance`: parameter counts that differ by more than this share of the full method's are not matched.
    """

    title: str
    hypothesis: str
    held_constant: list[str]
    metric: Name
    margin: Fraction
    alpha: Fraction
    seed: int
    size_tolerance: Annotated[Fraction, Field(exclude_if=lambda share: share == SIZE_TOLERANCE)] = SIZE_TOLERANCE
    claims: Annotated[dict[Name, StatedClaim] | None, Field(exclude_if=is_unset)] = None


class Image(Frozen):
    """What every image of a folder is brought to: [height, width] in pixels, grey or in colours."""

    size: Annotated[list[Count], Field(min_length=2, max_length=2)]
    colour: Literal["grey", "rgb"]


class Resampling(Frozen):
    """Repeated cross-validation of the held-out rows: into how many folds, how many times over."""

    folds: Annotated[int, Field(ge=2)]
    repeats: Count


class Data(Frozen):
    """The data set, its pinned digest, and how many rows each split takes.

    `image`: what the images of a folder are brought to.
    Of a table file: which column is the label, which columns are nominal though they hold numbers, which are left out.
    With `resampling` the held-out rows are dealt into folds, and each final seed is one.

    What the probes for leaks may find without refusing, because you know of it: how many rows of one split are copies
    of another's, and which features (numbered from 0, flattened) give the label away.

    `validation_within_training`: training takes all rows, as a published number may have, and validation looks at some
    of these; nothing may be searched then.
    """

    name: Name
    seed: int = 0
    source: str | None = None
    sha256: Digest
    train: Count
    validation: Count
    held_out: Count
    image: Annotated[Image | None, Field(exclude_if=is_unset)] = None
    label: Annotated[str | None, Field(exclude_if=is_unset)] = None
    nominal: Annotated[list[str] | None, Field(exclude_if=is_unset)] = None
    drop: Annotated[list[str] | None, Field(exclude_if=is_unset)] = None
    validation_within_training: Annotated[bool, Field(exclude_if=lambda within: not within)] = False
    resampling: Annotated[Resampling | None, Field(exclude_if=is_unset)] = None
    known_duplicates: Annotated[int, Field(ge=0, exclude_if=lambda known: not known)] = 0
    known_giveaways: Annotated[list[int], Field(exclude_if=lambda known: not known)] = []


class Compute(Frozen):
    """What changes bits: part of a run's identity.

    `strict` is none of it: whether results of several classes of machine may be recorded. It is never dumped, so it
    is in no plan and in no receipt.
    """

    device: Device
    threads: Count
    precision: Precision
    strict: Annotated[bool, Field(exclude=True)] = False


class Family(Frozen):
    """Contrasts of the full method against each member, and what is claimed of them.

    Claims of superiority and of equivalence are read contrast by contrast, corrected by Holm. Superiority to every
    member is one claim, an intersection-union test: each contrast at alpha, and all of them must show it.
    """

    against: Literal["components", "baselines"] | list[Name]
    claim: Literal["superiority", "equivalence", "superiority_to_every"]
    correction: Literal["holm", "intersection_union"]

    @property
    def is_one_claim(self) -> bool:
        """Whether the family is judged as one claim, none of its contrasts singly."""
        return self.claim == "superiority_to_every"

    @model_validator(mode="after")
    def claim_goes_with_its_correction(self) -> Self:
        """Refuse Holm for one claim over all members, and no correction for claims read singly."""
        wanted = "intersection_union" if self.is_one_claim else "holm"
        if self.correction != wanted:
            raise ValueError(f"a claim of {self.claim} goes with correction: {wanted}")
        return self


class SeedLook(Frozen):
    """One look at held-out of several: the first so many final seeds, judged at a level of its own."""

    seeds: Count
    alpha: Fraction


class Seeds(Frozen):
    """Seeds for selection and, disjoint from them, for the final runs; `looks` where these are judged in parts."""

    selection: Annotated[list[int], Field(min_length=1)]
    final: Annotated[list[int], Field(min_length=1)]
    looks: Annotated[list[SeedLook] | None, Field(exclude_if=is_unset)] = None


class Search(Frozen):
    """Random search: the same number of trials for the method and each baseline.

    With `retune` each variant is searched too, with that number of trials; without, it reuses its method's choice.
    """

    trials: Count
    retune: Annotated[bool, Field(exclude_if=lambda retune: not retune)] = False
    spaces: dict[Name, dict[Name, dict[str, Any]]]


class Comparison(Frozen):
    """A published number, and the held-out accuracy, or difference of two, that should be within a tolerance of it."""

    variant: Name
    minus: Name | None = None
    published: Annotated[float, Field(ge=-1, le=1)]
    tolerance: Fraction
    cite: str


class Randomness(Frozen):
    """A crossed design: how many values each stream takes in the final runs, one run a combination.

    A stream that is not named is held. Where `sample` is, each run draws `sample_rows` of the training rows by it.
    """

    levels: Annotated[dict[Stream, Annotated[int, Field(ge=2)]], Field(min_length=1)]
    sample_rows: Count | None = None


class Controls(Frozen):
    """How many runs of the full method each control trains; None: as many as it takes for the control to fail."""

    shuffled_labels: Count = 8
    same_vs_same: Count | None = None


class Study(Frozen):
    """Everything params.yaml states; what is optional and left out is in no plan and no receipt.

    `ablation`: which variants are compiled from the components. `data_efficiency`: numbers of training rows, fewer
    than there are, at which the full method and each baseline are trained too.
    """

    study: Claim
    data: Data
    compute: Compute
    method: Settings
    components: dict[Name, Settings]
    variants: dict[Name, Settings]
    baselines: dict[Name, Settings]
    families: dict[Name, Family]
    seeds: Seeds
    search: Search
    replication: Annotated[dict[Name, Comparison], Field(exclude_if=lambda stated: not stated)] = {}
    randomness: Annotated[Randomness | None, Field(exclude_if=is_unset)] = None
    ablation: Annotated[Ablation, Field(exclude_if=lambda design: design == "leave_one_out")] = "leave_one_out"
    data_efficiency: Annotated[list[Count], Field(exclude_if=lambda rows: not rows)] = []
    controls: Controls = Controls()


class UniqueKeyLoader(yaml.CSafeLoader):
    """YAML in which a key stated twice is an error, not a silent overwrite."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Build a mapping; raise yaml.YAMLError where a key comes twice."""
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(None, None, "a key is no name", key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(None, None, f"key '{key.value}' is stated twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def load_study(path: Path) -> Study:
    """Read and validate params.yaml; raise ParameterError naming the file, the key and the remedy."""
    try:
        with path.open(encoding="utf-8") as file:
            stated = yaml.load(file, UniqueKeyLoader)
    except FileNotFoundError:
        raise ParameterError(str(path), "(file)", "is missing", "run from a study's folder") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ParameterError(str(path), "(syntax)", " ".join(str(error).split()), "mend the YAML") from None
    if not isinstance(stated, dict):
        raise ParameterError(str(path), "(file)", "states no study", "start from the repository's params.yaml")
    return validated(Study, stated, str(path))


def validated(model: type[Model], stated: dict[str, Any], file: str, at: str = "") -> Model:
    """Parse settings into a model; raise ParameterError with the first offending key and its nearest valid name."""
    try:
        return model.model_validate(stated)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(part for part in (at, *(str(part) for part in first["loc"])) if part)
        raise ParameterError(file, key, *explained(model, dict(first))) from None


def explained(model: type[BaseModel], error: dict[str, Any]) -> tuple[str, str]:
    """Return (problem, remedy) in plain words for one pydantic error."""
    if error["type"] == "extra_forbidden":
        return "unknown key", nearest(str(error["loc"][-1]), valid_names(model, error["loc"][:-1]))
    if error["type"] == "missing":
        return "is missing", "state it"
    problem = error["msg"][0].lower() + error["msg"][1:]
    return f"{problem}, not {error['input']!r}", "correct its value"


def valid_names(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """Return the field names valid at a path inside a model."""
    for part in path:
        field = model.model_fields.get(str(part))
        if field is not None and isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            model = field.annotation
        elif field is not None and field.annotation == dict[Name, Family]:
            model = Family
        elif str(part) == "claims":
            model = StatedClaim
        elif str(part) == "looks":
            model = SeedLook
        elif field is not None and field.annotation == dict[Name, Comparison]:
            model = Comparison
        elif field is not None and field.annotation == Randomness | None:
            model = Randomness
        elif field is not None and field.annotation == Image | None:
            model = Image
        elif field is not None and field.annotation == Resampling | None:
            model = Resampling
    return list(model.model_fields)
