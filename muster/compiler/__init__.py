"""The bottom layer: what a rule means, as pure functions from one frozen value to the next."""
