import torch

from pipeline.science.layers import ConvolutionalStem, PatchStem, SelfAttention

torch.set_num_threads(1)


def test_both_stems_make_tokens_of_the_same_shape() -> None:
    x = torch.randn(5, 40, generator=torch.Generator().manual_seed(0))
    assert ConvolutionalStem(24)(x).shape == PatchStem(24)(x).shape == (5, 10, 24)


def test_a_patch_sees_its_own_values_alone_and_a_convolution_its_neighbours_too() -> None:
    x = torch.zeros(1, 40)
    changed = x.clone()
    changed[0, 20] = 5.0
    moved = {}
    for stem in (ConvolutionalStem(24).eval(), PatchStem(24).eval()):
        difference = (stem(changed) - stem(x)).abs().sum(-1)[0]
        moved[type(stem)] = set(difference.nonzero().flatten().tolist())
    assert moved[PatchStem] <= {5}
    assert len(moved[ConvolutionalStem]) > 1


def test_attention_agrees_with_torchs_own() -> None:
    torch.manual_seed(0)
    ours = SelfAttention(10, 24, 4)
    theirs = torch.nn.MultiheadAttention(24, 4, batch_first=True)
    with torch.no_grad():
        ours.positions.normal_()
        theirs.in_proj_weight.copy_(ours.queries_keys_values.weight)
        theirs.in_proj_bias.copy_(ours.queries_keys_values.bias)
        theirs.out_proj.weight.copy_(ours.output.weight)
        theirs.out_proj.bias.copy_(ours.output.bias)
    x = torch.randn(3, 10, 24)
    placed = x + ours.positions
    normed = ours.norm(placed)
    torch.testing.assert_close(ours(x), placed + theirs(normed, normed, normed)[0])
