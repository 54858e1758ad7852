"""What pyproject.toml cannot say: the recipes in configs/ are installed as ``emojax.configs``."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["emojax", "emojax.*"]), "emojax.configs"],
    package_dir={"emojax.configs": "configs"},
)
