#!/usr/bin/env python3
"""Referral's commands, with nothing but Python: `go.py demo`, `server`, `check`, `test`, `build`.

Old Pythons must still be able to read this file, so that it can tell them they are too old:
hence the quoted annotations.
"""

import argparse
import getpass
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
CONSTRAINTS = ROOT / "constraints.txt"
LOCK = ROOT / "requirements.lock"
OLDEST_PYTHON = (3, 11)
SITE = "[languages]"  # what a site of this folder has, the demo too
DEVELOPMENT = "[test,browser,dev,languages,postgres]"


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


def install(extras: str = SITE, latest: bool = False) -> None:
    """Make .venv and install this checkout in it, unless that is done and still true.

    Versions are those of the constraints file, or the newest that pyproject.toml allows. What is
    newest is asked each time.
    """
    place = f"{ROOT} {sys.version_info[:3]} {sys.base_prefix}"
    digest = "latest" if latest else requirements_digest()
    stamp = VENV / "installed"
    stamped = stamp.read_text().splitlines() if stamp.exists() else []
    wanted, there = (set(re.findall(r"\w+", text)) for text in (extras, *(stamped[2:] or [""])))
    if not latest and stamped[:2] == [place, digest] and wanted <= there:
        return
    started = time.monotonic()
    print("Installing Referral in .venv (the first time takes a minute or two):", flush=True)
    if stamped[:1] != [place]:  # another folder's or another Python's cannot be mended
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    stamp.unlink(missing_ok=True)  # an installation that breaks off is none
    if latest:
        versions, building = ["--upgrade", "--upgrade-strategy", "eager"], {}
    else:  # what builds the package is installed apart, where only the environment reaches
        versions = ["--constraint", CONSTRAINTS.name]
        building = dict.fromkeys(("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"), CONSTRAINTS.name)
    run_pip("install", *versions, "--editable", str(ROOT) + extras, **building)
    stamp.write_text(f"{place}\n{digest}\n{extras}")
    print(f"  installed in {time.monotonic() - started:.0f} s", flush=True)


