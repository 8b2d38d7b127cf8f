"""Compiles templates, addresses, statements, phrasebooks and translations once in a test process: most
tests make a site of their own, on a database of its own.

All have the same ones. Compiling them took a third of the time of a test that gets a page, and a
sixth of that of a test of what stands behind pages.
Modules are compiled too, with those of packages: tests start hundreds of processes, Python may be
told to write nothing, and not every installer compiles. A process that reads a list then takes half
the time.
"""

import compileall
import os
import py_compile
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

import referral
from referral.search.understanding import knowledge
from referral.search.understanding.phrases import Phrasebook
from referral.terminal.web.sealed_urls import Site
from referral.web.i18n import catalogues


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
    _compile_loaded()
    Site.jinja_options = {**Site.jinja_options, "bytecode_cache": _KeptTemplates()}
    _keep_addresses()
    _keep_statements()
    _keep_phrasebooks()
    _keep_translations()


def _compile_loaded() -> None:
    """Compile the modules that are loaded, if nobody did; those of later are when they are loaded."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with warnings.catch_warnings(action="ignore"):  # of packages, about their own text
        for module in tuple(sys.modules.values()):
            spec = getattr(module, "__spec__", None)
            if spec is None or not spec.cached or Path(spec.cached).exists():
                continue
            with suppress(OSError):  # a folder that nothing may be written to
                py_compile.compile(spec.origin, spec.cached, quiet=2)


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


def _keep_phrasebooks() -> None:
    """Give the same one for the same words and topics: it never changes once it is made."""

    @lru_cache(maxsize=8)
    def make(entries: Any, terms: Any, term_words: Any, groups: Any) -> Phrasebook:
        return Phrasebook(entries, terms, dict(term_words), dict(groups))

    def kept(entries: Any, terms: Any, term_words: Any, groups: Any) -> Phrasebook:
        words = tuple((key, tuple(some)) for key, some in term_words.items())
        return make(tuple(entries), tuple(terms), words, tuple(groups.items()))

    knowledge.Phrasebook = kept  # type: ignore[attr-defined, assignment]


def _keep_translations() -> None:
    """Read the file of a language again only where it was changed."""
    read = catalogues.read_catalogue
    compiled = lru_cache(maxsize=8)(catalogues.translations_of)

    @lru_cache(maxsize=8)
    def kept(path: Path, _changed_at: int) -> Catalog:
        return read(path)

    def reading(path: Path) -> Catalog:
        return kept(path, path.stat().st_mtime_ns)

    catalogues.read_catalogue = reading
    catalogues.translations_of = compiled


def _are_of_one_kind(one: DefaultDialect, other: object) -> bool:
    return type(one) is type(other)


def _hash_of_kind(dialect: DefaultDialect) -> int:
    return hash(type(dialect))
