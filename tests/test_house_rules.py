"""Rules of the house that no linter knows; each message says what to do."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
MOST_PLACES_OF_A_NAME = 2
# Base names that stand in every feature; and those that folders of list formats share.
FEATURE_NAMES = {
    "__init__", "__main__", "records", "rows", "views", "forms", "labels", "blueprint",
}  # fmt: skip
FORMAT_NAMES = {"agencies", "areas", "columns", "hours", "parts", "rows", "services", "xml"}
# Words of an earlier, private dialect; the field has terms for all of them (docs/glossary.md).
PRIVATE_NAMES = {
    "told", "Told", "Asked", "asked_by", "ways_on", "WayOn", "lead_on", "needs", "own_path",
    "heard", "read_typed", "Typed", "what_stays", "Stay", "read_apart", "look_apart", "hold_back",
    "kept_where_same", "SheetsSeen", "OwnRow", "boxes", "note_audit", "note_changes", "page_asked",
    "Had", "Holding", "most_had", "Reaches", "Harvest", "Standing",
}  # fmt: skip
MIGRATIONS = "referral/store/migrations/versions/"  # Alembic's names
REST_OF_TESTS = 'exec python3 go.py test --all --install -m "not release and (not core or smoke)"'
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
# In pieces, so that this file may be searched like any other.
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
REGISTRY_HOSTS = [
    "pypi" + ".org",
    "files.python" + "hosted.org",
    "registry.npm" + "js.org",
    "deb.debian" + ".org",
    "--index" + "-url",
    "--extra-index" + "-url",
    "PIP_INDEX" + "_URL",
]
# Where somebody's session had its files, and nobody else has.
MACHINE_PATHS = re.compile(r"(?<![\w./])/" + r"(?:work/(?:main|shared|\.library)|tmp/venv|root/)")


@cache
def our_files() -> tuple[Path, ...]:
    """Return every file that is in git, or would be with the next commit."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    paths = (ROOT / name for name in listing.stdout.split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Return the name and text of each file that is text."""
    contents = ((path, path.read_bytes()) for path in our_files())
    return tuple(
        (name_of(path), content.decode("utf-8", errors="replace"))
        for path, content in contents
        if b"\0" not in content[:8192]
    )


class Definition(NamedTuple):
    """A function or a class."""

    line: int
    name: str


class Outline(NamedTuple):
    """What the rules ask of a module."""

    has_docstring: bool
    definitions: tuple[Definition, ...]
    imported: frozenset[str]  # names of packages


@cache
def outline_of(text: str) -> Outline:
    """Return the outline of a module, which is parsed once for all rules."""
    tree = ast.parse(text)
    definitions, imported = [], set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            definitions.append(Definition(node.lineno, node.name))
        elif isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported.add(node.module.split(".")[0])
    return Outline(bool(ast.get_docstring(tree)), tuple(definitions), frozenset(imported))


def modules() -> list[tuple[str, str]]:
    return [(name, text) for name, text in texts() if name.endswith(".py")]


def product_modules() -> list[tuple[str, str]]:
    """Return the modules of the product, without migrations, and go.py."""
    return [
        (name, text)
        for name, text in modules()
        if name == "go.py" or (name.startswith("referral/") and MIGRATIONS not in name)
    ]


def product_files() -> list[Path]:
    """Return the modules of the product, without the migrations."""
    return [ROOT / name for name, _ in product_modules() if name != "go.py"]


def test_a_name_says_which_module_is_meant() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in product_files():
        is_of_a_format = path.stem in FORMAT_NAMES and path.parent.parent.name == "formats"
        if path.stem not in FEATURE_NAMES and not is_of_a_format:
            places[path.stem].append(name_of(path))
    shared = [
        f"{stem}: {', '.join(names)}: give them names that tell them apart"
        for stem, names in places.items()
        if len(names) > MOST_PLACES_OF_A_NAME
    ]
    assert not shared, "\n".join(shared)


@pytest.mark.slow
def test_names_are_terms_of_the_field() -> None:
    private = [
        f"{name}:{each.line} {each.name}: use the term of the field"
        for name, text in product_modules()
        for each in outline_of(text).definitions
        if each.name in PRIVATE_NAMES
    ]
    assert not private, "\n".join(private)


