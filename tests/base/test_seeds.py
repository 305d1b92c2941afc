import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.base.seeds import derive, generator

NAME = st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]), max_size=5) | st.integers()
NAMES = st.lists(NAME, min_size=1, max_size=4)


def test_known_streams_keep_their_values() -> None:
    assert derive("initialisation", 200) == 79869209798544376543491135834854658967
    assert generator("data order", 7).integers(0, 2**32, 3).tolist() == [2013306590, 573752218, 1287705357]


@given(NAMES, NAMES)
def test_streams_are_the_same_exactly_when_their_names_are(one: list[str | int], other: list[str | int]) -> None:
    assert (derive(*one) == derive(*other)) == (one == other)


def test_a_number_and_its_spelling_are_two_names_and_joints_matter() -> None:
    assert len({derive(1), derive("1"), derive("a", "b"), derive("ab"), derive("b", "a"), derive("a", "b", "")}) == 6
    assert derive("a", "b") != derive("astr:b")  # nor is a name taken for two by how it is spelled


@given(NAMES)
def test_a_key_has_128_bits_and_fits_the_generator(names: list[str | int]) -> None:
    assert 0 <= derive(*names) < 2**128
    assert generator(*names).random() == generator(*names).random()


def test_drawing_from_one_stream_moves_no_other() -> None:
    first, second = generator("first"), generator("second")
    first.random(1000)
    np.testing.assert_array_equal(second.random(5), generator("second").random(5))


def test_the_global_generator_has_no_say_and_is_left_alone() -> None:
    before = str(np.random.get_state())  # noqa: NPY002
    generator("x").random(5)
    assert str(np.random.get_state()) == before  # noqa: NPY002


def test_streams_of_neighbouring_seeds_are_independent() -> None:
    draws = np.array([generator("run", seed).standard_normal(2000) for seed in range(20)])
    correlations = np.corrcoef(draws)[np.triu_indices(20, 1)]
    assert np.abs(correlations).max() < 0.1
    assert np.abs(np.corrcoef(draws[0], draws[0])).max() > 0.1
