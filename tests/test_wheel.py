"""The wheel holds the whole site: built here, installed into an empty environment, asked."""

import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command and return what it prints; fail with all it said."""
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Installed:
    """An environment with Referral's wheel in it, far from the checkout."""

    wheel: Path
    folder: Path

    @property
    def commands(self) -> Path:
        return self.folder / ("Scripts" if sys.platform == "win32" else "bin")

    @property
    def python(self) -> Path:
        return self.commands / ("python.exe" if sys.platform == "win32" else "python")

    def say(self, code: str) -> str:
        """Run Python code there and return what it prints."""
        return run(self.python, "-c", code, cwd=self.folder).strip()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the wheel and install it, with this environment's packages but not its Referral."""
    place = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place, cwd=ROOT)
    (wheel,) = place.glob("referral-*.whl")
    folder = place / "environment"
    venv.create(folder, with_pip=False, symlinks=sys.platform != "win32")
    found = Installed(wheel, folder)
    pip = (sys.executable, "-m", "pip", "--python", found.python, "install")
    run(*pip, "--no-deps", "--no-index", "--quiet", wheel, cwd=place)
    # A folder named in a .pth comes last, and the .pth files in it, which would lead back to the
    # checkout, are not read.
    packages = found.say("import sysconfig; print(sysconfig.get_path('purelib'))")
    dependencies = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(packages) / "dependencies.pth").write_text("\n".join(sorted(dependencies)) + "\n")
    return found


def test_referral_comes_from_the_wheel(installed: Installed) -> None:
    origin = Path(installed.say("import referral; print(referral.__file__)"))
    assert origin.is_relative_to(installed.folder)


@pytest.mark.parametrize("name", ["templates", "static", "seed_data"])
def test_top_level_folders_are_shipped_whole(installed: Installed, name: str) -> None:
    there = Path(
        installed.say(f"from referral.resources import resource_path as p; print(p({name!r}))")
    )
    assert there.is_relative_to(installed.folder)
    ours = {path.relative_to(ROOT / name) for path in (ROOT / name).rglob("*") if path.is_file()}
    theirs = {path.relative_to(there) for path in there.rglob("*") if path.is_file()}
    unwanted = {path for path in ours if "__pycache__" in path.parts or path.suffix == ".pyc"}
    assert theirs == ours - unwanted
    assert theirs


def test_migrations_and_types_are_shipped(installed: Installed) -> None:
    names = set(ZipFile(installed.wheel).namelist())
    assert "referral/py.typed" in names
    assert "referral/store/migrations/env.py" in names
    assert "referral/translations/es/LC_MESSAGES/messages.po" in names
    assert any(name.startswith("referral/store/migrations/versions/") for name in names)


def test_tests_are_not_shipped(installed: Installed) -> None:
    tops = {name.split("/")[0] for name in ZipFile(installed.wheel).namelist()}
    assert tops == {"referral", "referral-0.2.0.dist-info"}


def test_the_command_is_there(installed: Installed) -> None:
    said = run(installed.commands / "referral", "--help", cwd=installed.folder)
    assert "Usage" in said


SERVE = """
import re
from pathlib import Path
from referral.directory.instance import opened_instance
from referral.imports.seed_lists import load_base
from referral.settings import Settings
from referral.app import create_app

with opened_instance(Settings.from_environment({}, instance_path=Path("instance"))) as instance:
    load_base(instance)
    client = create_app(instance.settings, instance).test_client()
    page = client.get("/search?q=suicide").text
    assert "988" in page
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert len(styles) >= 2, styles
    sizes = [len(client.get(style).data) for style in styles]
    assert min(sizes) > 1_000, sizes
print("served")
"""


@pytest.mark.release
def test_it_serves_pages_with_styles(installed: Installed) -> None:
    assert installed.say(SERVE) == "served"
