"""Caches of compiled templates, URL builders, statements, phrasebooks and translations.

Most tests create their own site on their own database, but all sites of a test process compile the
same ones. Compiling them again took a third of the time of a test that fetches a page, and a sixth
of the time of other tests.

Python modules, also of packages, are compiled to bytecode files: tests start hundreds of processes,
Python may be set not to write bytecode, and not every installer compiles. A process that reads a
list then takes half the time.
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
from referral.web.i18n import catalogs


class _TemplateCache(BytecodeCache):
    """Cache of compiled templates in memory."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.code


def compile_once() -> None:
    """Compile the modules of the product, and cache everything that is compiled from now on."""
    compileall.compile_dir(Path(referral.__file__).parent, quiet=2)
    _compile_loaded_modules()
    Site.jinja_options = {**Site.jinja_options, "bytecode_cache": _TemplateCache()}
    _cache_url_builders()
    _share_statement_caches()
    _cache_phrasebooks()
    _cache_translations()


def _compile_loaded_modules() -> None:
    """Compile the loaded modules that lack bytecode; Python itself compiles later ones."""
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with warnings.catch_warnings(action="ignore"):  # of packages, about their own source
        for module in tuple(sys.modules.values()):
            spec = getattr(module, "__spec__", None)
            if spec is None or not spec.cached or Path(spec.cached).exists():
                continue
            with suppress(OSError):  # the folder may be read-only
                py_compile.compile(spec.origin, spec.cached, quiet=2)


def _cache_url_builders() -> None:
    builders: dict[tuple[str, str, bool], Callable[..., Any]] = {}
    make = Rule._compile_builder

    def kept(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = (rule.rule, str(rule.defaults), append_unknown)
        if key not in builders:
            builders[key] = make(rule, append_unknown)
        return builders[key]

    Rule._compile_builder = kept  # type: ignore[assignment, method-assign]


def _share_statement_caches() -> None:
    """Share one cache of compiled statements between all engines.

    Dialects of the same type then count as equal, because they compile statements the same way.
    """
    shared: LRUCache[Any, Any] = LRUCache(2000)
    make = Engine.__init__

    def init_with_shared_cache(engine: Engine, *arguments: Any, **options: Any) -> None:
        make(engine, *arguments, **options)
        engine._compiled_cache = shared

    Engine.__init__ = init_with_shared_cache  # type: ignore[method-assign, assignment]
    DefaultDialect.__eq__ = _have_same_type  # type: ignore[method-assign, assignment]
    DefaultDialect.__hash__ = _type_hash  # type: ignore[method-assign, assignment]


def _cache_phrasebooks() -> None:
    """Reuse the phrasebook of the same words and topics, which never changes once it is built."""

    @lru_cache(maxsize=8)
    def make(entries: Any, terms: Any, term_words: Any, groups: Any) -> Phrasebook:
        return Phrasebook(entries, terms, dict(term_words), dict(groups))

    def kept(entries: Any, terms: Any, term_words: Any, groups: Any) -> Phrasebook:
        words = tuple((key, tuple(some)) for key, some in term_words.items())
        return make(tuple(entries), tuple(terms), words, tuple(groups.items()))

    knowledge.Phrasebook = kept  # type: ignore[attr-defined, assignment]


def _cache_translations() -> None:
    """Read the catalog of a language again only when its file has changed."""
    read = catalogs.read_catalog
    compiled = lru_cache(maxsize=8)(catalogs.translations_of)

    @lru_cache(maxsize=8)
    def kept(path: Path, _changed_at: int) -> Catalog:
        return read(path)

    def reading(path: Path) -> Catalog:
        return kept(path, path.stat().st_mtime_ns)

    catalogs.read_catalog = reading
    catalogs.translations_of = compiled


def _have_same_type(one: DefaultDialect, other: object) -> bool:
    return type(one) is type(other)


def _type_hash(dialect: DefaultDialect) -> int:
    return hash(type(dialect))
