#!/usr/bin/env python3
"""Referral's two commands, with nothing but Python: `go.py demo` and `go.py test`.

Old Pythons must still be able to read this file, so that it can tell them they are too old:
hence the quoted annotations.
"""

import argparse
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
OLDEST_PYTHON = (3, 11)


class Missing(Exception):  # noqa: N818 - it reads as what it says
    """Something this machine lacks, told in one sentence."""


def tool(name: str) -> str:
    """Return the path of a command that the installation brought."""
    return shutil.which(name, path=str(BIN)) or name


def check_machine() -> None:
    """Raise Missing unless this Python is new enough and can make environments."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(str(part) for part in sys.version_info[:2])
        raise Missing(f"Referral needs Python 3.11 or newer, and this is Python {found}.")
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise Missing(
                f"This Python lacks its {module} module: install it (on Debian and Ubuntu "
                "the package is called python3-venv) and start again."
            )


def check_port(port: int) -> None:
    """Raise Missing unless a server can listen on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":  # else a port let go a minute ago still counts as taken
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or "there is no such port"
            advice = "choose another, for example --port 8299"
            raise Missing(f"Port {port} cannot be used ({reason}): {advice}.") from None


def install(extras: str = "") -> None:
    """Make .venv and install this checkout in it, unless that is done and still true."""
    place = f"{ROOT} {sys.version_info[:3]} {sys.prefix}"
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = VENV / "installed"
    stamped = stamp.read_text().splitlines() if stamp.exists() else []
    if stamped[:2] == [place, digest] and extras in ("", *stamped[2:]):
        return
    started = time.monotonic()
    print("Installing Referral in .venv (the first time takes a minute or two):", flush=True)
    if stamped[:1] != [place]:  # another folder's or another Python's cannot be mended
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    run_pip("install", "--editable", str(ROOT) + extras)
    stamp.write_text(f"{place}\n{digest}\n{extras}")
    print(f"  installed in {time.monotonic() - started:.0f} s", flush=True)


def run_pip(*arguments: str) -> None:
    """Run pip, showing one short line per package; all it said if it fails."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
    said = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        for line in pip.stdout or ():
            said.append(line)
            if line.startswith("Collecting "):
                print("  " + line.split()[1], flush=True)
            elif line.startswith("Installing collected"):
                print(f"  … installing {line.count(',') + 1} packages", flush=True)
    if pip.returncode:
        print("".join(said[-30:]), file=sys.stderr)
        raise Missing("The packages could not be installed: pip's own words are above.")


def run_demo(port: int, open_browser: bool) -> int:
    """Serve the seed data until somebody presses Ctrl-C."""
    check_port(port)
    install()
    command = [tool("referral"), "demo", "--port", str(port)]
    command += [] if open_browser else ["--no-open"]
    with subprocess.Popen(command, cwd=ROOT) as server:
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        try:
            return server.wait()
        except KeyboardInterrupt:
            # The terminal sent Ctrl-C to the server too: let it finish, but not for ever.
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.terminate()
            print()
            return 0


def provide_chromium() -> None:
    """Install Debian's Chromium and its headless shell, where that can be done unasked."""
    look = [str(PYTHON), "-m", "tests.support.chromium"]
    if subprocess.run(look, cwd=ROOT, check=False).returncode == 0:
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing Chromium for the browser tests …", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        fetch = ["apt-get", "-qy", "install"]  # one by one: a release may lack the shell
        for command in (
            ["apt-get", "-q", "update"],
            [*fetch, "chromium"],
            [*fetch, "chromium-headless-shell"],
        ):
            subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False)


def run_tests(pytest_arguments: "list[str]") -> int:
    """Run every check, the tests last; return 1 if any of them failed."""
    install("[test,browser,dev,postgres]")
    provide_chromium()
    run = [str(PYTHON), "-m"]
    steps = {
        "lint": [*run, "ruff", "check"],
        "format": [*run, "ruff", "format", "--check"],
        "types": [*run, "mypy"],
        "imports": [tool("lint-imports"), "--no-logo"],
        "templates": [*run, "djlint", "--lint", "templates"],
        "tests": [*run, "pytest", "-n", "2", *pytest_arguments],
    }
    results = []
    for name, command in steps.items():
        print(f"\n== {name}: {' '.join([Path(command[0]).name, *command[1:]])}", flush=True)
        started = time.monotonic()
        failed = subprocess.run(command, cwd=ROOT, check=False).returncode != 0
        results.append((name, "FAILED" if failed else "ok", time.monotonic() - started))
    print("\n" + "\n".join(f"  {name:10} {word:7} {took:6.1f} s" for name, word, took in results))
    return int(any(word == "FAILED" for _, word, _ in results))


def main(arguments: "list[str] | None" = None) -> int:
    """Run one of the two commands and return its exit code."""
    try:
        check_machine()
        return run_command(arguments)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def run_command(arguments: "list[str] | None") -> int:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(description="Try Referral, or test it.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="serve an invented county on this machine")
    demo.add_argument("--port", type=int, default=8211)
    demo.add_argument("--no-open", action="store_true", help="do not open a browser")
    commands.add_parser("test", help="run every check; further words go to pytest", add_help=False)
    chosen, rest = parser.parse_known_args(arguments)
    if chosen.command == "test":
        return run_tests(rest)
    if rest:
        parser.error("unknown: " + " ".join(rest))
    return run_demo(chosen.port, not chosen.no_open)


if __name__ == "__main__":
    sys.exit(main())