def test_modules_are_named_for_what_they_are() -> None:
    vague = [
        f"{name}: name it for the thing it is about"
        for name, _ in modules()
        if VAGUE_NAMES & set(name.removesuffix(".py").split("/"))
    ]
    assert not vague, "\n".join(vague)


@pytest.mark.slow
def test_every_module_says_what_it_is() -> None:
    silent = [
        f"{name}: begin with a docstring of one sentence"
        for name, text in modules()
        if text.strip() and not outline_of(text).has_docstring
    ]
    assert not silent, "\n".join(silent)


@pytest.mark.slow
def test_nothing_is_left_unfinished_in_a_note() -> None:
    notes = [
        f"{name}:{number}: do it now, or open an issue"
        for name, text in texts()
        if name.endswith((".py", ".html", ".css", ".js", ".toml", ".md", ".yaml"))
        for number, line in enumerate(text.splitlines(), start=1)
        if UNFINISHED.search(line)
    ]
    assert not notes, "\n".join(notes)


def test_no_registry_is_named() -> None:
    named = [
        f"{name}: {host}: name packages only; where they come from is the machine's business"
        for name, text in texts()
        for host in REGISTRY_HOSTS
        if host in text
    ]
    assert not named, "\n".join(named)


@pytest.mark.slow
def test_no_path_of_one_machine_is_named() -> None:
    named = [
        f"{name}: {found[0]}: write paths relative to the repository"
        for name, text in texts()
        if (found := MACHINE_PATHS.search(text))
    ]
    assert not named, "\n".join(named)


def imported_packages() -> Iterator[tuple[str, str]]:
    """Yield the name of each product module and each package from elsewhere that it imports."""
    ours = {"referral", "go", "tests", *sys.stdlib_module_names}
    for name, text in product_modules():
        yield from ((name, package) for package in outline_of(text).imported - ours)


@pytest.mark.slow
def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"]]
    lines += [
        each for name in ("languages", "openid", "postgres", "server") for each in extras[name]
    ]
    declared = {re.split(r"[\[<>=]", line)[0].lower() for line in lines}
    brought = {"jinja2", "markupsafe", "werkzeug"}  # Flask's own, and part of its promise
    names = packages_distributions()
    undeclared = [
        f"{name} imports {package}: add it to the dependencies in pyproject.toml"
        for name, package in imported_packages()
        if not {found.lower().replace("_", "-") for found in names.get(package, [package])}
        & (declared | brought)
    ]
    assert not undeclared, "\n".join(undeclared)


def test_ci_runs_what_a_developer_runs() -> None:
    script = ROOT / ".ci" / "run"
    commands = script.read_text(encoding="utf-8").splitlines()[-2:]
    assert commands == ["python3 go.py test", REST_OF_TESTS]
    assert script.stat().st_mode & 0o111, "chmod +x .ci/run"


def test_no_template_switches_escaping_off():
    """Markup is made in Python, by functions that escape what they are given."""
    switches_off = re.compile(r"\|\s*safe\b|\bautoescape\s+false|\bMarkup\b")
    odd = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if switches_off.search(line)
    ]
    assert not odd, f"Templates that do not escape: {odd}"


def late_constants(module: ast.Module) -> Iterator[str]:
    """Yield the constants behind the first function or class that need nothing defined there."""
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    defined = {node.name for node in module.body if isinstance(node, definitions)}
    is_head = True
    for node in module.body:
        is_head = is_head and not isinstance(node, definitions)
        if is_head or not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        used = {name.id for name in ast.walk(node.value) if isinstance(name, ast.Name)}
        if used & defined or not all(isinstance(target, ast.Name) for target in targets):
            defined |= {
                name.id
                for target in targets
                for name in ast.walk(target)
                if isinstance(name, ast.Name)
            }
        else:
            yield ast.unparse(targets[0])


def test_constants_stand_at_the_head_of_a_module():
    late = {
        name: found
        for name, text in texts()
        if name.startswith(("referral/", "bench/", "soak/"))
        and name.endswith(".py")
        and not name.startswith(MIGRATIONS)
        and (found := list(late_constants(ast.parse(text))))
    }
    assert not late, "move them above the first function or class"
