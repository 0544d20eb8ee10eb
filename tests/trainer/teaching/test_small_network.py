import numpy as np
import pytest

from tests.hand_worked import GRADIENTS, LOSS, VALUES, WEIGHT_GRADIENTS
from trainer.inspection.gradient_check import TOLERANCE, check
from trainer.inspection.trace import trace
from trainer.teaching.small_network import LABEL, PICTURE, small_network


def test_the_trace_has_the_numbers_that_were_worked_by_hand() -> None:
    found = trace(small_network(), PICTURE, [LABEL])
    assert found.loss == pytest.approx(LOSS, rel=1e-14)
    for layer, letters in zip(found.layers, ("xz", "za", "as", "sy"), strict=True):
        arrays = (layer.input, layer.output, layer.d_input, layer.d_output)
        expected = [numbers[at] for numbers in (VALUES, GRADIENTS) for at in letters]
        for array, row in zip(arrays, expected, strict=True):
            np.testing.assert_allclose(array, [row], rtol=1e-13)
    gradients = found.gradients()
    assert gradients.keys() == WEIGHT_GRADIENTS.keys()
    for name, gradient in WEIGHT_GRADIENTS.items():
        np.testing.assert_allclose(gradients[name], gradient, rtol=1e-13)


def test_its_gradients_agree_with_central_differences() -> None:
    network = small_network()
    places = {name: range(array.size) for name, array in network.parameters().items()}
    rows = check(network, PICTURE, [LABEL], places)
    assert max(row.relative_difference for row in rows) < TOLERANCE
