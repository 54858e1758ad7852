"""The training loop, devices, checkpoints and metrics. Nothing here depends on a particular task."""
