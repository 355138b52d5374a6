"""The views on who copied whom and how much of its own an outlet prints; they hold no facts.

Must not be changed in a released migration: add the next one in `schema`.
"""

from __future__ import annotations

# A page carries another's copy when half of its words are that copy's, or half of the copy is in
# it: `core.provenance.CARRIED`, the same as in the tallies of a report.
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
WHERE articles.outlet <> lead.outlet;

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
WHERE credits.role = 'inferred' AND NOT EXISTS (
  SELECT 1 FROM credits AS said
  WHERE said.article = credits.article AND said.role IN ('own', 'origin', 'partial'));

CREATE VIEW who_repeats_whom AS
SELECT outlets.name AS outlet, coalesce(agencies.name, lead_outlets.name) AS repeats,
  CASE WHEN agencies.id IS NULL THEN 'outlet' ELSE 'agency' END AS kind,
  count(*) AS articles, count(DISTINCT articles.cluster) AS stories,
  sum(EXISTS (SELECT 1 FROM credits WHERE credits.article = articles.id
    AND credits.role IN ('origin', 'partial') AND credits.agency IS clusters.agency)) AS credited,
  round(avg(coalesce(articles.copied, 1)), 3) AS mean_copied,
  max(articles.published_at) AS last_published_at
FROM articles
JOIN clusters ON clusters.id = articles.cluster
JOIN articles AS lead ON lead.id = clusters.lead
JOIN outlets ON outlets.id = articles.outlet
JOIN outlets AS lead_outlets ON lead_outlets.id = lead.outlet
LEFT JOIN agencies ON agencies.id = clusters.agency
WHERE max(coalesce(articles.copied, 1), coalesce(articles.kept, 1)) >= 0.5
  AND CASE WHEN agencies.id IS NULL THEN articles.outlet <> lead.outlet
    ELSE NOT EXISTS (SELECT 1 FROM credits
      WHERE credits.article = articles.id AND credits.role = 'own') END
GROUP BY outlets.id, coalesce(agencies.name, lead_outlets.name), kind;

CREATE VIEW outlet_originality AS
WITH said AS (
  SELECT article, max(role = 'own') AS own, max(role IN ('origin', 'partial')) AS credited,
    max(role = 'inferred') AS inferred
  FROM credits WHERE role <> 'mention' GROUP BY article
), told AS (
  SELECT articles.outlet, articles.stated_at IS NOT NULL AS doubted,
    clusters.outlets > 1 AS shared,
    articles.relation = 'first' AND articles.time_trust <> 'low' AS first,
    clusters.lead <> articles.id AND lead.outlet <> articles.outlet
      AND max(articles.copied, articles.kept) >= 0.5 AS copy,
    NOT coalesce(said.own, 0) AND (coalesce(said.credited, 0) OR coalesce(said.inferred, 0))
      AS wire,
    NOT coalesce(said.own, 0) AND NOT coalesce(said.credited, 0) AND coalesce(said.inferred, 0)
      AS omitted
  FROM articles
  JOIN clusters ON clusters.id = articles.cluster
  JOIN articles AS lead ON lead.id = clusters.lead
  LEFT JOIN said ON said.article = articles.id
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
GROUP BY outlets.id;
"""
