"""Pure training steps, and the loop that runs them."""
