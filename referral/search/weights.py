"""Ranking weights: fields, BM25F and every factor of a score, tuned on half of the search exam.

The score of a service is BM25F of its words, field by field, plus its topics, times small
factors that anybody can look up here. Nothing else affects it: no payment, no clicks, nothing
about the user. So everybody gets the same order.
"""

from __future__ import annotations

from collections.abc import Mapping

# Weight of a match in each field of ``schema.TEXT_FIELDS``.
FIELD_WEIGHTS: Mapping[str, float] = {
    "name": 5.0,
    "name_es": 5.0,
    "alternate_name": 4.0,
    "organization": 2.5,
    "program": 2.0,
    "terms": 4.0,
    "terms_es": 4.0,
    "topics": 1.5,
    "topics_es": 1.5,
    "keywords": 3.0,
    "description": 1.0,
    "text_es": 1.0,
    "eligibility": 0.7,
    "places": 1.5,
    "about": 0.5,
    "words": 0.3,
}

# BM25F: B, by how much a long field dilutes a match; K1, how soon repetition stops counting.
LENGTH_DILUTES = 0.6
REPETITION_SATURATES = 1.2

# Weights of three scores, each relative to the highest of its kind: words, phrases of the topics
# that the words mean, and topics.
FUSED = (1.0, 1.0, 1.0)
# Factor for a service that has every word of the query, so that no guess alone outranks it.
EVERY_WORD = 2.0
# Score of a service with a topic that the words mean, times the idf of the topic.
TOPIC = 12.0
# Least number of services that a suggested topic is taken to have, for its idf.
LEAST_MEMBERS = 20.0
# Factor for a topic that a service has through an accepted category only and that nothing else in
# its listing confirms; a topic that a person assigned has 1.
BY_CATEGORY = 0.3
# Where words raise a help line: weight of each topic of the line relative to the one before it, and
# of other topics that the words mean relative to the first.
NEXT_DANGER_TOPIC = 0.4
OTHER_TOPIC_IN_DANGER = 0.15
# Factor for a service tagged with a topic of the danger whose own texts do not mention it.
TAGGED_ONLY = 0.8
# Factors for a service that is not tagged with a topic of the danger, but whose texts mention it:
# only in its description, or in its categories.
MENTIONED_IN_DESCRIPTION = 0.6
MENTIONED_IN_CATEGORY = 0.9
# Share of each topic of the danger added to the best one: services that help in several ways lead.
OF_SEVERAL_DANGER_TOPICS = 0.1
# Factor for single words of a run that was understood as a whole ("pink slip"): slips and pinks.
WORD_OF_A_RUN = 0.4
# Factor for a phrase whose topics the query as a whole does not confirm.
DOUBTED = 0.5
# Factor for words without a topic where topics of the query as a whole are known.
UNEXPLAINED_WORD = 0.2
# Factor for services with some words of a run only, neither all of them nor its topic.
PART_OF_A_RUN = 0.7
# Weight of a broader topic where fewer than HARDLY_ANY services that may help have the narrower.
BROADER = 0.12
HARDLY_ANY = 3
# Factor for services that only mention a one-word query and have none of its topics.
MENTION = 0.5
SOME_MEMBERS = 5  # with fewer services under its topics, mentions keep their full score
# A broad word means several kinds of a topic: the last is worth this share of the first, or more
# where there are fewer than MANY_KINDS. Factor for a kind for a group that the query does not name.
LAST_KIND = 0.3
MANY_KINDS = 5
KIND_FOR_A_GROUP = 0.8
# Factor for words said in passing, such as "help" and "please".
PASSING_WORD = 0.1

# A service that matches only a share of the words, weighted by idf, gets this power of the share.
COVERAGE_POWER = 1.5
# Factor for the weight of words that mean topics, in that share.
UNDERSTOOD = 2.0
# Least share of the words that a result must match, relative to the result that matches most.
LEAST_SHARE = 0.45

# Factor for national help lines that the words do not name, on a list without tags: they have our
# tags, and would lead the results of every topic.
NATIONAL = 0.2
# Factors for the first, second and third result with the same name and organization.
SAME_NAME = (1.0, 0.85, 0.72)

# Factor for services whose name, or organization's name, begins with the words (two or more) or has
# them side by side: more than phrases of a topic add ("county office" to the Office on Aging).
NAMED_SO = 4.0
# Factor for services with all words in names, their own or their organization's, where there are
# several words or one is mostly known from names of organizations.
ALL_IN_NAMES = 2.0

# Preferences ("tonight", "who speaks Spanish") put results that fit first, among those that score
# at least this share of the best: an equal one 24 miles farther away still does.
WEAK_SHARE = 0.2

# Results that are near or serve the place come before remote ones if they score at least this share
# of the best of them.
NEAR_SHARE = 0.25

# Where the words do not ask to give: factor for services that only seek volunteers and donors, and
# the least share of the words (relative to the best result's) that they need to be found at all.
GIVING_UNASKED = 0.05
GIVING_LEAST_SHARE = 0.9
# Factor for services for a group (veterans, teenagers) that the query does not name.
FOR_A_GROUP = 0.9
# Factor for a listing last verified this many days before the latest verification of any listing;
# it falls linearly from 1 to STALE. A listing that was never verified counts as that old.
STALE_AFTER_DAYS = 730
STALE = 0.9

# Where a place is given, the factor falls with distance from 1 to FAR, half of that at HALF_MILES.
# A service without a location (a phone line, a home visit) counts as PLACELESS_MILES away.
HALF_MILES = 8.0
FAR = 0.2
PLACELESS_MILES = 8.0
