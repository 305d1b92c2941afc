"""The first layer of a network on tables: numbers scaled, categories encoded, by statistics of the training rows.

The statistics are buffers: they are saved with the weights, and whoever loads these predicts with just them.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.science.settings import Column, Encoding, Scaling, Shape

KNOTS = 256  # of the quantiles that stand for a column's distribution


class ColumnEncoder(nn.Module):
    """From rows [n, columns] to numbers [n, width]: scaled numbers, flags of missing ones, encoded categories.

    A missing number becomes the training median. A missing category, and one that no training row has, is a category
    of its own. Before `fit_columns` numbers pass as they are.
    """

    def __init__(self, columns: Sequence[Column], scaling: Scaling, encoding: Encoding, dimensions: int) -> None:
        super().__init__()
        self.scaling = scaling
        self.numeric = [at for at, column in enumerate(columns) if column.kind == "numeric"]
        self.nominal = [at for at, column in enumerate(columns) if column.kind == "nominal"]
        self.flagged = [at for at in self.numeric if columns[at].missing]
        self.sizes = [len(columns[at].categories) + 1 for at in self.nominal]
        count = len(self.numeric)
        self.register_buffer("median", torch.zeros(count))
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("scale", torch.ones(count))
        if scaling == "quantile":
            self.register_buffer("knots", torch.zeros(count, KNOTS))
        for number, size in enumerate(self.sizes):
            self.register_buffer(f"seen_{number}", torch.ones(size - 1))
        self.embeddings = nn.ModuleList(
            nn.Embedding(size, dimensions) for size in (self.sizes if encoding == "embedding" else ())
        )
        encoded = dimensions * len(self.sizes) if encoding == "embedding" else sum(self.sizes)
        self.width = count + len(self.flagged) + encoded

    def fit_columns(self, x: NDArray[np.float32]) -> None:
        """Take the statistics of training rows x [n, columns]; a column without a value, or without spread, stays."""
        with torch.no_grad():
            for place, at in enumerate(self.numeric):
                present = x[:, at][~np.isnan(x[:, at])].astype(np.float64)
                if present.size:
                    self.fit_number(place, present)
            for number, (at, size) in enumerate(zip(self.nominal, self.sizes, strict=True)):
                codes = x[:, at][~np.isnan(x[:, at])].astype(np.int64)
                self.get_buffer(f"seen_{number}").copy_(torch.from_numpy(np.bincount(codes, minlength=size - 1) > 0))

    def fit_number(self, place: int, present: NDArray[np.float64]) -> None:
        """Take the statistics of one column from its values [n] that are not missing."""
        deviation = present.std()
        self.get_buffer("median")[place] = float(np.median(present))
        self.get_buffer("mean")[place] = float(present.mean())
        self.get_buffer("scale")[place] = float(deviation) if deviation > 0 else 1.0
        if self.scaling == "quantile":
            knots = np.quantile(present, np.linspace(0, 1, KNOTS), method="closest_observation")
            self.get_buffer("knots")[place] = torch.from_numpy(knots)

    def forward(self, x: Tensor) -> Tensor:
        """Return numbers [n, width] of rows [n, columns]."""
        numbers, missing = x[:, self.numeric], x[:, self.flagged].isnan().to(x.dtype)
        filled = torch.where(numbers.isnan(), self.get_buffer("median"), numbers)
        scaled = self.ranked(filled) if self.scaling == "quantile" else self.standardised(filled)
        return torch.cat([scaled, missing, *self.categories(x)], dim=1)

    def standardised(self, numbers: Tensor) -> Tensor:
        """Return numbers [n, numeric] less the training mean, over the training sd."""
        return (numbers - self.get_buffer("mean")) / self.get_buffer("scale")

    def ranked(self, numbers: Tensor) -> Tensor:
        """Return the share of the training distribution below numbers [n, numeric], ties at their middle.

        Shares are moved to mean 0 and variance 1 of a uniform variable.
        """
        knots, values = self.get_buffer("knots"), numbers.T.contiguous()
        below = torch.searchsorted(knots, values) + torch.searchsorted(knots, values, right=True)
        return ((below.T / KNOTS - 1) * 3**0.5).to(numbers.dtype)

    def categories(self, x: Tensor) -> list[Tensor]:
        """Return each nominal column encoded, [n, its width]."""
        found = []
        for number, (at, size) in enumerate(zip(self.nominal, self.sizes, strict=True)):
            known = torch.cat([torch.zeros(1, device=x.device, dtype=x.dtype), self.get_buffer(f"seen_{number}")])
            codes = torch.where(x[:, at].isnan(), -1.0, x[:, at]).long() + 1
            codes = torch.where(known[codes] > 0, codes, 0)
            if self.embeddings:
                found.append(self.embeddings[number](codes))
            else:
                found.append(nn.functional.one_hot(codes, size).to(x.dtype))
        return found


class TableNetwork(nn.Module):
    """A network on encoded columns."""

    def __init__(self, encoder: ColumnEncoder, body: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.body = body

    def fit_columns(self, x: NDArray[np.float32]) -> None:
        """Take the statistics of training rows x [n, columns]."""
        self.encoder.fit_columns(x)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits [n, classes] of rows [n, columns]."""
        logits: Tensor = self.body(self.encoder(x.flatten(1)))
        return logits


def columns_of(shape: Shape) -> tuple[Column, ...]:
    """Return the columns of a table; of plain arrays one number a value."""
    return shape.columns or tuple(Column(name=str(at), kind="numeric") for at in range(shape.size))
