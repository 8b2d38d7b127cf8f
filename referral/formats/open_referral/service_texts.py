"""Texts of services that are in tables of their own: eligibility and accepted payments."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from referral.fields.text import clean_line, split_list
from referral.formats.files.tables import Row, Tables
from referral.formats.open_referral.sheets import SERVICE_ID, append_line
from referral.formats.reading.row_reader import RowReader, Values
from referral.message import Message, message
from referral.records.problems import Problem, Severity

_SERVICE_COLUMN = "service_id"
_STATUS_COLUMN = "service_status"
_MOST_NAMED = 5
_UNKNOWN_SERVICE = message(
    "It points to service %(service)s, which is not in this list. Add it or correct the id."
)
_NO_SERVICE = message(
    "Rows that do not say which service they are about: %(count)s. They are kept with the refused "
    "rows. Add the id of the service. The first is in this line."
)


class ServiceTexts:
    """Eligibility and payments that Open Referral lists keep in tables beside their services."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.problems: list[Problem] = []
        self._eligibility = self._texts_by_service("eligibility", "eligibility")
        self._payments = self._texts_by_service("payments_accepted", "payment")
        self._with_status_code: list[RowReader] = []

    def append(self, reader: RowReader, values: Values, key: str) -> None:
        """Append eligibility and payments to an Open Referral service; note a status code."""
        eligibility = self._eligibility.get(key, ())
        append_line(values, "eligibility_description", ", ".join(eligibility))
        paid_with = self._payments.get(key) or split_list(reader.row.get("accepted_payments"))
        payment = f"Payment: {', '.join(paid_with)}." if paid_with else ""
        append_line(values, "fees_description", payment)
        if reader.row.get(_STATUS_COLUMN) and "status" not in values:
            self._with_status_code.append(reader)

    def note_statuses(self) -> None:
        """Add the problem of all Open Referral services whose status is only a code."""
        if not self._with_status_code:
            return
        codes = {clean_line(reader.row.get(_STATUS_COLUMN)) for reader in self._with_status_code}
        detail = message(
            "%(count)s services have a status (%(statuses)s) whose meaning the list does "
            "not give. They were taken as active; set those aside that are not.",
            count=format(len(self._with_status_code), ","),
            statuses=", ".join(sorted(codes)[:_MOST_NAMED]),
        )
        self.problems.append(
            self._with_status_code[0].problem(
                "status-code-unknown", Severity.WARNING, detail, _STATUS_COLUMN
            )
        )

    def _texts_by_service(self, stem: str, header: str) -> dict[str, list[str]]:
        """Return the texts of an Open Referral table by service.

        Rows without a service become one problem.
        """
        services = {row.get(*SERVICE_ID) for row in self._tables.rows("services")}
        words: dict[str, list[str]] = defaultdict(list)
        without_service: list[Row] = []
        for row in self._tables.rows(stem):
            text, service = clean_line(row.get(header)), row.get(_SERVICE_COLUMN)
            if not text:
                continue
            if service in services:
                words[service].append(text)
                row.fates.keep(("id", _SERVICE_COLUMN, header))
            elif service:
                detail = _UNKNOWN_SERVICE.filled(service=service)
                self.problems.append(_error_at("unknown-parent", row, detail))
            else:
                without_service.append(row)
        if without_service:
            detail = _NO_SERVICE.filled(count=format(len(without_service), ","))
            problem = _error_at("rows-without-parent", without_service[0], detail)
            self.problems.append(replace(problem, lines=tuple(row.line for row in without_service)))
        return words


def _error_at(code: str, row: Row, detail: Message) -> Problem:
    return Problem(
        code=code,
        severity=Severity.ERROR,
        message=detail,
        file=row.file,
        line=row.line,
        column=_SERVICE_COLUMN,
    )
