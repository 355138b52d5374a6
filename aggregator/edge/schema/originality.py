"""The views on who copied whom and how much of its own an outlet prints; they hold no facts.

Must not be changed in a released migration: add the next one in `schema`.
"""

from __future__ import annotations

# `carried` and `wire` of an article say what `core.provenance` found when its story was told. CROSS
# JOIN keeps the narrow index of articles in front: of 200,000 articles 350 ms, not 1,100. Names are
# looked up as values, because a join is made for every row that is counted, and a value only where
# it is shown: counting 100,000 republications takes 40 ms, not 280. The plus keeps SQLite from
# taking the index of `outlets`, so that the newest are read in order of theirs.
ORIGINALITY = """
CREATE VIEW republications AS
SELECT articles.cluster AS story,
  (SELECT name FROM outlets WHERE outlets.id = articles.outlet) AS outlet,
  (SELECT name FROM outlets WHERE outlets.id = lead.outlet) AS lead_outlet,
  articles.relation, round(articles.copied, 3) AS copied, round(articles.kept, 3) AS kept,
  articles.agency AS credited_agency, clusters.agency AS story_agency,
  clusters.contested <> '[]' AS credits_contradict,
  EXISTS (SELECT 1 FROM outlets AS mine JOIN outlets AS theirs ON theirs.family = mine.family
    WHERE mine.id = articles.outlet AND theirs.id = lead.outlet) AS same_family,
  articles.published_at, articles.time_source, articles.time_trust,
  cast(round((julianday(articles.published_at) - julianday(clusters.first_at)) * 1440) AS INTEGER)
    AS minutes_after_first,
  articles.title, lead.title AS lead_title, articles.url, articles.id AS article, lead.id AS lead
FROM articles
JOIN clusters ON clusters.id = articles.cluster AND clusters.lead <> articles.id
JOIN articles AS lead ON lead.id = clusters.lead
WHERE +clusters.outlets > 1 AND articles.outlet <> lead.outlet;

CREATE VIEW uncredited_copies AS
SELECT articles.cluster AS story, credits.agency,
  (SELECT name FROM outlets WHERE outlets.id = articles.outlet) AS outlet, articles.relation,
  round(articles.copied, 3) AS copied, round(articles.kept, 3) AS kept, articles.published_at,
  articles.title, credits.excerpt AS proof,
  (SELECT name FROM articles AS proofs JOIN outlets ON outlets.id = proofs.outlet
    WHERE proofs.id = credits.source_article) AS proof_outlet,
  credits.source_article AS proof_article, articles.url, articles.id AS article
FROM credits
JOIN articles ON articles.id = credits.article
WHERE credits.role = 'inferred' AND articles.wire = 'uncredited'
  AND credits.source_article IS NOT NULL;

CREATE VIEW who_repeats_whom AS
WITH copies AS (
  SELECT articles.outlet, clusters.agency, NULL AS lead_outlet, articles.cluster,
    articles.agency IS clusters.agency AS credited, articles.copied, articles.published_at
  FROM articles CROSS JOIN clusters ON clusters.id = articles.cluster
  WHERE clusters.agency IS NOT NULL AND articles.wire IS NOT 'own'
    AND max(coalesce(articles.copied, 1), coalesce(articles.kept, 1)) >= 0.5
  UNION ALL
  SELECT articles.outlet, NULL, lead.outlet, articles.cluster, 0, articles.copied,
    articles.published_at
  FROM articles
  CROSS JOIN clusters ON clusters.id = articles.cluster AND clusters.agency IS NULL
  CROSS JOIN articles AS lead ON lead.id = clusters.lead
  WHERE articles.carried
), counted AS (
  SELECT outlet, agency, lead_outlet, count(*) AS articles, count(DISTINCT cluster) AS stories,
    sum(credited) AS credited, round(avg(coalesce(copied, 1)), 3) AS mean_copied,
    max(published_at) AS last_published_at
  FROM copies GROUP BY outlet, agency, lead_outlet
)
SELECT outlets.name AS outlet, coalesce(agencies.name, lead_outlets.name) AS repeats,
  CASE WHEN counted.agency IS NULL THEN 'outlet' ELSE 'agency' END AS kind,
  counted.articles, stories, credited, mean_copied, last_published_at
FROM counted
JOIN outlets ON outlets.id = counted.outlet
LEFT JOIN outlets AS lead_outlets ON lead_outlets.id = counted.lead_outlet
LEFT JOIN agencies ON agencies.id = counted.agency;

CREATE VIEW outlet_originality AS
WITH sums AS (
  SELECT outlet, count(*) AS articles, count(stated_at) AS doubted,
    coalesce(sum(shared), 0) AS shared, coalesce(sum(carried), 0) AS copies,
    count(CASE WHEN shared AND relation = 'first' AND time_trust <> 'low' THEN 1 END) AS first,
    count(CASE WHEN wire <> 'own' THEN 1 END) AS wire,
    count(CASE wire WHEN 'uncredited' THEN 1 END) AS uncredited,
    count(CASE WHEN NOT carried AND coalesce(wire, 'own') = 'own' THEN 1 END) AS own
  FROM articles WHERE cluster IS NOT NULL GROUP BY outlet
)
SELECT outlets.name AS outlet, outlets.domain, outlets.family, articles,
  articles - shared AS only_here, own, wire, uncredited, copies, shared,
  first AS first_to_publish,
  round(own * 1.0 / articles, 3) AS share_own, round(wire * 1.0 / articles, 3) AS share_wire,
  round((uncredited * 1.0 / articles) / (wire * 1.0 / articles), 3) AS credit_omission,
  round(first * 1.0 / shared, 3) AS first_to_publish_rate,
  round(doubted * 1.0 / articles, 3) AS share_dates_doubted
FROM sums JOIN outlets ON outlets.id = sums.outlet;
"""
