"""Mutations of a module's source: each changes one rule, and is named by its scope and change."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

_PAIRS = [
    (ast.Eq, ast.NotEq), (ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.In, ast.NotIn),
    (ast.Is, ast.IsNot), (ast.And, ast.Or), (ast.BitAnd, ast.BitOr), (ast.Add, ast.Sub),
    ("any", "all"), ("min", "max"), ("is_", "is_not"), ("in_", "not_in"), ("and_", "or_"),
    ("search", "match"), ("union", "intersection"), ("issubset", "issuperset"),
]  # fmt: skip
_SWAPPED = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}
_CONDITIONS = frozenset({"where", "filter", "and_", "or_", "chain", "max", "min"})
_CALLS_REPLACED_BY_OPERAND = frozenset({"strip", "casefold", "lower", "not_"})
_TEXT_FUNCTIONS = frozenset(
    {"message", "refused", "gettext", "info", "warning", "error", "TypeVar"}
)
_MOST_INCREMENTED = 2
_MOST_ELEMENTS = 8  # a longer collection is a list of words
_FIELDS_NOT_MUTATED = frozenset(
    {"annotation", "returns", "decorator_list", "bases", "ctx", "type_params"}
)


class _Mutation(NamedTuple):
    description: str
    owner: ast.AST
    field: str
    index: int | None  # of a list
    replacement: ast.AST


def mutations(source: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the source of each mutant of a module."""
    tree, seen = ast.parse(source), Counter[str]()
    for description, owner, field, index, replacement in list(_mutations_below(tree, "")):
        seen[description] += 1
        values = vars(owner) if index is None else vars(owner)[field]
        key = field if index is None else index
        old, values[key] = values[key], replacement
        yield (
            description if seen[description] == 1 else f"{description} ({seen[description]})",
            ast.unparse(tree),
        )
        values[key] = old


def _mutations_below(owner: ast.AST, place: str) -> Iterator[_Mutation]:
    for field, value in ast.iter_fields(owner):
        if field in _FIELDS_NOT_MUTATED:
            continue
        for index, node in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(node, ast.AST) or _is_not_mutated(node):
                continue
            for description, replacement in (
                () if _has_fixed_length(owner, node) else _mutations_of(node)
            ):
                at = index if isinstance(value, list) else None
                yield _Mutation(
                    f"{place or 'module'}: {description}", owner, field, at, replacement
                )
            if isinstance(node, ast.JoinedStr):
                continue
            name = getattr(node, "name", "")
            is_scope = isinstance(node, ast.FunctionDef | ast.ClassDef)
            yield from _mutations_below(node, f"{place}.{name}".strip(".") if is_scope else place)


def _is_not_mutated(node: ast.AST) -> bool:
    """Return whether a node is a docstring, an import, or a call that only produces a text."""
    if isinstance(node, ast.Call):
        return _name(node.func) in _TEXT_FUNCTIONS
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    is_log = isinstance(node, ast.Expr) and _is_not_mutated(node.value)
    return is_docstring or is_log or isinstance(node, ast.Import | ast.ImportFrom)


def _has_fixed_length(owner: ast.AST, node: ast.AST) -> bool:
    """Return whether a tuple has a fixed length, so that no test passes without an element."""
    is_unpacked = isinstance(owner, ast.Assign) and isinstance(owner.targets[0], ast.Tuple)
    is_inner = isinstance(owner, ast.Tuple | ast.List | ast.Return | ast.Yield | ast.Subscript)
    return isinstance(node, ast.Tuple) and (is_inner or is_unpacked)


