import numpy as np
import pytest

from trainer.config import Config
from trainer.datasets.pictures import Pictures
from trainer.functions import cross_entropy_error, mean_squared_error, one_hot
from trainer.metrics import score
from trainer.network import Network


@pytest.mark.parametrize(
    ("loss", "function"),
    [("cross_entropy", cross_entropy_error), ("mean_squared_error", mean_squared_error)],
)
def test_a_score_is_accuracy_and_loss_over_the_whole_set(
    loss: str, function: object, unseen: Pictures
) -> None:
    network = Network.from_config(Config(hidden=(5,), loss=loss))
    scored = score(network, unseen.x, one_hot(unseen.t, 10))
    y = network.predict(unseen.x)
    assert scored.accuracy == np.mean(y.argmax(axis=1) == unseen.t)
    assert scored.loss == pytest.approx(function(y, unseen.t), rel=1e-5)  # type: ignore[operator]
    np.testing.assert_allclose(np.exp(scored.log_probabilities), y, rtol=1e-5)


def test_no_pictures_have_no_score() -> None:
    network = Network.from_config(Config(hidden=()))
    with pytest.raises(ValueError, match="expected at least one picture to score; got none"):
        score(network, np.zeros((0, 784)), np.zeros((0, 10)))
