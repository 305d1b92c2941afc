import random

import numpy as np

from pipeline.science.datasets import digest, mnist1d

DIGEST = "b92ec752dadc180f3729fee38cacdb4ac99d86b2b2c60f8f1ef7dd968e2dbb91"


def test_the_published_data_set_is_regenerated_and_global_generators_are_left_alone() -> None:
    np.random.seed(5)  # noqa: NPY002 (the state that must survive)
    random.seed(5)
    before = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    x, y = mnist1d.load()
    assert (np.random.get_state()[1].tolist(), random.getstate()) == before  # noqa: NPY002
    assert (x.dtype, x.shape, y.dtype, y.shape) == (np.float32, (5000, 40), np.int64, (5000,))
    assert len(y) == mnist1d.PUBLISHED_TRAIN + mnist1d.PUBLISHED_TEST
    assert np.bincount(y).tolist() == [500] * mnist1d.CLASSES
    assert digest(x, y) == DIGEST


def test_the_digest_sees_a_bit_a_shape_and_a_dtype_but_not_a_byte_order() -> None:
    x, y = np.zeros((2, 3), dtype=np.float32), np.zeros(2, dtype=np.int64)
    flipped = x.copy()
    flipped[1, 2] = np.nextafter(np.float32(0), np.float32(1))
    others = [(flipped, y), (x.reshape(3, 2), y), (x.astype(np.float64), y), (x, y + 1)]
    assert len({digest(x, y), *(digest(*pair) for pair in others)}) == 5
    assert digest(x.astype(">f4"), y.astype(">i8")) == digest(x, y)
