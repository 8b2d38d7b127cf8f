"""Compiles templates, addresses and statements once in a test process: most tests make a site of
their own, on a database of its own.

All have the same ones. Compiling them took a third of the time of a test that gets a page, and a
sixth of that of a test of what stands behind pages.
Modules are compiled too: tests start hundreds of processes, and Python may be told to write nothing.
"""

import compileall
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

import referral
from referral.terminal.web.sealed_urls import Site


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
    _keep_addresses()
    _keep_statements()


def _keep_addresses() -> None:
    builders: dict[tuple[str, str, bool], Callable[..., Any]] = {}
    make = Rule._compile_builder

    def kept(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = (rule.rule, str(rule.defaults), append_unknown)
        if key not in builders:
            builders[key] = make(rule, append_unknown)
        return builders[key]

    Rule._compile_builder = kept  # type: ignore[assignment, method-assign]


def _keep_statements() -> None:
    """Let engines share them: two for one kind of database put statements the same way."""
    shared: LRUCache[Any, Any] = LRUCache(2000)
    make = Engine.__init__

    def sharing(engine: Engine, *arguments: Any, **options: Any) -> None:
        make(engine, *arguments, **options)
        engine._compiled_cache = shared

    Engine.__init__ = sharing  # type: ignore[method-assign, assignment]
    DefaultDialect.__eq__ = _are_of_one_kind  # type: ignore[method-assign, assignment]
    DefaultDialect.__hash__ = _hash_of_kind  # type: ignore[method-assign, assignment]


def _are_of_one_kind(one: DefaultDialect, other: object) -> bool:
    return type(one) is type(other)


def _hash_of_kind(dialect: DefaultDialect) -> int:
    return hash(type(dialect))
