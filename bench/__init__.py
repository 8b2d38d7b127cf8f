"""Benchmark of the speed of our search and of other engines on the same records and queries.

``python -m bench --help`` describes how to run it. ``docs/measured.md`` has results, the kinds of
query and the differences of the engines. With ``--json`` the benchmark prints one object, whose
names are stable; new ones may be added. ``python -m bench exam`` measures how relevant results are
(``docs/search.md``).

``python``, ``processors``, ``load_before``, ``load_after``
    The environment: version, number of processors, and load over 1, 5 and 15 minutes (empty on
    Windows).
``services``
    Number of indexed services.
``suggestions``
    With ``--untagged``: ``seconds`` to suggest and store topics, ``services`` with a suggested
    topic, ``topics_per_service`` (mean).
``build``
    Engine → services indexed per second. ``same_sample`` has the rates of our writer and of
    Whoosh's own writer with our fields, on the first 5,000 services, and their ratio.
``found``
    Kind of query → number of services that our engine found, ``p50`` and ``p95``.
``engines``
    Engine → kind of query → times; ``distance_by`` is ``exact`` or ``box``. ``referral, asked
    again`` has our times measured again after all other engines; ``aims`` use the slower ones.
``left_out``
    Engine → reason for which it was not measured.
``page``
    ``/search`` with the queries of kind ``all``, through Flask's test client, in five rounds. The
    median of each page counts. ``quickest_p50_ms`` and ``quickest_p95_ms`` are percentiles of the
    fastest round of each page. ``most_statements`` and ``mean_statements`` are SQL statements
    without ``BEGIN``.
``api_page``
    Pages of 50 services of the API, measured as ``page``. ``times_a_results_page`` is their median
    divided by that of ``page``. ``datasette`` and ``times_datasette`` compare with datasette, if it
    is installed.
``hostile``
    Long, nested, malformed and strange queries (``bench/hostile.py``): times, the first 30
    characters of the ``slowest`` one, and its length (``letters``).
``edit``
    Times from the start of a change in the database to the first answer that contains it.
``worker``
    A new process, started as by ``referral serve --workers``: ``imports_s``, ``open_s``,
    ``first_answer_s``, ``first_page_s``, ``cold_start_s`` (from the start of the worker to the first
    answer of search) and ``alone_s`` (``cold_start_s`` and the imports). On Linux also the megabytes
    that no other process shares, after 40 searches and 40 pages: ``private_mb``,
    ``private_written_mb``, and ``private_mb_before`` of the parent process, which has imported the
    modules.
``aims``
    A list of targets: ``what``, ``measured``, ``aim``, and ``at_most`` (else at least).

Times are milliseconds of queries that have run before: ``p50_ms``, ``p95_ms``, ``p99_ms``,
``max_ms``, and ``questions``, the number of queries.
"""