def requirements_digest() -> str:
    """Return a digest of what is required and of the exact versions that are installed for it."""
    files = (ROOT / "pyproject.toml", CONSTRAINTS)
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def run_pip(*arguments: str, **environment: str) -> None:
    """Run pip, showing one short line per package; all it said if it fails."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
    said = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
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


def run_server(name: str) -> int:
    """Install the site here, write the files of a service and of a proxy, and say where they go."""
    if os.name != "posix" or not sys.platform.startswith("linux"):
        raise Missing("This is for Linux with systemd: docs/running.md has other ways.")
    if os.geteuid() == 0:
        raise Missing(
            "The site must not run as root: make a user (adduser --disabled-password referral), "
            "put this folder into its home, and run this as that user (su - referral)."
        )
    if not re.fullmatch(r"[\w./+-]+", str(ROOT)):
        raise Missing(f"Put this folder where its path has no spaces or signs: {ROOT} has some.")
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", name):
        raise Missing(f"Give the name of the site, such as help.example.org: {name} is none.")
    install()
    folder = ROOT / "server"
    folder.mkdir(exist_ok=True)
    (folder / "referral.service").write_text(service_unit(getpass.getuser()))
    caddy = (ROOT / "deploy" / "Caddyfile").read_text()
    caddy = re.sub(r"\{\$SITE_NAME:.*?\}", name, caddy)
    (folder / "Caddyfile").write_text(re.sub(r"\{\$SITE_BEHIND:(.*?)\}", r"\1", caddy))
    settings = ROOT / "instance" / "settings.env"
    if not settings.exists():
        settings.parent.mkdir(mode=0o700, exist_ok=True)
        settings.write_text(
            f"REFERRAL_PUBLIC_URL=https://{name}\nREFERRAL_SECURE_COOKIES=yes\n"
            "REFERRAL_TRUSTED_PROXIES=127.0.0.1\n"
        )
    print(
        f"\nThe settings are in {settings}. Now, as root (and again after each change of them "
        "`systemctl restart referral`):\n\n"
        f"  install -m 644 {folder}/referral.service /etc/systemd/system/\n"
        f"  systemctl daemon-reload && systemctl enable --now referral\n"
        f"  install -m 644 {folder}/Caddyfile /etc/caddy/Caddyfile && systemctl reload caddy\n\n"
        f"And as {getpass.getuser()}, in {ROOT}:\n\n"
        "  .venv/bin/referral seed\n"
        "  .venv/bin/referral account add --role admin you@example.org\n"
        "  .venv/bin/referral doctor"
    )
    return 0


def service_unit(user: str) -> str:
    """Return the unit of deploy/ for one process, from this folder, as this user."""
    unit = (ROOT / "deploy" / "referral.service").read_text()
    dropped = r"(?m)^(EnvironmentFile|StateDirectory\w*|Environment=REFERRAL_RUN_JOBS)=.*\n"
    unit = re.sub(dropped, "", unit)
    for old, new in (
        ("User=referral", f"User={user}"),
        ("/var/lib/referral", f"{ROOT}/instance"),
        ("/opt/referral/bin", str(BIN)),
        # This folder may be in a home; all but the instance is read-only either way.
        ("ProtectHome=yes", f"ReadWritePaths={ROOT}/instance"),
    ):
        unit = unit.replace(old, new)
    return unit


def run_build() -> int:
    """Make in dist/ the wheel, and the list of all that a deployment installs (CycloneDX)."""
    install(DEVELOPMENT)
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    command = [str(PYTHON), "-m", "hatchling", "build", "-t", "wheel", "-d", str(dist)]
    subprocess.run(command, cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        python = str(Path(folder) / PYTHON.relative_to(VENV))
        run_pip("--python", python, "install", "--require-hashes", "-r", LOCK.name)
        run_pip("--python", python, "install", "--no-deps", *map(str, dist.glob("*.whl")))
        bill = ["--pyproject", "pyproject.toml", "-o", str(dist / "referral.cdx.json"), python]
        command = [tool("cyclonedx-py"), "environment", "--output-reproducible", *bill]
        subprocess.run(command, cwd=ROOT, check=True)
    print(*sorted(path.relative_to(ROOT).as_posix() for path in dist.iterdir()), sep="\n")
    return 0


# What a machine may lack: the module that looks for it, the tests that need it, what brings it.
PARTS = {
    "Chromium": (
        "tests.support.chromium",
        "tests in a browser",
        "`python3 go.py test --all --install` as root on Debian or Ubuntu, else install Chromium",
    ),
    "PostgreSQL": (
        "tests.support.databases",
        "tests on PostgreSQL",
        "REFERRAL_TEST_DATABASE_URL names a server",
    ),
    "libfaketime": (
        "tests.support.shifted_clock",
        "tests with a wrong clock",
        "as root on Debian or Ubuntu, `python3 go.py test --all --install`",
    ),
}
# Debian's packages; a release may lack the shell.
PACKAGES = {"Chromium": ("chromium", "chromium-headless-shell"), "libfaketime": ("libfaketime",)}


def is_there(part: str) -> bool:
    """Return whether this machine has what some tests need."""
    command = [str(PYTHON), "-m", PARTS[part][0]]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0


def provide_packages() -> None:
    """Install Debian's packages for the tests, where that is possible."""
    missing = [part for part in PACKAGES if not is_there(part)]
    if not missing or not shutil.which("apt-get") or os.geteuid() != 0:
        return
    print(f"Installing {', '.join(missing)} for the tests …", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    names = [name for part in missing for name in PACKAGES[part]]
    fetch = [["apt-get", "-qy", "install", name] for name in names]
    for command in (["apt-get", "-q", "update"], *fetch):
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False)


def run_tests(chosen: argparse.Namespace, pytest_arguments: "list[str]") -> int:
    """Run every check and the tests, the core or all; return 1 if any of them failed."""
    expected = "All checks and tests take about 25" if chosen.all else "The core takes about five"
    print(f"{expected} minutes on two quiet cores, installation two.", flush=True)
    started = time.monotonic()
    install(DEVELOPMENT, chosen.latest)
    if chosen.install:
        provide_packages()
    options = ["-m", "not release" if chosen.all else "core"]
    options += ["--complete"] if chosen.install else []
    options += ["--durations=0", "--durations-min=1"] if chosen.durations else []
    tests = test_step(*options, *pytest_arguments)
    failed = run_steps({**static_steps(), **template_step("templates"), **tests})
    parts = list(PARTS) if chosen.all else ["Chromium"]
    missing = [part for part in parts if not is_there(part)]
    named = " ".join(pytest_arguments)
    print(last_line(chosen.all, named, missing, time.monotonic() - started))
    return failed


def last_line(is_all: bool, named: str, missing: "list[str]", seconds: float) -> str:
    """Return what was tested, how long it took, what was left out, and how to run the rest."""
    what = "all checks and tests" if is_all else "the core, on SQLite, with one walk in a browser"
    took = f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    line = f"Tested in {took}: {what}{f', limited to {named}' if named else ''}."
    for part in missing:
        _, tests, remedy = PARTS[part]
        line += f" Left out: the {tests}, since there is no {part} ({remedy})."
    return line if is_all else f"{line} `python3 go.py test --all` runs the rest."


