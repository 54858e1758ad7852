"""Devices and processes: where steps run. No other room depends on how many there are."""
