"""The views on who copied whom and how much of its own an outlet prints; they hold no facts.

Must not be changed in a released migration: add the next one in `schema`.
"""

from __future__ import annotations

# `carried` and `wire` of an article say what `core.provenance` found when its story was told. CROSS
# JOIN keeps the narrow index of articles in front: of 200,000 articles 350 ms, not 1,100.
ORIGINALITY = """
CREATE VIEW republications AS
SELECT articles.cluster AS story, outlets.name AS outlet, lead_outlets.name AS lead_outlet,
  articles.relation, round(articles.copied, 3) AS copied, round(articles.kept, 3) AS kept,
  articles.agency AS credited_agency, clusters.agency AS story_agency,
  clusters.contested <> '[]' AS credits_contradict,
  outlets.family IS NOT NULL AND outlets.family IS lead_outlets.family AS same_family,
  articles.published_at, articles.time_source, articles.time_trust,
  cast(round((julianday(articles.published_at) - julianday(clusters.first_at)) * 1440) AS INTEGER)
    AS minutes_after_first,
  articles.title, lead.title AS lead_title, articles.url, articles.id AS article, lead.id AS lead
FROM articles
JOIN clusters ON clusters.id = articles.cluster AND clusters.lead <> articles.id
JOIN articles AS lead ON lead.id = clusters.lead
JOIN outlets ON outlets.id = articles.outlet
JOIN outlets AS lead_outlets ON lead_outlets.id = lead.outlet
WHERE articles.shared AND articles.outlet <> lead.outlet;

CREATE VIEW uncredited_copies AS
SELECT articles.cluster AS story, credits.agency, outlets.name AS outlet, articles.relation,
  round(articles.copied, 3) AS copied, round(articles.kept, 3) AS kept, articles.published_at,
  articles.title, credits.excerpt AS proof, proof_outlets.name AS proof_outlet,
  credits.source_article AS proof_article, articles.url, articles.id AS article
FROM credits
JOIN articles ON articles.id = credits.article
JOIN outlets ON outlets.id = articles.outlet
JOIN articles AS proofs ON proofs.id = credits.source_article
JOIN outlets AS proof_outlets ON proof_outlets.id = proofs.outlet
WHERE credits.role = 'inferred' AND articles.wire = 'uncredited';

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
WITH told AS (
  SELECT outlet, stated_at IS NOT NULL AS doubted, shared, carried AS copy,
    relation = 'first' AND time_trust <> 'low' AS first,
    coalesce(wire, 'own') <> 'own' AS wire, coalesce(wire, '') = 'uncredited' AS omitted
  FROM articles WHERE cluster IS NOT NULL
)
SELECT outlets.name AS outlet, outlets.domain, outlets.family, count(*) AS articles,
  sum(NOT shared) AS only_here, sum(NOT wire AND NOT copy) AS own, sum(wire) AS wire,
  sum(omitted) AS uncredited,
  sum(copy) AS copies, sum(shared) AS shared, sum(shared AND first) AS first_to_publish,
  round(avg(NOT wire AND NOT copy), 3) AS share_own, round(avg(wire), 3) AS share_wire,
  round(avg(omitted) / avg(wire), 3) AS credit_omission,
  round(sum(shared AND first) * 1.0 / sum(shared), 3) AS first_to_publish_rate,
  round(avg(doubted), 3) AS share_dates_doubted
FROM told JOIN outlets ON outlets.id = told.outlet
GROUP BY told.outlet;
"""
