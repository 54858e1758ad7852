"""Pinned packages of npm's registry, which hold data."""

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path

from emojax.core.errors import UserError


def pack(package: str, directory: Path, *, integrity: str, seconds: float) -> Path:
    """Downloads a package and runs nothing of it.

    Args:
      package: name and version, such as ``openmoji@17.0.0``.
      directory: gets the tarball.
      integrity: SHA-512 of the tarball in base64, as the registry publishes it.
      seconds: after which npm is stopped.

    Returns:
      The tarball.

    Raises:
      UserError: npm is missing or fails, or the file is another one than `integrity` says.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise UserError("npm is not installed")
    try:
        done = subprocess.run(
            [npm, "pack", package, "--ignore-scripts"],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f"npm pack failed: {error}") from error
    tarball = next(iter(directory.glob("*.tgz")), None)
    if done.returncode or tarball is None:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise UserError(
            f"npm pack failed: {next((x for x in lines if x.lower().startswith('npm err')), lines[-1])}"
        )
    if base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode() != integrity:
        raise UserError(f"{tarball.name} from npm is not the published file, and was removed")
    return tarball
