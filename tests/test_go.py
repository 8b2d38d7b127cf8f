"""The commands say in one sentence what a machine lacks, and never start half."""

import ast
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import go
from tests.support.server import free_port

INSTALL = go.install

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


def the_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what was said, after making sure that it is one sentence and nothing else."""
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert len(lines) == 1
    assert re.fullmatch(r"[A-Z].*\.", lines[0])
    return lines[0]


@pytest.mark.parametrize("command", [["demo", "--no-open"], ["test"], ["check"]])
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
    for arguments in ([], ["demo", "--prot", "1"], ["demo", "--port", "many"], ["serve"],
                      ["check", "search", "--all"]):  # fmt: skip
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


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with the files of deploy/, and commands of somebody who is not root."""
    shutil.copytree(go.ROOT / "deploy", tmp_path / "deploy")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "referral").symlink_to("/bin/true")
    monkeypatch.setattr(go, "ROOT", tmp_path)
    monkeypatch.setattr(go, "BIN", tmp_path / ".venv" / "bin")
    monkeypatch.setattr(go, "install", lambda: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr("getpass.getuser", lambda: "pat")
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is of Linux")
def test_a_server_gets_its_unit_its_proxy_and_settings_once(checkout: Path) -> None:
    assert go.main(["server", "help.example.org"]) == 0
    unit = (checkout / "server" / "referral.service").read_text()
    assert "User=pat\n" in unit
    assert f"ReadWritePaths={checkout}/instance\n" in unit
    assert not re.search("/opt/|/var/lib|/etc/|ProtectHome|RUN_JOBS|StateDirectory", unit)
    caddy = (checkout / "server" / "Caddyfile").read_text()
    assert "\nhelp.example.org {" in caddy
    assert "reverse_proxy 127.0.0.1:8211 {" in caddy or "reverse_proxy 127.0.0.1:8211\n" in caddy
    settings = checkout / "instance" / "settings.env"
    assert "REFERRAL_PUBLIC_URL=https://help.example.org\n" in settings.read_text()
    settings.write_text("REFERRAL_LIBRARY_NAME=Elm\n")
    assert go.main(["server", "help.example.org"]) == 0
    assert settings.read_text() == "REFERRAL_LIBRARY_NAME=Elm\n"
    if shutil.which("systemd-analyze"):
        command = ["systemd-analyze", "verify", "--man=no", f"{checkout}/server/referral.service"]
        assert subprocess.run(command, capture_output=True, check=True).stderr == b""


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is of Linux")
def test_a_server_is_not_made_for_root_or_without_a_name(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert go.main(["server", "https://help"]) == 2
    assert "such as help.example.org" in the_sentence(capsys)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert go.main(["server", "help.example.org"]) == 2
    assert "must not run as root" in the_sentence(capsys)
    assert not (checkout / "server").exists()


@pytest.mark.parametrize("folder", ["search", "search/", "tests/search", "referral/search"])
def test_a_feature_is_checked_by_its_tests(folder: str) -> None:
    assert go.check_places([folder]) == (["tests/search"], [])


def test_a_check_of_several_places_or_of_none_in_particular() -> None:
    several = ["tests/test_go.py", "tests/desk"], ["templates/desk"]
    assert go.check_places(["test_go.py", "desk"]) == several
    tests, templates = go.check_places([])
    assert all((go.ROOT / path).is_file() for path in tests)
    assert templates == ["templates"]


@pytest.mark.parametrize("folder", ["kitchen", "/", "/etc", "tests/kitchen"])
def test_a_check_of_what_is_not_there_names_what_is(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert go.main(["check", folder]) == 2
    assert re.search(rf"no tests for {folder}: choose one of .*\bsearch\b", the_sentence(capsys))


@pytest.mark.parametrize(
    ("is_all", "missing", "said"),
    [
        (False, [], ["the core", "`python3 go.py test --all` runs the rest"]),
        (False, ["Chromium"], ["Left out: the tests in a browser", "--install", "--all` runs"]),
        (
            True,
            ["PostgreSQL"],
            ["all checks", "Left out: the tests on PostgreSQL", "names a server"],
        ),
    ],
)
def test_the_last_line_says_what_was_tested_and_what_was_left_out(
    is_all: bool, missing: list[str], said: list[str]
) -> None:
    line = go.last_line(is_all, "", missing, 222)
    assert line.startswith("Tested in 3 min 42 s: ")
    assert all(part in line for part in said)
    assert ("Left out" in line) == bool(missing)
    assert "limited to tests/desk" in go.last_line(is_all, "tests/desk", missing, 222)


def is_for(requirement: Requirement, minor: int) -> bool:
    """Whether a requirement is one of this Python."""
    python = {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.9"}
    return requirement.marker is None or requirement.marker.evaluate(python)


def pinned_versions(minor: int) -> dict[str, str]:
    """Return the exact version of each package for one Python."""
    versions = {}
    for line in go.CONSTRAINTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        pin = Requirement(line)
        if is_for(pin, minor):
            [only] = pin.specifier
            assert only.operator == "=="
            assert pin.name not in versions
            versions[canonicalize_name(pin.name)] = only.version
    return versions


@pytest.mark.parametrize("minor", [11, 12, 13, 14])
def test_the_constraints_name_a_version_in_the_range_of_each_requirement(minor: int) -> None:
    project = tomllib.loads((go.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = (project["dependencies"], *project["optional-dependencies"].values())
    versions = pinned_versions(minor)
    for requirement in map(Requirement, chain(*groups)):
        if not is_for(requirement, minor):
            continue
        version = versions[canonicalize_name(requirement.name)]
        assert version in requirement.specifier, f"{requirement}: CONTRIBUTING.md says how to mend"


def test_the_constraints_name_no_host_and_no_file() -> None:
    text = go.CONSTRAINTS.read_text(encoding="utf-8")
    assert not re.search(r"://| @ |^-|index", text, re.MULTILINE)


# Builds a project that needs one package and nothing from anywhere else.
BACKEND = """import zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    info = "tried-1.dist-info/"
    with zipfile.ZipFile(folder + "/tried-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tried\\nVersion: 1\\n"
                       "Requires-Dist: thing\\nProvides-Extra: test\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return "tried-1-py3-none-any.whl"
"""
PROJECT = """[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


@pytest.fixture
def small_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project that requires ``thing``, of which there are three versions in a folder."""
    root = tmp_path / "a project"
    root.mkdir()
    (root / "backend.py").write_text(BACKEND)
    (root / "pyproject.toml").write_text(PROJECT)
    for version in "123":
        info = f"thing-{version}.dist-info/"
        with ZipFile(tmp_path / f"thing-{version}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(
                info + "METADATA", f"Metadata-Version: 2.1\nName: thing\nVersion: {version}\n"
            )
            wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            wheel.writestr(info + "RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", tmp_path.as_uri())
    bin_folder = root / ".venv" / go.BIN.name
    for name, value in {
        "ROOT": root,
        "VENV": root / ".venv",
        "PYTHON": bin_folder / go.PYTHON.name,
        "CONSTRAINTS": root / "constraints.txt",
    }.items():
        monkeypatch.setattr(go, name, value)
    return root


@pytest.mark.slow
def test_what_is_installed_follows_the_constraints(
    small_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def installed(pinned: str, *arguments: object) -> tuple[str, bool]:
        """Install, and return the version of ``thing`` and whether anything was done."""
        (small_project / "constraints.txt").write_text(f"thing=={pinned}\n")
        INSTALL(*arguments)
        [found] = (small_project / ".venv").rglob("thing-*.dist-info")
        return found.name[6], capsys.readouterr().out != ""

    assert installed("1", "[languages,test]") == ("1", True)
    assert installed("1", "[languages,test]") == installed("1") == ("1", False)
    with pytest.MonkeyPatch.context() as inside:  # a Python does not clear its own environment
        inside.setattr(sys, "prefix", str(go.VENV))
        assert installed("1", "[languages,test]") == ("1", False)
    assert installed("2") == ("2", True)  # another digest
    assert installed("2", "[languages,test]", True) == ("3", True)
    assert installed("2") == ("2", True)  # and back


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
    start = f"""import go, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background ignores it
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
        try:
            _, errors = demo.communicate(timeout=20)
        finally:  # leaving the block waits for the process, also after a time-out
            demo.kill()
    assert errors == ""
    go.check_port(port)
