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

# Names are looked up as values: a join is made for every row that is only counted, too.
VIEWS = """
CREATE VIEW stories AS
SELECT clusters.id AS story, clusters.title, clusters.outlets, clusters.articles,
  clusters.independent, clusters.agency,
  (SELECT outlets.name FROM articles JOIN outlets ON outlets.id = articles.outlet
    WHERE articles.id = clusters.first) AS first_outlet,
  clusters.first_at AS first_published_at, clusters.last_at AS last_published_at
FROM clusters WHERE clusters.articles > 0;

CREATE VIEW feed_health AS
SELECT feeds.id AS feed, feeds.name, outlets.name AS outlet, feeds.enabled, feeds.failures,
  feeds.error, feeds.polled_at, feeds.answered_at, feeds.changed_at, feeds.due_at,
  coalesce(polls.last_status, polls.status) AS status,
  round(feeds.every * feeds.pace) AS seconds_between, feeds.duplicates AS duplicate_share,
  feeds.dropped,
  (SELECT count(*) FROM entries WHERE entries.feed = feeds.id) AS entries,
  (SELECT count(DISTINCT article) FROM entries WHERE entries.feed = feeds.id) AS articles,
  feeds.url, feeds.moved_to
FROM feeds
LEFT JOIN outlets ON outlets.id = feeds.outlet
LEFT JOIN polls ON polls.id = (SELECT max(id) FROM polls AS log WHERE log.feed = feeds.id);

CREATE VIEW backlog AS
SELECT entries.id AS entry, feeds.name AS feed, entries.title, entries.attempts,
  entries.retry_at, entries.reason, entries.seen_at, entries.url
FROM entries JOIN feeds ON feeds.id = entries.feed WHERE entries.state = 'new';

CREATE VIEW revision_history AS
SELECT (SELECT name FROM outlets WHERE outlets.id = articles.outlet) AS outlet,
  revisions.kind, revisions.rank, revisions.summary AS changed, revisions.title, revisions.seen_at,
  revisions.modified_at, articles.cluster AS story, revisions.article, articles.final_url AS url,
  revisions.id AS revision
FROM revisions
JOIN articles ON articles.id = revisions.article
WHERE revisions.kind IN ('correction', 'update', 'lead rewrite');

CREATE VIEW vanished_pages AS
SELECT outlets.name AS outlet, visits.state, visits.since, visits.note, articles.title,
  articles.published_at, articles.cluster AS story, articles.id AS article,
  articles.final_url AS url
FROM visits
JOIN articles ON articles.id = visits.article
JOIN outlets ON outlets.id = articles.outlet
WHERE visits.state <> 'there';
"""
