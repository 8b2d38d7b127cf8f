"""Compiles templates and addresses once in a test process: most tests make a site of their own.

Every site has the same ones. Compiling them took a third of the time of a test that gets a page.
Modules are compiled too: tests start hundreds of processes, and Python may be told to write nothing.
"""

import compileall
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

import referral
from referral.web.terminal.mode import Site


class _KeptTemplates(BytecodeCache):
    """What templates were compiled to."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.code


def compile_once() -> None:
    """Keep what is compiled from now on."""
    compileall.compile_dir(Path(referral.__file__).parent, quiet=2)
    Site.jinja_options = {**Site.jinja_options, "bytecode_cache": _KeptTemplates()}
    builders: dict[tuple[str, str, bool], Callable[..., Any]] = {}
    make = Rule._compile_builder

    def kept(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = (rule.rule, str(rule.defaults), append_unknown)
        if key not in builders:
            builders[key] = make(rule, append_unknown)
        return builders[key]

    Rule._compile_builder = kept  # type: ignore[assignment, method-assign]
