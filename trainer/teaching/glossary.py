"""Glossary: the terms that the pages explain to learners."""

GLOSSARY: dict[str, str] = {
    "accuracy": "The share of pictures that the network reads correctly.",
    "activation": "The function that a unit applies to its sum before it passes it on, such as "
    "ReLU: negative numbers become 0.",
    "batch": "The few pictures that the network looks at in one iteration.",
    "dead unit": "A unit that answers 0 to every picture. It can't learn any more.",
    "epoch": "As many iterations as it takes to look at as many pictures as the training set has.",
    "gradient": "For each weight, the direction in which the loss grows, and how fast. Training "
    "goes the other way.",
    "gradient norm": "The size of all gradients of a layer in one number. Near 0 the layer hardly "
    "learns; a sudden jump is a bad batch or a learning rate that is too high.",
    "iteration": "One batch, and one small change of all weights.",
    "layer": "A row of units. Each unit sums up all numbers of the layer before, by its weights.",
    "learning rate": "How far each iteration changes the weights.",
    "loss": "How wrong the network is, as one number: 0 is perfect, and 2.3 is guessing among ten "
    "digits (with cross entropy).",
    "optimizer": "The rule that turns the gradient into a change of the weights.",
    "overfitting": "The network learns its training pictures by heart: it gets better on them, "
    "but no better on new ones.",
    "silent share": "The share of a layer's units that answer the same to every picture: 0 with "
    "ReLU, close to 0 or 1 with sigmoid. Silent units don't learn.",
    "test set": "Pictures that the network never learns from. They show how well it reads new "
    "ones.",
    "training set": "The pictures that the network learns from.",
    "update norm": "The size of the change of all weights of a layer in one iteration.",
    "update ratio": "How much an iteration changes the weights of a layer, compared with their "
    "size. About a thousandth is usual; above a tenth is too much.",
    "validation set": "Training pictures kept apart: the network does not learn from them, and "
    "settings are chosen by them, so that the test set stays unseen until the choice is made.",
    "weight": "A number that the network learns: how strongly one unit acts on another.",
    "weight norm": "The size of all weights of a layer in one number.",
}
"""Explanations by term, in alphabetical order."""
