"""Benchmark: how fast search is, and how fast others are on the same records and queries.

``python -m bench --help`` says how to run it; ``docs/measured.md`` has results, the kinds of
query and how engines differ. With ``--json`` it prints one object. Names are stable; new ones may
be added. ``python -m bench exam`` measures how relevant answers are (``docs/search.md``).

``python``, ``processors``, ``load_before``, ``load_after``
    The environment; load over 1, 5 and 15 minutes, empty on Windows.
``services``
    Number of services searched.
``suggestions``
    With ``--untagged``: ``seconds`` to suggest and store topics, ``services`` with a suggested
    topic, ``topics_per_service`` (mean).
``build``
    Engine → services indexed per second. ``same_sample``: ours, Whoosh's own writer with our
    fields on the first 5,000 services, and the ratio of the two.
``found``
    Kind of query → number of services that ours found, ``p50`` and ``p95``.
``engines``
    Engine → kind of query → times; ``distance_by`` is ``exact`` or ``box``. ``referral, asked
    again`` has our times once more after all other engines; ``aims`` use the slower of the two.
``left_out``
    Engine → why it was not measured.
``page``
    ``/search`` with everything of ``all``, through Flask's test client: five rounds, the median
    of each page counts. ``quickest_p50_ms`` and ``quickest_p95_ms`` are of the fastest rounds;
    ``most_statements`` and ``mean_statements`` are SQL statements, without ``BEGIN``.
``api_page``
    50 services of the API in the same measures; ``times_a_results_page`` is its median divided by
    that of ``page``; ``datasette`` and ``times_datasette`` where datasette is installed.
``hostile``
    Long, nested, malformed and strange input (``bench/hostile.py``): times, ``slowest`` (its
    first 30 characters) and ``letters`` (its length).
``edit``
    Times from the start of a change in the database to the first answer that contains it.
``worker``
    A new process, as ``referral serve --workers`` starts one: ``imports_s``, ``open_s``, ``first_answer_s``,
    ``first_page_s``, ``cold_start_s`` (from the start of the worker to the first answer of
    search) and ``alone_s`` (with the imports). On Linux, after 40 searches and 40 pages,
    megabytes that no other process shares: ``private_mb``, ``private_written_mb``, and
    ``private_mb_before`` of the process that imported.
``aims``
    ``what``, ``measured``, ``aim``, and ``at_most`` (else at least), of what was measured.

Times are milliseconds of warm answers: ``p50_ms``, ``p95_ms``, ``p99_ms``, ``max_ms``, and
``questions``, the number of queries.
"""
