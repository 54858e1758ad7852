"""Makes emoji with a trained model; see ``python infer.py --help``."""

from emojax.cli.infer import run

if __name__ == "__main__":
    run()