def _mutations_of(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:  # noqa: C901, PLR0912, PLR0915
    """Yield a description of each mutation of a node, and the node that replaces it."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=others) if type(op) in _SWAPPED:
            yield _swap(node, ast.Compare(left, [_SWAPPED[type(op)]()], others))
        case ast.BoolOp(op=op, values=values):
            yield _swap(node, ast.BoolOp(_SWAPPED[type(op)](), values))
            for dropped, rest in _without_each(values):
                if dropped != "without ''":  # ``row.name or ""``
                    yield dropped, rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SWAPPED:
            yield _swap(node, ast.BinOp(left, _SWAPPED[type(op)](), right))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield _swap(node, operand)
        case ast.Constant(value=bool() as value):
            yield _swap(node, ast.Constant(not value))
        case ast.Constant(value=int() | float() as value):
            yield _swap(node, ast.Constant(value + 1 if value <= _MOST_INCREMENTED else value * 2))
        case ast.Constant(value=str()):
            yield from _without_alternatives([node])
        case ast.JoinedStr(values=pieces):
            yield from _without_alternatives(pieces)
        case ast.Set(elts=elements) | ast.List(elts=elements) | ast.Tuple(elts=elements):
            if 1 < len(elements) <= _MOST_ELEMENTS and not isinstance(
                getattr(node, "ctx", None), ast.Store
            ):
                for dropped, rest in _without_each(elements):
                    yield dropped, ast.Set(rest) if isinstance(node, ast.Set) else ast.Tuple(rest)
        case ast.Dict(keys=[_, _, *_] as keys, values=values):
            for index, (dropped, rest) in enumerate(_without_each(keys)):
                yield dropped, ast.Dict(rest, values[:index] + values[index + 1 :])
        case ast.Call(func=function, args=args, keywords=keywords):
            name, inner = _name(function), getattr(function, "value", None)
            if name in _CONDITIONS and len(args) > 1:
                for dropped, rest in _without_each(args):
                    yield dropped, ast.Call(function, rest, keywords)
            elif name == "where" and inner:
                yield f"without {ast.unparse(args[0])}", inner
            elif (
                name in _CALLS_REPLACED_BY_OPERAND
                and not keywords
                and (operand := args[0] if args else inner)
            ):
                yield _swap(node, operand)
        case ast.Name(id="any" | "all" | "min" | "max" | "and_" | "or_" as name):
            yield _swap(node, ast.Name(_SWAPPED[name]))
        case ast.Attribute(value=inner, attr=name) if name in _SWAPPED:
            yield _swap(node, ast.Attribute(inner, _SWAPPED[name]))
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.AugAssign():
            yield f"without {ast.unparse(node)}", ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield f"without {ast.unparse(node)}", ast.Pass()
        case ast.Break():
            yield "break → continue", ast.Continue()
        case ast.Continue():
            yield "continue → break", ast.Break()
        case ast.comprehension(target=target, iter=source, ifs=[_, *_] as tests):
            for dropped, rest in _without_each(tests):
                yield dropped, ast.comprehension(target, source, rest, 0)
        case ast.If(test=test) | ast.IfExp(test=test):
            if isinstance(test, ast.Name | ast.Attribute | ast.Call | ast.NamedExpr):
                negated = ast.UnaryOp(ast.Not(), test)
                parts = [getattr(node, field) for field in node._fields[1:]]
                yield f"if {ast.unparse(test)} → if not", type(node)(negated, *parts)


def _swap(old: ast.AST, replacement: ast.AST) -> tuple[str, ast.AST]:
    return f"{ast.unparse(old)} → {ast.unparse(replacement)}", replacement


def _without_each(nodes: list[ast.expr]) -> Iterator[tuple[str, list[ast.expr]]]:
    for index, node in enumerate(nodes):
        description = ast.unparse(node) if node else "**"
        yield f"without {description}", nodes[:index] + nodes[index + 1 :]


def _without_alternatives(pattern: list[ast.expr]) -> Iterator[tuple[str, ast.JoinedStr]]:
    """Yield a regular expression without each of its alternatives, except those in brackets."""
    parts, depth = [list[ast.expr]()], 0
    for piece in pattern:
        if not isinstance(piece, ast.Constant):
            parts[-1].append(piece)
            continue
        for token in re.findall(r"\\.|.", str(piece.value), re.DOTALL):
            depth += (token in "([") - (token in ")]")
            if token == "|" and depth == 0:
                parts.append([])
            else:
                parts[-1].append(ast.Constant(token))
    for index, part in enumerate(parts if len(parts) > 1 and depth == 0 else ()):
        others = [[ast.Constant("|"), *each] for each in parts[:index] + parts[index + 1 :]]
        rest = [piece for each in others for piece in each][1:]
        yield f"without {ast.unparse(ast.JoinedStr(part))}", ast.JoinedStr(rest)


def _name(function: ast.AST) -> str:
    return getattr(function, "attr", "") or getattr(function, "id", "")
