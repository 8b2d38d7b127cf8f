"""Features: only their pages know Flask."""

import subprocess
import sys
from pathlib import Path

import pytest

PRODUCT = Path(__file__).resolve().parents[1] / "referral"
FEATURES = sorted(path.parents[1].name for path in PRODUCT.glob("*/web/__init__.py"))


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
