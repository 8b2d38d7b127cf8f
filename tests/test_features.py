"""Features: what each shows to others, and that only its pages know Flask."""

import ast
import subprocess
import sys
from collections import defaultdict
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

PRODUCT = Path(__file__).resolve().parents[1] / "referral"
FEATURES = sorted(path.parents[1].name for path in PRODUCT.glob("*/web/__init__.py"))
# Alembic compares every table with the migrations.
KNOWS_ALL_TABLES = PRODUCT / "store" / "migrations" / "env.py"


def is_a_module(dotted: str) -> bool:
    path = PRODUCT.parent.joinpath(*dotted.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def imported_names(path: Path) -> list[tuple[str, str]]:
    """Each module of ours that a file imports from, and the name; "" for a module as a whole."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("referral."):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.append((whole, "") if is_a_module(whole) else (node.module, alias.name))
    return found


@cache
def names_used_from_outside() -> dict[str, dict[str, set[str]]]:
    """By feature and module below it, the names that other parts of the product import."""
    used: dict[str, dict[str, set[str]]] = {name: defaultdict(set) for name in FEATURES}
    for path in sorted(PRODUCT.rglob("*.py")):
        own = path.relative_to(PRODUCT).parts[0]
        if path == KNOWS_ALL_TABLES:
            continue
        for module, name in imported_names(path):
            feature, _, below = module.removeprefix("referral.").partition(".")
            if feature in used and feature != own and below.partition(".")[0] != "web":
                used[feature][below].add(name)
    return used


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_names_what_it_shows_to_others(feature):
    used = {
        module: tuple(sorted(filter(None, names)))
        for module, names in sorted(names_used_from_outside()[feature].items())
    }
    shown = import_module(f"referral.{feature}").INTERFACE
    assert shown == used, f"referral/{feature}/__init__.py: INTERFACE = {used}"


@pytest.mark.slow
def test_what_features_do_needs_no_flask():
    modules = sorted(
        ".".join(path.with_suffix("").relative_to(PRODUCT.parent).parts).removesuffix(".__init__")
        for feature in FEATURES
        for path in (PRODUCT / feature).rglob("*.py")
        if "web" not in path.relative_to(PRODUCT).parts
    )
    program = (
        "import sys; from importlib import import_module\n"
        f"for name in {modules}:\n"
        "    import_module(name)\n"
        "    if {'flask', 'wtforms', 'werkzeug'} & set(sys.modules): sys.exit(name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PRODUCT.parent, check=False, capture_output=True
    )
    assert done.returncode == 0, f"outside of web/, this loads Flask: {done.stderr.decode()}"
