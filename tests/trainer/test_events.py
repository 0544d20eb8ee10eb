import numpy as np

from trainer.events import Predictions


def test_responses_keep_the_digits_of_certain_and_of_hopeless_probabilities() -> None:
    probabilities = np.array([[0.9999, 0.0001, 1e-30], [0.3, 0.3001, 0.3999]])
    responses = Predictions.of(np.log(probabilities))
    assert responses.predicted.dtype == np.uint8
    assert responses.log_probabilities.dtype == np.float32
    np.testing.assert_array_equal(responses.predicted, [0, 2])
    again = np.exp(responses.log_probabilities.astype(np.float64))
    np.testing.assert_allclose(again[1], probabilities[1], rtol=1e-3)
    np.testing.assert_allclose(1 - again[0, 0], 0.0001, rtol=1e-2)
    np.testing.assert_allclose(again[0, 1], 0.0001, rtol=1e-2)


def test_a_logarithm_is_kept_whole_and_one_beyond_the_small_type_stays_finite() -> None:
    responses = Predictions.of(np.array([[0.0, -1e6, -1e300]]))
    assert responses.log_probabilities[0, 1] == -1e6
    assert np.isfinite(responses.log_probabilities).all()
