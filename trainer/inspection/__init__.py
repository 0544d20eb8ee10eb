"""Views into a network: every array of a pass, gradients checked, pixels that matter."""
