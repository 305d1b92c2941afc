import torch

from pipeline.science.initialisation import Seeds, initialise
from pipeline.science.models import gru, strided_cnn
from pipeline.science.recurrent import BidirectionalGRU
from pipeline.science.settings import Shape

SHAPE = Shape(features=(40,), classes=10)
TRAINING = {"batch_size": 100, "steps": 3, "learning_rate": 0.01, "weight_decay": 0.0}


def test_the_recurrent_layer_is_torchs_bidirectional_gru() -> None:
    layer, theirs = BidirectionalGRU(6), torch.nn.GRU(1, 6, batch_first=True, bidirectional=True)
    with torch.no_grad():
        for direction, suffix in (("forwards", ""), ("backwards", "_reverse")):
            for source, place in (("inputs", "ih"), ("states", "hh")):
                linear = getattr(layer, f"{source}_{direction}")
                linear.weight.copy_(getattr(theirs, f"weight_{place}_l0{suffix}"))
                linear.bias.copy_(getattr(theirs, f"bias_{place}_l0{suffix}"))
        x = torch.randn(8, 40)
        torch.testing.assert_close(layer(x), theirs(x.unsqueeze(-1))[0])


def test_the_published_networks_have_the_published_numbers_of_parameters() -> None:
    networks = [strided_cnn.build(strided_cnn.Settings(**TRAINING), SHAPE), gru.build(gru.Settings(**TRAINING), SHAPE)]
    assert [sum(each.numel() for each in network.parameters()) for network in networks] == [5210, 5134]


def test_every_weight_of_the_recurrent_layer_is_drawn() -> None:
    layer = BidirectionalGRU(6)
    initialise(layer, Seeds.of(1, 2))
    assert all(parameter.abs().min() > 0 for parameter in layer.parameters() if parameter.ndim == 2)
