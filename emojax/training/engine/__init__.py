"""The training loop and what it needs: devices, checkpoints, metrics. It knows no task by name."""
