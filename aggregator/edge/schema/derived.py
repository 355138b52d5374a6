"""Tables of what was found and decided, every column explained; must not read or write a row."""

from __future__ import annotations

DERIVED = """
CREATE TABLE fingerprints (         -- derived from text alone: delete rows and they are made again
  article INTEGER PRIMARY KEY REFERENCES articles(id),
  outlet INTEGER NOT NULL,          -- the article's, for looking up who ran the same text
  holder INTEGER REFERENCES articles(id), -- the article that stands for this exact text
  shingles INTEGER NOT NULL,
  gate TEXT,                        -- why it is not compared; null when it is
  clustered INTEGER NOT NULL DEFAULT 0, -- 0: waiting to be compared
  recipe TEXT NOT NULL,             -- everything that must be equal before comparing
  digest TEXT NOT NULL,
  first_at TEXT NOT NULL,           -- on a holder: earliest and latest run of this exact text
  last_at TEXT NOT NULL,
  dropped TEXT NOT NULL DEFAULT '[]', -- JSON array of template sentences left out
  signature BLOB,
  samples BLOB                      -- its keys in `samples`, 8 bytes each, little-endian
) STRICT;
CREATE INDEX fingerprints_waiting ON fingerprints(article) WHERE clustered = 0; -- Store.unclustered
CREATE INDEX fingerprints_digest ON fingerprints(digest, outlet); -- who ran exactly this text
CREATE INDEX fingerprints_holders ON fingerprints(digest) -- the holder of a text
  WHERE holder IS NULL AND gate IS NULL;
CREATE INDEX fingerprints_holder ON fingerprints(holder);

CREATE TABLE changed_prints (       -- whose keys changed, the latest last: memory follows by it
  number INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice, also after a row is gone
  article INTEGER NOT NULL UNIQUE   -- also one whose fingerprint is gone
) STRICT;
CREATE TRIGGER fingerprints_made AFTER INSERT ON fingerprints BEGIN
  DELETE FROM changed_prints WHERE article = new.article;
  INSERT INTO changed_prints (article) VALUES (new.article);
END;
CREATE TRIGGER fingerprints_remade AFTER UPDATE OF shingles, recipe, signature, samples
  ON fingerprints BEGIN
  DELETE FROM changed_prints WHERE article = new.article;
  INSERT INTO changed_prints (article) VALUES (new.article);
END;
CREATE TRIGGER fingerprints_gone AFTER DELETE ON fingerprints BEGIN
  DELETE FROM changed_prints WHERE article = old.article;
  INSERT INTO changed_prints (article) VALUES (old.article);
END;

CREATE TABLE bands (                -- LSH: articles with a key in common are candidates
  band INTEGER NOT NULL,
  key INTEGER NOT NULL,
  article INTEGER NOT NULL,
  PRIMARY KEY (band, key, article)
) STRICT, WITHOUT ROWID;
CREATE INDEX bands_article ON bands(article); -- to take an article's keys away

CREATE TABLE samples (              -- second route: articles with two sampled shingles in common
  key INTEGER NOT NULL,             -- hash of the shingle
  article INTEGER NOT NULL,
  PRIMARY KEY (key, article)
) STRICT, WITHOUT ROWID;
CREATE INDEX samples_article ON samples(article); -- to take an article's keys away

CREATE TABLE sentences (            -- which pages of an outlet hold which sentence
  outlet INTEGER NOT NULL,
  key INTEGER NOT NULL,             -- of the sentence with digits masked
  article INTEGER NOT NULL,
  PRIMARY KEY (outlet, key, article)
) STRICT, WITHOUT ROWID;
CREATE INDEX sentences_article ON sentences(article);

CREATE TABLE templates (            -- what an outlet repeats on unlike pages: no part of a story
  outlet INTEGER NOT NULL REFERENCES outlets(id),
  key INTEGER NOT NULL,
  sentence TEXT NOT NULL,           -- as it stood on the page that made it known
  settled INTEGER NOT NULL DEFAULT 0, -- 1: pages that showed it are pruned; it stays known
  PRIMARY KEY (outlet, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE pairs (                -- verified comparisons, with the numbers
  a INTEGER NOT NULL REFERENCES articles(id),
  b INTEGER NOT NULL REFERENCES articles(id), -- a < b
  verdict TEXT NOT NULL,            -- same, copy, trimmed, shares passages
  jaccard REAL NOT NULL,
  a_in_b REAL NOT NULL,             -- share of a's shingles found in b
  b_in_a REAL NOT NULL,
  shared INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;
CREATE INDEX pairs_b ON pairs(b);
CREATE INDEX pairs_verdict ON pairs(verdict);

CREATE TABLE parents (              -- other stories of whose text a page holds a part
  article INTEGER NOT NULL REFERENCES articles(id), -- the page
  source INTEGER NOT NULL REFERENCES articles(id), -- the copy of the other story it was found in
  share REAL NOT NULL,              -- of the page's words
  PRIMARY KEY (article, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX parents_source ON parents(source);

CREATE TABLE clusters (
  id INTEGER PRIMARY KEY,           -- permanent: a permalink answers for ever
  title TEXT NOT NULL,              -- headline of the lead copy
  agency TEXT REFERENCES agencies(id), -- whose copy it is
  contested TEXT NOT NULL DEFAULT '[]', -- JSON array of agencies that copies of the same words
                                    -- credit against each other, the leading one first
  first_at TEXT,                    -- earliest publication among its copies
  last_at TEXT,                     -- latest
  seen_at TEXT,                     -- when its newest copy was first seen here
  outlets INTEGER NOT NULL DEFAULT 0, -- distinct outlets
  articles INTEGER NOT NULL DEFAULT 0,
  independent INTEGER NOT NULL DEFAULT 0, -- publishers less those that only carry another's copy
  copied INTEGER NOT NULL DEFAULT 0, -- outlets that carry somebody else's copy
  first INTEGER REFERENCES articles(id), -- the copy published first
  lead INTEGER REFERENCES articles(id), -- the copy that the others are compared with
  strip TEXT NOT NULL DEFAULT '',   -- what each outlet did, a letter each, in order of publication:
                                    -- first, word for word, shortened, lightly edited, added
                                    -- reporting, rewritten, merged, only here
  updated_at TEXT NOT NULL,         -- last time its members, its lead or a text of them changed
  merged_into INTEGER REFERENCES clusters(id) -- where its members went
) STRICT;
CREATE INDEX clusters_first_at ON clusters(first_at);
CREATE INDEX clusters_last_at ON clusters(last_at);
CREATE INDEX clusters_seen_at ON clusters(seen_at); -- reading.read_report, a window of time
CREATE INDEX clusters_lead ON clusters(lead);
CREATE INDEX clusters_first ON clusters(first);
CREATE INDEX clusters_agency -- an agency's page, newest first, and the numbers of all agencies
  ON clusters(agency, last_at, outlets, articles);
CREATE INDEX clusters_listed ON clusters(outlets DESC, last_at DESC, id) -- reading.find_stories
  WHERE articles > 0;               -- a story that was merged has none
CREATE INDEX clusters_updated_at ON clusters(updated_at DESC, id) -- feeds and alerts
  WHERE articles > 0;
CREATE INDEX clusters_outlets ON clusters(outlets);
CREATE INDEX clusters_merged_into ON clusters(merged_into);

CREATE TABLE corrections (          -- what a person decided; the machine obeys and changes none
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,               -- merge, split, pin, not-a-copy
  article INTEGER NOT NULL REFERENCES articles(id), -- the first it is about
  other INTEGER REFERENCES articles(id), -- the first of the other side; null for a pin
  note TEXT NOT NULL DEFAULT '',    -- the person's reason
  made_at TEXT NOT NULL,            -- when it was decided
  undone_at TEXT,                   -- when the person took it back; null while it is in force
  redirects TEXT NOT NULL DEFAULT '{}' -- JSON: ids that led to the stories then; undo needs them
) STRICT;
CREATE INDEX corrections_article ON corrections(article);
CREATE INDEX corrections_kind ON corrections(kind);
CREATE INDEX corrections_other ON corrections(other);
CREATE INDEX corrections_in_force ON corrections(id) WHERE undone_at IS NULL; -- every fold

CREATE TABLE corrected_articles (   -- every article that a correction is about
  correction INTEGER NOT NULL REFERENCES corrections(id), -- the decision
  article INTEGER NOT NULL REFERENCES articles(id),
  part INTEGER NOT NULL,            -- merge: its story; split: 1 taken out, 2 left; else 1, 2
  cluster INTEGER REFERENCES clusters(id), -- the story it stood in then; undo gives it back
  PRIMARY KEY (correction, article)
) STRICT, WITHOUT ROWID;
CREATE INDEX corrected_articles_article ON corrected_articles(article);
CREATE INDEX corrected_articles_cluster ON corrected_articles(cluster);

CREATE TABLE tombstones (           -- addresses of pruned articles, so that none comes back as new
  url_key TEXT PRIMARY KEY,         -- the address as it was looked up by
  pruned_at TEXT NOT NULL           -- when the article was let go
) STRICT, WITHOUT ROWID;

CREATE TABLE past_stories (         -- what is left of shared stories whose articles were pruned
  id INTEGER PRIMARY KEY,           -- the story's own, by which it was known
  title TEXT NOT NULL,              -- headline of the lead copy
  agency TEXT REFERENCES agencies(id), -- whose copy it was
  lead_outlet INTEGER REFERENCES outlets(id), -- whose page led it
  lead_url TEXT NOT NULL,           -- where that page was
  first_outlet INTEGER REFERENCES outlets(id), -- who published first
  first_at TEXT NOT NULL,           -- earliest publication among its copies
  last_at TEXT NOT NULL,            -- latest
  outlets INTEGER NOT NULL,         -- distinct outlets
  articles INTEGER NOT NULL,        -- its copies
  independent INTEGER NOT NULL,     -- publishers less those that only carried another's copy
  uncredited INTEGER NOT NULL,      -- copies of an agency's words without its name
  pruned_at TEXT NOT NULL           -- when the story was let go
) STRICT;
CREATE INDEX past_stories_first_at ON past_stories(first_at);
CREATE INDEX past_stories_agency ON past_stories(agency, last_at);
CREATE INDEX past_stories_lead_outlet ON past_stories(lead_outlet);
CREATE INDEX past_stories_first_outlet ON past_stories(first_outlet);

CREATE TABLE runs (                 -- passes that did something; quiet ones are counted on the last
  id INTEGER PRIMARY KEY,
  started_at TEXT NOT NULL,
  ended_at TEXT NOT NULL,
  tally TEXT NOT NULL,              -- JSON: stage, result, count
  quiet INTEGER NOT NULL DEFAULT 0, -- passes since then that found nothing new
  quiet_at TEXT
) STRICT;

CREATE TABLE jobs (                 -- the stages of the daemon, as they stood at its last beat
  name TEXT PRIMARY KEY,            -- collect, read, revisit, cluster, heartbeat
  every REAL NOT NULL,              -- seconds between two passes
  running INTEGER NOT NULL,         -- 1: amid a pass
  started_at TEXT,                  -- last pass
  ended_at TEXT,                    -- last pass that ended
  seconds REAL,                     -- what that one took
  passes INTEGER NOT NULL,          -- since the daemon started
  failures INTEGER NOT NULL,        -- passes in a row that failed
  error TEXT,                       -- why the last pass failed
  alarm TEXT,                       -- what is wrong now: it hangs, does not start, keeps failing
  alarm_at TEXT                     -- since when
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (                 -- what the file was made with
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
