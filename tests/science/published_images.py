"""Where the published files of Fashion-MNIST lie on this machine, for tests that need them."""

import pytest

from pipeline.science.datasets import fashion_mnist

HERE = all(fashion_mnist.packaged(name).is_file() for name in fashion_mnist.FILES)
needs_images = pytest.mark.skipif(not HERE, reason=f"Debian's package {fashion_mnist.PACKAGE} is not installed")
DIGEST = "9277166c1474ec00de8d233232f22ff23aa3988c7679e55f1844ecdf90ea8f1a"
