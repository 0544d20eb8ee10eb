"""The small network of 3, 2 and 2 units, worked by hand.

The picture is (1, 0.5, 0), its label 1. With d = e² / (e² + 1) the gradients of the scores are d
and −d, because y − t = (d, 1 − d) − (0, 1).
"""

from typing import Any

# x W1 + b1: 1·0.5 + 0.5·1 + 0·2 + 0 = 1, and 1·1 + 0.5·(−1) + 0·0.5 + 1.5 = 2; both are positive,
# so ReLU leaves them. a W2 + b2: 1·1 + 2·0.5 + 0 = 2, and 1·(−1) + 2·1 − 1 = 0. Softmax of (2, 0).
VALUES: dict[str, list[float]] = {
    "x": [1, 0.5, 0],
    "z": [1, 2],
    "a": [1, 2],
    "s": [2, 0],
    "y": [0.8807970779778823, 0.11920292202211755],
}

# −log y1 = log(1 + e²)
LOSS = 2.1269280110429727

GRADIENTS: dict[str, list[float]] = {
    # −1 / y1 = −(1 + e²)
    "y": [0, -8.38905609893065],
    # d, −d
    "s": [0.8807970779778823, -0.8807970779778823],
    # d·1 + (−d)·(−1) = 2d, and d·0.5 + (−d)·1 = −d/2
    "a": [1.7615941559557646, -0.44039853898894116],
    "z": [1.7615941559557646, -0.44039853898894116],
    # 2d·0.5 − d/2·1 = d/2, 2d·1 − d/2·(−1) = 2.5d, and 2d·2 − d/2·0.5 = 3.75d
    "x": [0.44039853898894116, 2.2019926949447058, 3.3029890424170587],
}

WEIGHT_GRADIENTS: dict[str, Any] = {
    # x times the gradient of z: (1, 0.5, 0) times (2d, −d/2)
    "W1": [
        [1.7615941559557646, -0.44039853898894116],
        [0.8807970779778823, -0.22019926949447058],
        [0, 0],
    ],
    "b1": [1.7615941559557646, -0.44039853898894116],
    # a times the gradient of s: (1, 2) times (d, −d)
    "W2": [
        [0.8807970779778823, -0.8807970779778823],
        [1.7615941559557646, -1.7615941559557646],
    ],
    "b2": [0.8807970779778823, -0.8807970779778823],
}

# W2[1, 1] after a step with the rate 0.5: 1 − 0.5·(−2d) = 1 + d
STEPPED = 1.8807970779778823
# The scores are then (2, 2d): the loss is log(1 + e^(2 − 2d)).
STEPPED_LOSS = 0.8194380089345742
