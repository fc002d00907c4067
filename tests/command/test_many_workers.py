"""Whoever works on a study, one process, several, shards or a Dask cluster, it comes to the same content."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from pricewar.scenarios.cli import cli
from pricewar.scenarios.studies.store import open_study
from tests.conftest import needs

pytestmark = needs("distributed")
STUDY = ("sweep", "textbook", "days=12", "burn_in=3", "--vary=segments.all.response.mu=0.1..0.4", "--points=3",
         "--vary=conduct.regular=true|false", "--seeds=2", "--outcome=price")  # fmt: skip


def made(folder: Path, *how: str) -> str:
    """Carry the study out in some way, and return its digest."""
    ended = CliRunner().invoke(cli, [*STUDY, *how, f"--out={folder}"])
    assert ended.exit_code == 0, ended.output
    return open_study(folder).digest


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alone") / "study"
    made(folder, "--jobs=1")
    return folder


@pytest.fixture
def cluster() -> Iterator[str]:
    """Address of a cluster with two worker processes on this machine."""
    from distributed import LocalCluster

    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as running:
        yield running.scheduler_address


def test_two_processes_come_to_what_one_does(alone: Path, tmp_path: Path) -> None:
    assert made(tmp_path / "two", "--jobs=2") == open_study(alone).digest
    assert (tmp_path / "two" / "runs.parquet").read_bytes() == (alone / "runs.parquet").read_bytes()


@pytest.mark.nightly
def test_shards_put_together_come_to_what_one_process_does(alone: Path, tmp_path: Path) -> None:
    parts = [made(tmp_path / str(part), "--jobs=1", f"--shard={part}/2") for part in (1, 2)]
    whole = open_study(alone).digest
    assert len({*parts, whole}) == 3
    ended = CliRunner().invoke(cli, ["merge", str(tmp_path / "1"), str(tmp_path / "2"), f"--out={tmp_path / 'w'}"])
    assert ended.exit_code == 0, ended.output
    assert open_study(tmp_path / "w").digest == whole


def test_two_dask_workers_come_to_what_one_process_does(alone: Path, tmp_path: Path, cluster: str) -> None:
    assert made(tmp_path / "dask", "--jobs=2", f"--cluster={cluster}") == open_study(alone).digest
    assert (tmp_path / "dask" / "runs.parquet").read_bytes() == (alone / "runs.parquet").read_bytes()


def test_a_cluster_that_is_not_there_ends_with_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import distributed

    def nobody(*_: object, **__: object) -> None:
        raise OSError("Timed out")

    monkeypatch.setattr(distributed, "Client", nobody)
    ended = CliRunner().invoke(cli, [*STUDY, "--cluster=tcp://127.0.0.1:9", f"--out={tmp_path / 's'}"])
    assert ended.exit_code == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in ended.output
