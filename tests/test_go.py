"""The two commands say in one sentence what a machine lacks, and never start half."""

import ast
import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import go

# Stands for `referral demo --port N --no-open`: says its address and answers until it is stopped.
FAKE_SERVER = """import http.server as http, sys
_, command, _, port, no_open = sys.argv
try:
    with http.HTTPServer(("127.0.0.1", int(port)), http.BaseHTTPRequestHandler) as server:
        print(f"{command} {no_open} http://127.0.0.1:{port}/", flush=True)
        server.serve_forever()
except KeyboardInterrupt:
    pass
"""


@pytest.fixture(autouse=True)
def no_installing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here may reach as far as an installation."""
    monkeypatch.setattr(go, "install", lambda *_: pytest.fail("installed too early"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def the_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what was said, after making sure that it is one sentence and nothing else."""
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert len(lines) == 1
    assert re.fullmatch(r"[A-Z].*\.", lines[0])
    return lines[0]


@pytest.mark.parametrize("command", [["demo", "--no-open"], ["test"]])
def test_an_old_python_is_told_so(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 12))
    assert go.main(command) == 2
    assert "3.11 or newer, and this is Python 3.10" in the_sentence(capsys)


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_so(
    module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == module else find_spec(name)
    )
    assert go.main(["demo", "--no-open"]) == 2
    assert f"lacks its {module} module" in the_sentence(capsys)


def test_a_taken_port_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert go.main(["demo", "--no-open", "--port", str(port)]) == 2
    assert f"Port {port} cannot be used" in the_sentence(capsys)


@pytest.mark.parametrize("port", ["-1", "65536", "99999"])
def test_an_impossible_port_is_told_so(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert go.main(["demo", "--no-open", "--port", port]) == 2
    assert "no such port" in the_sentence(capsys)


def test_a_free_port_is_accepted() -> None:
    go.check_port(free_port())


def test_wrong_use_exits_with_2() -> None:
    for arguments in ([], ["demo", "--prot", "1"], ["demo", "--port", "many"], ["serve"]):
        with pytest.raises(SystemExit) as caught:
            go.main(arguments)
        assert caught.value.code == 2


def test_pips_failure_is_shown_with_its_own_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(go, "PYTHON", Path(sys.executable))
    with pytest.raises(go.Missing, match="could not be installed"):
        go.run_pip("install", "--no-index", "no-such-package-of-ours")
    assert "No matching distribution found" in capsys.readouterr().err


def test_old_pythons_can_read_the_file() -> None:
    ast.parse(Path(go.__file__).read_text(encoding="utf-8"), feature_version=(3, 6))


def test_the_file_imports_the_standard_library_only() -> None:
    tree = ast.parse(Path(go.__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            )
            assert {str(name).split(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a whole console")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_stops_quietly_and_leaves_no_server(stop: signal.Signals, tmp_path: Path) -> None:
    port = free_port()
    fake = tmp_path / "referral"
    fake.write_text(f"#!{sys.executable}\n{FAKE_SERVER}")
    fake.chmod(0o755)
    start = f"""import go, sys
go.install = lambda: None
go.tool = lambda name: {str(fake)!r}
sys.exit(go.main(["demo", "--no-open", "--port", "{port}"]))"""
    with subprocess.Popen(
        [sys.executable, "-c", start],
        cwd=go.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as demo:
        assert demo.stdout is not None
        assert demo.stdout.readline() == f"demo --no-open http://127.0.0.1:{port}/\n"
        if stop is signal.SIGINT:  # a terminal sends Ctrl-C to everything that it started
            os.killpg(demo.pid, stop)
        else:
            demo.send_signal(stop)
        _, errors = demo.communicate(timeout=20)
    assert errors == ""
    go.check_port(port)
