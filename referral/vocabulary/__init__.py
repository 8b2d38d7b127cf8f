"""Vocabulary: thesaurus, crisis words, headings, taxonomies, site texts, the exam."""

# What other parts of the product may import, by module.
INTERFACE = {
    "list_exam": (
        "Answered",
        "ListExamReport",
        "MetricsRow",
        "load_list_exam",
        "run_list_exam",
    ),
    "shipped_words": ("add_missing_words", "missing_words"),
    "usual_needs": ("estimate_list", "waits_for_topics"),
    "search_exam": (
        "ExamReport",
        "HALVES",
        "exam_directory",
        "own_exam",
        "run_exam",
    ),
}
