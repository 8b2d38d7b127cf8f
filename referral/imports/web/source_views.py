"""Source pages: the rules of import of a source and its saved column mapping."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from referral.address_points.positions import count_positions
from referral.imports.records import SourceRules
from referral.imports.review import compare_batches, list_batches
from referral.imports.sources import forget_mapping, mapping_in, read_source, save_source
from referral.imports.web.blueprint import IMPORT, imports
from referral.imports.web.column_forms import target_code
from referral.imports.web.column_labels import ROW_LABELS, target_labels
from referral.imports.web.forms import SourceForm
from referral.records.kinds import KINDS
from referral.web.current import current_instance
from referral.web.forms import PressForm
from referral.web.staff.access import current_account, requires


@imports.route("/source", methods=["GET", "POST"])
@requires(IMPORT)
def source() -> ResponseReturnValue:
    """Show and save the import rules of a source."""
    instance, name = current_instance(), request.args.get("name", "")[:200]
    rules = read_source(instance, name)
    form = SourceForm(
        is_authority=rules.is_authority,
        trusts_all=rules.trusted_kinds == KINDS.keys(),
        contact_note=rules.contact_note,
    )
    if name and form.validate_on_submit():
        trusted = frozenset(KINDS) if form.trusts_all.data else frozenset[str]()
        save_source(
            instance,
            SourceRules(
                name=name,
                is_authority=form.is_authority.data,
                trusted_kinds=trusted,
                mapping=rules.mapping,
                contact_note=form.contact_note.data or "",
            ),
            current_account().actor,
        )
        flash(gettext("Saved. Lists that are read from now on follow this."))
        return redirect(url_for("imports.list_imports"))
    mapping = mapping_in(rules)
    return render_template(
        "imports/source.html",
        name=name,
        form=form,
        mapping=mapping,
        targets=target_labels(),
        rows=ROW_LABELS,
        code_of=target_code,
        compared=compare_batches(instance, name),
        batches=list_batches(instance, name) if name else (),
    )


@imports.route("/positions")
@requires(IMPORT)
def positions() -> ResponseReturnValue:
    """Show how many stored locations have coordinates from each origin."""
    counts = count_positions(current_instance())
    return render_template("imports/positions.html", counts=counts)


@imports.post("/source/forget-columns")
@requires(IMPORT)
def forget_columns() -> ResponseReturnValue:
    """Handle the button that deletes the saved column mapping of a source."""
    name = request.args.get("name", "")[:200]
    if PressForm().validate_on_submit():
        forget_mapping(current_instance(), name, current_account().actor)
        flash(gettext("Forgotten. The next spreadsheet is asked about."))
    return redirect(url_for("imports.source", name=name))
