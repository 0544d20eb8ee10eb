"""A neural network that reads digits, from scratch in NumPy."""
