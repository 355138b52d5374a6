"""The views people and Datasette read, and the full-text index; they hold no facts of their own.

Must not be changed in a released migration: add the next one in `schema`.
"""

from __future__ import annotations

SEARCH = """
CREATE VIRTUAL TABLE articles_fts USING fts5(
  title, text, content='articles', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
CREATE TRIGGER articles_ai AFTER INSERT ON articles BEGIN
  INSERT INTO articles_fts(rowid, title, text) VALUES (new.id, new.title, new.text);
END;
CREATE TRIGGER articles_ad AFTER DELETE ON articles BEGIN
  INSERT INTO articles_fts(articles_fts, rowid, title, text)
    VALUES ('delete', old.id, old.title, old.text);
END;
CREATE TRIGGER articles_au AFTER UPDATE OF title, text ON articles BEGIN
  INSERT INTO articles_fts(articles_fts, rowid, title, text)
    VALUES ('delete', old.id, old.title, old.text);
  INSERT INTO articles_fts(rowid, title, text) VALUES (new.id, new.title, new.text);
END;
"""

VIEWS = """
CREATE VIEW stories AS
SELECT clusters.id AS story, clusters.title, clusters.outlets, clusters.articles,
  clusters.independent, clusters.agency, outlets.name AS first_outlet,
  clusters.first_at AS first_published_at, clusters.last_at AS last_published_at
FROM clusters
LEFT JOIN articles ON articles.id = (
  SELECT id FROM articles AS copy WHERE copy.cluster = clusters.id
  ORDER BY copy.published_at, copy.url_key LIMIT 1)
LEFT JOIN outlets ON outlets.id = articles.outlet
WHERE clusters.merged_into IS NULL AND clusters.articles > 0;

CREATE VIEW republications AS
SELECT articles.cluster AS story, outlets.name AS outlet, lead_outlets.name AS lead_outlet,
  articles.relation, round(articles.copied, 3) AS copied, round(articles.kept, 3) AS kept,
  articles.agency AS credited_agency, clusters.agency AS story_agency,
  articles.published_at, articles.title, lead.title AS lead_title, articles.url,
  articles.id AS article, lead.id AS lead
FROM articles
JOIN clusters ON clusters.id = articles.cluster AND clusters.lead <> articles.id
JOIN articles AS lead ON lead.id = clusters.lead
JOIN outlets ON outlets.id = articles.outlet
JOIN outlets AS lead_outlets ON lead_outlets.id = lead.outlet
WHERE articles.outlet <> lead.outlet;

CREATE VIEW uncredited_copies AS
SELECT story, story_agency AS agency, outlet, relation, copied, kept, published_at, title, url,
  article
FROM republications
WHERE story_agency IS NOT NULL AND article NOT IN (
  SELECT article FROM credits WHERE role IN ('own', 'origin', 'partial'));

CREATE VIEW outlet_originality AS
SELECT outlets.name AS outlet, outlets.domain, count(*) AS articles,
  sum(clusters.outlets = 1) AS only_here,
  sum(clusters.outlets > 1 AND articles.relation = 'first') AS first_to_publish,
  sum(clusters.lead <> articles.id AND lead.outlet <> articles.outlet) AS copies,
  round(avg(clusters.outlets = 1), 3) AS share_only_here,
  round(avg(clusters.lead <> articles.id AND lead.outlet <> articles.outlet), 3) AS share_copied
FROM articles
JOIN outlets ON outlets.id = articles.outlet
JOIN clusters ON clusters.id = articles.cluster
JOIN articles AS lead ON lead.id = clusters.lead
GROUP BY outlets.id;

CREATE VIEW who_repeats_whom AS
SELECT outlet, lead_outlet AS repeats, count(*) AS articles, count(DISTINCT story) AS stories,
  round(avg(copied), 3) AS mean_copied, max(published_at) AS last_published_at
FROM republications GROUP BY outlet, lead_outlet;

CREATE VIEW feed_health AS
SELECT feeds.id AS feed, feeds.name, outlets.name AS outlet, feeds.enabled, feeds.failures,
  feeds.error, feeds.polled_at, feeds.changed_at, feeds.due_at,
  coalesce(polls.last_status, polls.status) AS status,
  (SELECT count(*) FROM entries WHERE entries.feed = feeds.id) AS entries,
  (SELECT count(DISTINCT article) FROM entries WHERE entries.feed = feeds.id) AS articles,
  feeds.url
FROM feeds
LEFT JOIN outlets ON outlets.id = feeds.outlet
LEFT JOIN polls ON polls.id = (SELECT max(id) FROM polls AS log WHERE log.feed = feeds.id);

CREATE VIEW backlog AS
SELECT entries.id AS entry, feeds.name AS feed, entries.title, entries.attempts,
  entries.retry_at, entries.reason, entries.seen_at, entries.url
FROM entries JOIN feeds ON feeds.id = entries.feed WHERE entries.state = 'new';
"""
