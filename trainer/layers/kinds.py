"""All kinds of layers."""

from collections.abc import Iterator

from trainer.layers.activations import ACTIVATIONS
from trainer.layers.base import Layer
from trainer.layers.dense import Dense
from trainer.layers.losses import LOSSES
from trainer.layers.softmax_with_loss import SoftmaxWithLoss


def every_kind() -> Iterator[Layer]:
    """Create a layer of each kind, and of each loss."""
    yield Dense(1, 1)
    for activation in ACTIVATIONS.values():
        yield activation()
    for loss in LOSSES:
        yield SoftmaxWithLoss(loss)
