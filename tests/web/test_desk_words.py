"""What codes of the desk are called: each has words of its own."""

import pytest

from referral.records.inquiry_codes import OutcomeProblem
from referral.web.code_labels import code_label


@pytest.mark.parametrize("problem", OutcomeProblem)
def test_each_problem_of_an_outcome_is_a_sentence(problem):
    words = code_label(problem)
    assert words != problem
    assert words.endswith(".")
