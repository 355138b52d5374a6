"""The questions a researcher asks, ready-made as SQL over the views; asks no database itself."""

from __future__ import annotations

from typing import Any


def queries() -> dict[str, dict[str, Any]]:
    """Ready-made questions, each with the words it is asked in."""
    return {
        "uncredited_this_week": {
            "title": "Uncredited copies of the last seven days",
            "description": "Agency text without the agency's name, the most copied first.",
            "sql": "select story, agency, outlet, relation, copied, kept, proof, published_at,\n"
            "  title, url\n"
            "from uncredited_copies\n"
            "where published_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 days')\n"
            "order by copied desc, published_at desc limit 500",
        },
        "who_repeats": {
            "title": "Who repeats whom",
            "description": "Copies from one to another; leave the outlet empty for all.",
            "sql": "select outlet, repeats, kind, articles, stories, credited, mean_copied,\n"
            "  last_published_at\n"
            "from who_repeats_whom\n"
            "where :outlet = '' or outlet = :outlet or repeats = :outlet\n"
            "order by articles desc limit 500",
            "params": ["outlet"],
        },
        "pairs_to_review": {
            "title": "Borderline pairs to review",
            "description": "Pairs that were or were not joined by a small margin.",
            "sql": "select pairs.a, one.title as one, pairs.b, other.title as other,\n"
            "  pairs.jaccard, pairs.a_in_b, pairs.b_in_a, pairs.shared, pairs.verdict,\n"
            "  pairs.reason\n"
            "from pairs\n"
            "join articles as one on one.id = pairs.a\n"
            "join articles as other on other.id = pairs.b\n"
            "where pairs.verdict <> 'same' and one.outlet <> other.outlet\n"
            "  and max(pairs.a_in_b, pairs.b_in_a) between 0.35 and 0.65\n"
            "order by abs(max(pairs.a_in_b, pairs.b_in_a) - 0.5), pairs.a, pairs.b limit 200",
        },
        "stale_feeds": {
            "title": "Stale feeds",
            "description": "Feeds that fail, or brought nothing new for the days given.",
            "sql": "select feed, name, outlet, failures, error, status, polled_at, changed_at,\n"
            "  url\n"
            "from feed_health\n"
            "where enabled = 1 and (failures > 0 or changed_at is null or changed_at <\n"
            "  strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-' || max(1, cast(:days as integer))\n"
            "  || ' days'))\n"
            "order by failures desc, changed_at limit 500",
            "params": ["days"],
        },
        "first_to_publish": {
            "title": "First to publish",
            "description": "Outlets by stories of two outlets or more that they published first.",
            "sql": "select outlets.name as outlet, count(*) as stories_first,\n"
            "  sum(clusters.outlets) as outlets_reached, max(clusters.first_at) as last_at\n"
            "from articles\n"
            "join clusters on clusters.id = articles.cluster\n"
            "join outlets on outlets.id = articles.outlet\n"
            "where articles.relation = 'first' and clusters.outlets > 1\n"
            "  and articles.time_trust <> 'low'\n"
            "group by outlets.id order by stories_first desc, outlet limit 500",
        },
        "credit_habits": {
            "title": "Credit habits",
            "description": "Outlets by agency copy that they run, and the share without a credit.",
            "sql": "select outlet, domain, wire, uncredited, credit_omission, articles\n"
            "from outlet_originality where wire > 0\n"
            "order by credit_omission desc, wire desc, outlet limit 500",
        },
        "agency_reach": {
            "title": "Reach of agencies",
            "description": "Agencies by articles at other outlets, with and without a credit.",
            "sql": "with said as (\n"
            "  select article, agency, max(role in ('origin', 'partial')) as credited\n"
            "  from credits where role in ('own', 'origin', 'partial', 'inferred')\n"
            "  group by article, agency having max(role = 'own') = 0\n"
            ")\n"
            "select agencies.name as agency, count(*) as articles, sum(credited) as credited,\n"
            "  sum(not credited) as uncredited, count(distinct articles.outlet) as outlets,\n"
            "  count(distinct articles.cluster) as stories\n"
            "from said join articles on articles.id = said.article\n"
            "join agencies on agencies.id = said.agency\n"
            "group by agencies.id order by articles desc, agencies.name limit 500",
        },
    }
