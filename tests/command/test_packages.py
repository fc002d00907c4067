"""What is handed out: a wheel that owns one name, and a source archive that makes the same wheel."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("sim", "agents", "scenarios")


def built(kind: str, source: Path, into: Path) -> Path:
    """Build a wheel or a source archive (sdist) with what this environment has."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(into)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, text=True)
    (file,) = into.iterdir()
    return file


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive, unpacked."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(built("sdist", ROOT, tmp_path_factory.mktemp("sdist"))) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    return source


def contents(wheel: Path) -> dict[str, bytes]:
    """Bytes of every file of a wheel but the list of its files."""
    with zipfile.ZipFile(wheel) as files:
        return {name: files.read(name) for name in files.namelist() if not name.endswith("/RECORD")}


def test_the_wheel_owns_one_name(wheel: Path) -> None:
    top = {name.partition("/")[0] for name in contents(wheel)}
    assert {name for name in top if not name.endswith(".dist-info")} == {"pricewar"}
    assert {f"pricewar/{room}/__init__.py" for room in ROOMS} <= contents(wheel).keys()
    assert "pricewar/py.typed" in contents(wheel)


def test_the_source_archive_makes_the_same_wheel(wheel: Path, unpacked: Path, tmp_path: Path) -> None:
    assert contents(built("wheel", unpacked, tmp_path)) == contents(wheel)


def test_the_source_archive_holds_each_room_at_both_its_places_with_the_same_text(unpacked: Path) -> None:
    """Hatchling writes the links of `pricewar` as folders."""
    for room in ROOMS:
        files = [path for path in sorted((unpacked / room).rglob("*")) if path.is_file()]
        linked = [unpacked / "pricewar" / path.relative_to(unpacked) for path in files]
        assert len(files) > 20
        assert [
            path for path, other in zip(files, linked, strict=True) if path.read_bytes() != other.read_bytes()
        ] == []
    assert (unpacked / "tests/conftest.py").is_file()
    assert (unpacked / "constraints-lowest.txt").is_file()


def test_the_wheel_works_beside_packages_called_like_its_rooms(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as files:
        files.extractall(site)
    for room in ROOMS:
        (site / room).mkdir()
        (site / room / "__init__.py").write_text("raise RuntimeError('a stranger was imported')")
    probe = "import pricewar; print(pricewar.__file__, *pricewar.run(pricewar.load('textbook', ['days=2'])).tables)"
    ended = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=site,
        env={**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    where, *tables = ended.stdout.split()
    assert Path(where).is_relative_to(site)
    assert "prices" in tables
