"""Layers of a network, each with its forward and backward pass, and their specifications.

A specification is a layer before it has weights: it knows its size and cost and builds the layer.
``apply`` computes a layer's output and keeps nothing; predictions use it. ``forward`` computes the
same and keeps what ``backward`` needs.
"""

from trainer.layers.activations import ACTIVATIONS, Activation, ActivationSpec, Relu, Sigmoid
from trainer.layers.base import (
    Cost,
    Layer,
    LayerSpec,
    Shape,
    names,
    with_input_shapes,
)
from trainer.layers.dense import Dense, DenseSpec
from trainer.layers.softmax_with_loss import SoftmaxWithLoss, SoftmaxWithLossSpec

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "ActivationSpec",
    "Cost",
    "Dense",
    "DenseSpec",
    "Layer",
    "LayerSpec",
    "Relu",
    "Shape",
    "Sigmoid",
    "SoftmaxWithLoss",
    "SoftmaxWithLossSpec",
    "names",
    "with_input_shapes",
]
