"""Jinja, with less work for each text that a page puts out; templates mean the same.

A page puts out a thousand texts and calls three hundred functions. Jinja makes each text ``Markup``
though all are joined at once, asks of each function whether it wants Jinja's context, and looks
for the globals of each template in two places.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from keyword import iskeyword
from typing import Any, cast

from flask.templating import Environment
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Call, Expr, Name
from markupsafe import Markup, escape

_TO_ESCAPE = re.compile("[&<>'\"]").search
_WANTS_CONTEXT = "jinja_pass_arg"  # how Jinja marks functions that do


def html_of(value: object) -> str:
    """A value as HTML: escaped, unless it is HTML."""
    kind = type(value)
    if kind is Markup or (kind is str and not _TO_ESCAPE(cast(str, value))):
        return cast(str, value)
    return escape(value)


class _Plainly(CodeGenerator):
    """Writes ``html_of(…)`` where Jinja writes ``escape(…)``, and calls functions at once."""

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None:
            self.write("environment.html_of(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def visit_Call(  # noqa: N802  # as Jinja has it
        self, node: Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        if forward_caller or self._is_special(node):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for value in node.args:
            self.visit(value, frame)
            self.write(", ")
        for named in node.kwargs:
            self.write(f"**{{{named.key!r}: " if iskeyword(named.key) else f"{named.key}=")
            self.visit(named.value, frame)
            self.write("}, " if iskeyword(named.key) else ", ")
        if node.dyn_kwargs is not None:
            self.write("**")
            self.visit(node.dyn_kwargs, frame)
        self.write(")")

    def _is_special(self, node: Call) -> bool:
        """Whether a call needs more than its values put between brackets."""
        name = node.node.name if isinstance(node.node, Name) else ""
        wants_context = hasattr(self.environment.globals.get(name), _WANTS_CONTEXT)
        return wants_context or node.dyn_args is not None


class Templates(Environment):
    """Flask's environment with that."""

    code_generator_class = _Plainly
    html_of = staticmethod(html_of)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Names for all templates; ours have none of their own."""
        return super().make_globals(d) if d else self.globals