def run_check(folders: "list[str]") -> int:
    """Run what a developer waits for: static checks and the quick tests of some features."""
    tests, templates = check_places(folders)
    install(DEVELOPMENT)
    quick = test_step("-m", "core", *tests)
    return run_steps({**static_steps(), **template_step(*templates), **quick})


def check_places(folders: "list[str]") -> "tuple[list[str], list[str]]":
    """Return the tests and templates of these features; of none, those of the house rules."""
    if not folders:
        return ["tests/test_house_rules.py", "tests/test_go.py"], ["templates"]
    names = [tested_name(folder) for folder in folders]
    templates = [f"templates/{name}" for name in names if (ROOT / "templates" / name).is_dir()]
    return [f"tests/{name}" for name in names], templates


def tested_name(folder: str) -> str:
    """Return the name in tests/ of a folder or file, however it was given."""
    parts = Path(folder).parts
    name = Path(*parts[1:]) if parts[0] in ("referral", "templates", "tests") else Path(folder)
    if name.is_absolute() or not (ROOT / "tests" / name).exists():
        folders = (path.name for path in (ROOT / "tests").iterdir() if path.is_dir())
        known = ", ".join(sorted(name for name in folders if name.isidentifier()))
        raise Missing(f"There are no tests for {folder}: choose one of {known}.")
    return name.as_posix()


def static_steps() -> "dict[str, list[str]]":
    """Return the checks of the whole code, by name."""
    return {
        "lint": [str(PYTHON), "-m", "ruff", "check"],
        "format": [str(PYTHON), "-m", "ruff", "format", "--check"],
        "types": [str(PYTHON), "-m", "mypy"],
        "imports": [tool("lint-imports"), "--no-logo"],
    }


def template_step(*folders: str) -> "dict[str, list[str]]":
    """Return the check of the templates in these folders, if any."""
    return {"templates": [str(PYTHON), "-m", "djlint", "--lint", *folders]} if folders else {}


def test_step(*arguments: str) -> "dict[str, list[str]]":
    """Return the run of the tests, in two processes."""
    return {"tests": [str(PYTHON), "-m", "pytest", "-n", "2", *arguments]}


def run_steps(steps: "dict[str, list[str]]") -> int:
    """Run each step and say how it went and how long it took; return 1 if any failed."""
    results = []
    for name, command in steps.items():
        print(f"\n== {name}: {' '.join([Path(command[0]).name, *command[1:]])}", flush=True)
        started = time.monotonic()
        failed = subprocess.run(command, cwd=ROOT, check=False).returncode != 0
        results.append((name, "FAILED" if failed else "ok", time.monotonic() - started))
    print("\n" + "\n".join(f"  {name:10} {word:7} {took:6.1f} s" for name, word, took in results))
    return int(any(word == "FAILED" for _, word, _ in results))


def main(arguments: "list[str] | None" = None) -> int:
    """Run one of the commands and return its exit code."""
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
    parser = command_line()
    chosen, rest = parser.parse_known_args(arguments)
    if chosen.command == "test":
        return run_tests(chosen, rest)
    if rest:
        parser.error("unknown: " + " ".join(rest))
    if chosen.command == "check":
        return run_check(chosen.folders)
    if chosen.command == "server":
        return run_server(chosen.name)
    if chosen.command == "build":
        return run_build()
    return run_demo(chosen.port, not chosen.no_open)


def command_line() -> argparse.ArgumentParser:
    """Describe the commands and their options."""
    parser = argparse.ArgumentParser(description="Try Referral, serve it, or test it.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="serve an invented county on this machine")
    demo.add_argument("--port", type=int, default=8211)
    demo.add_argument("--no-open", action="store_true", help="do not open a browser")
    check = commands.add_parser(
        "check",
        help="static checks, and the quick tests of some features",
        description="Lint, format, types and import contracts of the whole code; templates and "
        "tests of the features named, without browser and without slow tests. Without FOLDER: all "
        "templates, and the tests of the house rules.",
    )
    check.add_argument(
        "folders", nargs="*", metavar="FOLDER",
        help="a folder or file in tests/, for example search",
    )  # fmt: skip
    server = commands.add_parser("server", help="a service that starts at boot (Linux, systemd)")
    server.add_argument("name", help="the site's name, such as help.example.org")
    commands.add_parser("build", help="the wheel and its bill of materials (CycloneDX), in dist/")
    test = commands.add_parser(
        "test",
        help="every check, and the core of the tests; further words go to pytest",
        add_help=False,
        allow_abbrev=False,
    )
    test.add_argument("--all", action="store_true", help="all tests")
    test.add_argument(
        "--install",
        action="store_true",
        help="install Chromium and libfaketime; fail where something is missing",
    )
    test.add_argument(
        "--durations", action="store_true", help="list what took a second or more, to mark it slow"
    )
    test.add_argument("--latest", action="store_true", help="with the newest packages allowed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
