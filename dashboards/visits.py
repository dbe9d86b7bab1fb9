"""Metrics of visitors and their sessions, and how many consented."""

from suostumus.dashboards.dimensions import Grain
from suostumus.dashboards.metric import Format, Metric

VISITORS = Metric(
    "visitors",
    "Visitors",
    "visitors",
    Format.COUNT,
    "Different visitors with a session in the period, each counted once over the whole period. "
    "The visitors of several days or rows do not add up to it.",
    sql={Grain.SESSION: "uniqExact(person)"},
    addends=("new_visitors", "returning_visitors"),
    example="A visitor who comes on Monday and on Tuesday is one visitor of each day and one of the week.",
)
NEW_VISITORS = Metric(
    "new_visitors",
    "New visitors",
    "visitors",
    Format.COUNT,
    "Visitors of the period whose consent was born in it. "
    "A visitor is born with the consent: who withdraws and consents again is new. "
    "In a chart each hour, day, week or month is a period of its own.",
    sql={Grain.SESSION: "uniqExactIf(person, is_new)"},
    in_bucket="uniqExactIf(person, is_new_in_bucket)",
    example="Who consents on 30 November and comes back on 1 December is new in November and returning in December.",
)
RETURNING_VISITORS = Metric(
    "returning_visitors",
    "Returning visitors",
    "visitors",
    Format.COUNT,
    "Visitors of the period whose consent was born before it. New and returning visitors add up to visitors. "
    "In a chart each hour, day, week or month is a period of its own.",
    sql={Grain.SESSION: "uniqExactIf(person, NOT is_new)"},
    in_bucket="toUInt64("
    "uniqExactIf(person, NOT is_new) + uniqExactIf(person, is_new) - uniqExactIf(person, is_new_in_bucket))",
)
SESSIONS = Metric(
    "sessions",
    "Sessions",
    "sessions",
    Format.COUNT,
    "Events of one visitor with no gap of 30 minutes or more. A session belongs to the period and the day "
    "in which its first event falls, in the site's time zone, and is counted whole.",
    sql={Grain.SESSION: "count()"},
    example="A session from 23:50 to 00:10 is one session of the first day, with all its page views.",
)
PAGE_VIEWS = Metric(
    "page_views",
    "Page views",
    "page views",
    Format.COUNT,
    "Events page_view of the period's sessions.",
    sql={Grain.SESSION: "sum(<views>)"},
)
VIEWS_PER_SESSION = Metric(
    "views_per_session",
    "Pages a session",
    "page views for each session",
    Format.RATIO,
    "Page views divided by sessions.",
    sql={Grain.SESSION: "sum(<views>) / count()"},
)
BOUNCE_RATE = Metric(
    "bounce_rate",
    "Bounce rate",
    "% of sessions",
    Format.RATE,
    "Sessions with exactly one page view and no other event than those by which a page measures itself (scroll, "
    "user_engagement, web_vitals, exception, page_not_found) or tells what it shows (view_item once, view_item_list, "
    "view_promotion, view_cart, view_search_results), divided by sessions.",
    example="Who comes to a product's page by an advertisement, reads it and leaves has bounced.",
    rising_is_good=False,
    sql={Grain.SESSION: "countIf(acts = 1 AND views = 1) / count()"},
)
ENGAGEMENT_RATE = Metric(
    "engagement_rate",
    "Engagement",
    "% of sessions",
    Format.RATE,
    "Sessions that lasted 10 seconds or more, or saw two pages or more, or purchased, divided by sessions.",
    sql={Grain.SESSION: "countIf(milliseconds >= 10000 OR views >= 2 OR purchased > 0) / count()"},
)
DURATION = Metric(
    "duration",
    "Session duration",
    "minutes and seconds",
    Format.DURATION,
    "Time from the first to the last event of a session, averaged over all sessions. "
    "A session of one event lasts 0 seconds.",
    sql={Grain.SESSION: "sum(milliseconds) / 1000 / count()"},
)
COVERAGE = Metric(
    "coverage",
    "Consent coverage",
    "% of answers",
    Format.RATE,
    "Answers that accepted all purposes, or some of them with statistics among these, divided by all answers given "
    "on the period's days. "
    "Counted without personal data; filters do not narrow it. A change of an earlier consent is not counted.",
)

VISIT_METRICS = (
    VISITORS,
    NEW_VISITORS,
    RETURNING_VISITORS,
    SESSIONS,
    PAGE_VIEWS,
    VIEWS_PER_SESSION,
    BOUNCE_RATE,
    ENGAGEMENT_RATE,
    DURATION,
)
