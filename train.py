"""Trains a model; see ``python train.py --help``."""

from emojax.cli.train import run

if __name__ == "__main__":
    run()
