"""A test that lacks what it needs is skipped aloud on a desk and fails in CI."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "ci", "outcome"),
    [
        ("no-such-program", "", "1 skipped"),
        ("no-such-program", "true", "1 error"),
        ("pytest", "true", "1 passed"),
        ("numba", "true", "1 passed" if find_spec("numba") else "1 skipped"),
    ],
)
def test_what_is_absent_is_skipped_aloud_and_fails_in_ci(tmp_path: Path, name: str, ci: str, outcome: str) -> None:
    (tmp_path / "test_it.py").write_text(
        f"from tests.conftest import needs\n@needs({name!r})\ndef test_it() -> None:\n    pass\n"
    )
    options = [
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.conftest",
        "-c",
        str(ROOT / "pyproject.toml"),
        "-o",
        "pythonpath=",
    ]
    here = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "CI": ci}
    command = [sys.executable, "-m", "pytest", *options, str(tmp_path)]
    ended = subprocess.run(command, cwd=tmp_path, env=here, capture_output=True, text=True)
    assert outcome in ended.stdout, ended.stdout + ended.stderr
    assert ended.returncode == ("error" in outcome)
    assert outcome == "1 passed" or f"needs {name}" in ended.stdout
