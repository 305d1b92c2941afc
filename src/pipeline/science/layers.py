"""The parts of the networks. Sequences enter as [batch, length]; tokens are [batch, tokens, width]."""

import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from torch import Tensor, nn

POOLED = 4


class ConvolutionalStem(nn.Module):
    """Two 5-tap convolutions with batch norm, each followed by ReLU and pooling by 2.

    Maps [batch, length] to [batch, length // 4, width]; 2 120 parameters at width 24.
    """

    def __init__(self, width: int, channels: int = 16, taps: int = 5) -> None:
        super().__init__()
        self.convolution_1 = nn.Conv1d(1, channels, taps, padding=taps // 2)
        self.norm_1 = nn.BatchNorm1d(channels)
        self.convolution_2 = nn.Conv1d(channels, width, taps, padding=taps // 2)
        self.norm_2 = nn.BatchNorm1d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens that each see 16 neighbouring values."""
        x = F.max_pool1d(F.relu(self.norm_1(self.convolution_1(x.unsqueeze(1)))), 2)
        x = F.max_pool1d(F.relu(self.norm_2(self.convolution_2(x))), 2)
        return x.transpose(1, 2)


class PatchStem(nn.Module):
    """Patches of 4 values, each embedded alone by two linear layers with batch norm and ReLU.

    Maps [batch, length] to [batch, length // 4, width], as ConvolutionalStem does, with as many parameters
    (2 118 at width 24) but without overlap, weight sharing inside a patch, or pooling.
    """

    def __init__(self, width: int, hidden: int = 66) -> None:
        super().__init__()
        self.embedding_1 = nn.Linear(POOLED, hidden)
        self.norm_1 = nn.BatchNorm1d(hidden)
        self.embedding_2 = nn.Linear(hidden, width)
        self.norm_2 = nn.BatchNorm1d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens that each see 4 values of their own."""
        batch, length = x.shape
        patches = x[:, : length // POOLED * POOLED].reshape(-1, POOLED)
        hidden = F.relu(self.norm_1(self.embedding_1(patches)))
        tokens = F.relu(self.norm_2(self.embedding_2(hidden)))
        return tokens.view(batch, length // POOLED, -1)


class SelfAttention(nn.Module):
    """One residual block of multi-head self-attention with learned positions and pre-layer-norm.

    Maps [batch, tokens, width] to the same shape (Vaswani et al. 2017, without the feed-forward half).
    """

    def __init__(self, tokens: int, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.positions = nn.Parameter(torch.zeros(tokens, width))
        self.norm = nn.LayerNorm(width)
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return each token plus what it gathered from all the others."""
        x = x + self.positions
        projected = self.queries_keys_values(self.norm(x)).unflatten(-1, (3, self.heads, -1))
        queries, keys, values = projected.permute(2, 0, 3, 1, 4)
        # [batch, heads, keys, queries]: a softmax over an axis that is not the last runs vectorised
        scores = keys @ queries.transpose(-1, -2) * queries.shape[-1] ** -0.5
        gathered = scores.softmax(-2).transpose(-1, -2) @ values
        mixed: Tensor = x + self.output(gathered.transpose(1, 2).flatten(2))
        return mixed


class TokenClassifier(nn.Module):
    """A stem that makes tokens, a mixer among them, and a head on their mean."""

    def __init__(self, stem: nn.Module, mixer: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.stem = stem
        self.mixer = mixer
        self.head = head

    def forward(self, x: Tensor) -> Tensor:
        """Return logits [batch, classes] of sequences [batch, length]."""
        logits: Tensor = self.head(self.mixer(self.stem(x)).mean(1))
        return logits


def convolution(inputs: int, outputs: int, taps: int) -> nn.Sequential:
    """Return a convolution of stride 1 with batch norm, ReLU and pooling by 2."""
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, taps, padding=taps // 2),
        nn.BatchNorm1d(outputs),
        nn.ReLU(),
        nn.MaxPool1d(2),
    )
