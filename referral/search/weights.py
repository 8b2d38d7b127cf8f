"""Ranking weights: fields, BM25F and every factor of a score, tuned on half of the search exam.

The score of a service is BM25F of its words, field by field, plus its topics, times small factors
that anybody can look up here. Nothing else has a say: no payment, no clicks, nothing about who
asks. So everybody gets the same order.
"""

from __future__ import annotations

from collections.abc import Mapping

# What a match in a field of ``schema.TEXT_FIELDS`` is worth, against the others.
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

# BM25F: how much a long field dilutes a match, and how soon repetition stops counting.
LENGTH_DILUTES = 0.6
REPETITION_SATURATES = 1.2

# What words, the phrases of the topics that the words stand for, and topics are worth, each against
# the best of its kind.
FUSED = (1.0, 1.0, 1.0)
# A service that has every word of the question: no other may stand above it by a guess alone.
EVERY_WORD = 2.0
# A service under a topic that the words stand for: this, times the rarity of the topic.
TOPIC = 12.0
# A topic that is suggested for some services counts as having at least so many.
LEAST_MEMBERS = 20.0
# What a topic is worth that a service has by an accepted category only and that nothing else of it
# bears out, against one that a person gave it.
BY_CATEGORY = 0.3
# Where words raise a help line: each topic of the line against the one before it, and what else
# the words stand for against the first of them.
NEXT_DANGER_TOPIC = 0.4
SAID_IN_DANGER = 0.15
# A service that is tagged with a topic of the danger, but does not say so itself.
TAGGED_ONLY = 0.8
# A service that nobody tagged counts for a danger if it says so: this, where only its description
# does and neither name nor categories.
SAID_IN_DESCRIPTION = 0.6
SAID_IN_CATEGORY = 0.9
# What each topic of the danger is worth besides, so that who helps in several ways comes first.
OF_SEVERAL_DANGER_TOPICS = 0.1
# What single words are worth that were understood together ("pink slip"): slips and pinks.
WORD_OF_A_RUN = 0.4
# What a phrase is worth that the question as a whole does not bear out.
DOUBTED = 0.5
# What the other words are worth where topics of the question as a whole are known.
UNEXPLAINED_WORD = 0.2
# What counts who has some of them only, against who has all of them or stands under the topic.
PART_OF_A_RUN = 0.7
# The broader topic against one that hardly anybody has who may serve; how many are hardly any.
BROADER = 0.12
HARDLY_ANY = 3
# What only mentions the one plain word that was asked, and is under no topic of it.
MENTION = 0.5
SOME_MEMBERS = 5  # with fewer under its topics, a mention may be all there is
# What a broad word means last is worth this share of what it means first; of the kinds of a topic
# with fewer kinds than this, the last is worth more. A kind for people of whom nobody spoke.
LAST_KIND = 0.3
MANY_KINDS = 5
KIND_FOR_A_GROUP = 0.8
# What words said in passing are worth.
PASSING_WORD = 0.1

# What has a smaller share of the words, by how much they tell, is worth this power of the share.
COVERAGE_POWER = 1.5
# Words that stand for topics tell this much more than others.
UNDERSTOOD = 2.0
# Where no service with all words is the best, one must have this share of what the best one has.
LEAST_SHARE = 0.45

# Help lines of the whole country have our tags, and so would win every topic on a list that
# nobody tagged; this is what they are worth there unless the words name them.
NATIONAL = 0.2
# The second row with the same name and organization, the third: several rows of one thing.
SAME_NAME = (1.0, 0.85, 0.72)

# Whose name, or organization's name, begins with the words (two or more) as they stand, or has them
# side by side: more than the phrases of a topic give ("county office" to the Office on Aging).
NAMED_SO = 4.0
# What has all of the words in names, its own or its organization's, where there are several or one
# is chiefly known from names of organizations.
ALL_IN_NAMES = 2.0

# What was said besides the need ("tonight", "who speaks Spanish") puts what fits first, among what
# scores at least this share of the best: what is as good and 24 miles farther away still does.
WEAK_SHARE = 0.2

# What is near, or serves the place, stands before what is remote if it scores at least this share
# of the best of both.
NEAR_SHARE = 0.25

# Volunteering and giving, when the words do not ask to give; and what share of the words (of what
# the best one has) it must then have to be shown at all.
GIVING_UNASKED = 0.05
GIVING_LEAST_SHARE = 0.9
# Made for a group of people (veterans, teenagers) of whom nobody spoke: who asks may not be one.
FOR_A_GROUP = 0.9
# A listing that nobody checked for this many days (before the latest check of any listing) is
# worth this share; in between it falls evenly. One that was never checked counts as that old.
STALE_AFTER_DAYS = 730
STALE = 0.9

# With a place given: a service this many miles away is worth half the way from 1 down to FAR; what
# has no place (a phone line, a home visit) is worth what is this many miles away.
HALF_MILES = 8.0
FAR = 0.2
PLACELESS_MILES = 8.0
