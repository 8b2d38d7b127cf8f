"""Pages of topic suggestions for staff, and their part of the import page."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from referral.topic_suggestions.open_services import read_list_status
from referral.topic_suggestions.queues import waiting_categories
from referral.topic_suggestions.web.views import EDIT, topic_suggestions
from referral.web.current import current_instance
from referral.web.staff.labels import add_audit_labels
from referral.web.staff.navigation import (
    StaffPage,
    Urgency,
    WaitingWork,
    Work,
    register_staff_pages,
)
from referral.web.staff.page_parts import register_page_part


def register(app: Flask) -> None:
    """Register the pages of topic suggestions."""
    app.register_blueprint(topic_suggestions)
    register_staff_pages(
        app,
        StaffPage(
            endpoint="topic_suggestions.categories",
            work=Work.LISTS_IN,
            label=lazy_gettext("Suggested topics"),
            description=lazy_gettext("Topics for the services of lists, category by category."),
            icon="tags",
            permission=EDIT,
            waiting=(
                WaitingWork(
                    label=lazy_gettext("Categories of lists without a topic"),
                    urgency=Urgency.UPKEEP,
                    find=lambda instance, _: waiting_categories(instance),
                ),
            ),
        ),
    )
    register_page_part(
        app,
        "applied import",
        "topic_suggestions/import_part.html",
        lambda source, **_import: {"status": read_list_status(current_instance(), source)},
        permission=EDIT,
    )
    add_audit_labels(
        {
            "category-rule-applied": lazy_gettext("gave services the topic of their category"),
            "category-topic-accepted": lazy_gettext("accepted a topic for a category"),
            "category-topics-refused": lazy_gettext("refused topics for a category"),
            "topic-accepted": lazy_gettext("accepted a topic for a service"),
            "topic-decision-undone": lazy_gettext("took a decision on a topic back"),
            "topics-refused": lazy_gettext("refused topics for a service"),
        },
        kinds={"taxonomy_term": lazy_gettext("topic or category")},
    )
