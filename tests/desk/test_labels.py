"""What codes of the desk are called: each has words of its own."""

import pytest

from referral.desk import web as desk_web
from referral.desk.codes import OutcomeProblem
from referral.web.code_labels import code_label


@pytest.mark.parametrize("problem", OutcomeProblem)
def test_each_problem_of_an_outcome_is_a_sentence(problem):
    assert desk_web.labels  # which adds the labels
    words = code_label(problem)
    assert words != problem
    assert words.endswith(".")
