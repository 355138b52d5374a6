PRAGMA application_id = 1313167187;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE TABLE agencies (             -- names of the agencies and press-release wires that are known
  id TEXT PRIMARY KEY,              -- key, such as afp
  name TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE outlets (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,               -- as shown; the domain until config or a feed names it
  domain TEXT NOT NULL UNIQUE,      -- registered domain: what makes two pages one outlet's
  family TEXT,                      -- owner group; outlets of one family are one publisher
  agency TEXT REFERENCES agencies(id) -- the agency this outlet is, if it is one
) STRICT;
CREATE INDEX outlets_agency ON outlets(agency);
CREATE INDEX outlets_family ON outlets(family);
CREATE TABLE feeds (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  outlet INTEGER REFERENCES outlets(id),
  kind TEXT NOT NULL,               -- source kind: feed, sitemap, wire; archive for imports
  url TEXT NOT NULL UNIQUE,         -- as config names it
  moved_to TEXT,                    -- where it is asked since its server said so for good
  moving_to TEXT,                   -- where the last answers sent us for good, not believed yet
  sightings INTEGER NOT NULL DEFAULT 0, -- how many of them in a row
  enabled INTEGER NOT NULL DEFAULT 1, -- 0 when config no longer names it, or it is gone
  gone TEXT,                        -- why it is polled no more: its server said 410
  due_at TEXT NOT NULL,             -- the next poll is due from this time on
  leased_by TEXT,                   -- the program that polls it now, and until due_at no other may
  polled_at TEXT,                   -- last attempt
  answered_at TEXT,                 -- last poll that succeeded
  changed_at TEXT,                  -- last poll that brought something new
  failures INTEGER NOT NULL DEFAULT 0, -- in a row; counted before the poll, so a crash counts
  error TEXT,                       -- why the last poll failed; null after a good one
  trouble REAL NOT NULL DEFAULT 0,  -- those failures weighed: 1 hard, .5 soft, .25 passing
  every INTEGER NOT NULL,           -- seconds between polls when the source says nothing
  pace REAL NOT NULL DEFAULT 1,     -- learned factor on `every`, from .25 to 4
  duplicates REAL,                  -- share of listed entries known before, smoothed over polls
  dropped INTEGER NOT NULL DEFAULT 0, -- entries past the cap when it was last read
  cursor TEXT NOT NULL DEFAULT '{}' -- JSON, opaque to all but its kind: validators, body hash
) STRICT;
CREATE INDEX feeds_due ON feeds(due_at) WHERE enabled = 1;
CREATE INDEX feeds_leased ON feeds(leased_by) WHERE leased_by IS NOT NULL;
CREATE INDEX feeds_outlet ON feeds(outlet);
CREATE INDEX feeds_kind ON feeds(kind);
CREATE TABLE moves (                -- addresses a feed was asked at before, and why no longer
  id INTEGER PRIMARY KEY,
  feed INTEGER NOT NULL REFERENCES feeds(id),
  moved_at TEXT NOT NULL,           -- when it was left
  url TEXT NOT NULL,                -- the address that was left
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX moves_feed ON moves(feed, id);
CREATE TABLE polls (                -- the log of polls; a quiet poll is counted on the row before
  id INTEGER PRIMARY KEY,
  feed INTEGER NOT NULL REFERENCES feeds(id),
  polled_at TEXT NOT NULL,
  result TEXT NOT NULL,             -- new, unchanged, failed
  status INTEGER,                   -- HTTP status, null when there was no answer
  listed INTEGER NOT NULL DEFAULT 0, -- entries in the document
  added INTEGER NOT NULL DEFAULT 0, -- entries never seen before
  dropped INTEGER NOT NULL DEFAULT 0, -- entries past the cap
  bytes INTEGER NOT NULL DEFAULT 0,
  ms INTEGER NOT NULL DEFAULT 0,
  repeats INTEGER NOT NULL DEFAULT 0, -- polls after this one that said nothing new
  last_at TEXT,                     -- the last of them
  last_status INTEGER,              -- and what it answered, 304 as a rule
  error TEXT
) STRICT;
CREATE INDEX polls_feed ON polls(feed, id);
CREATE INDEX polls_result ON polls(result);
CREATE TABLE articles (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  outlet INTEGER NOT NULL REFERENCES outlets(id),
  cluster INTEGER REFERENCES clusters(id), -- the story; null when not compared
  relation TEXT,                    -- what the outlet did with the story
  agency TEXT REFERENCES agencies(id), -- whose copy it is, by its own credits
  language TEXT,                    -- ISO 639-1
  verdict TEXT NOT NULL,            -- good, thin, wall, not an article
  published_at TEXT NOT NULL,       -- best known, else first_seen_at
  time_source TEXT NOT NULL,        -- feed date, page date, dateline, first seen
  time_trust TEXT NOT NULL DEFAULT 'medium', -- high, medium, low
  time_remark TEXT NOT NULL DEFAULT '', -- what speaks against a stated date
  stated_at TEXT,                   -- the time it gives itself, where that was not believed
  day_only INTEGER NOT NULL DEFAULT 0, -- 1: only the day is known; published_at is its end
  first_seen_at TEXT NOT NULL,
  words INTEGER NOT NULL,
  copied REAL,                      -- share of these words found in the lead copy
  kept REAL,                        -- share of the lead copy that survived here
  carried INTEGER,                  -- 1: half of it is the copy of another outlet, or half of that
                                    -- copy is in it; null outside stories, as the next two
  shared INTEGER,                   -- 1: another outlet ran the story too
  wire TEXT,                        -- an agency's text: own (its own page), credited, or
                                    -- uncredited (only another page's credit proves it); else null
  reason TEXT,                      -- why the verdict is not good
  authors TEXT NOT NULL DEFAULT '[]', -- JSON array
  section TEXT,
  reserved TEXT,                    -- what its owner declares: tdm-reservation, noai, noindex
  url TEXT NOT NULL,                -- as requested
  final_url TEXT NOT NULL,          -- after redirects
  canonical_url TEXT,               -- what the page declares; kept apart, never trusted
  url_key TEXT NOT NULL UNIQUE,     -- identity: the cleaned final URL without scheme
  listed_title TEXT NOT NULL DEFAULT '', -- as the feed listed it
  extractor TEXT NOT NULL,
  read_at TEXT NOT NULL,            -- last time the page was read
  pruned_at TEXT,                   -- when its texts were let go; it is compared no more
  text TEXT NOT NULL                -- paragraphs separated by newlines; furniture left out
) STRICT;
CREATE INDEX articles_outlet -- an outlet's page, newest first, and the numbers of all outlets
  ON articles(outlet, published_at, cluster, relation, time_trust, copied, kept, carried, shared,
    wire, stated_at, language, agency, verdict);
CREATE INDEX articles_uncredited ON articles(outlet) WHERE wire = 'uncredited';
CREATE INDEX articles_cluster -- members of a story, in order; how many ran it, of `republications`
  ON articles(cluster, published_at, outlet);
CREATE INDEX articles_relation
  ON articles(relation, published_at, outlet, language, agency, verdict);
CREATE INDEX articles_agency
  ON articles(agency, published_at, outlet, relation, language, verdict);
CREATE INDEX articles_language
  ON articles(language, published_at, outlet, relation, agency, verdict, cluster);
CREATE INDEX articles_verdict
  ON articles(verdict, outlet, relation, language, agency);
CREATE INDEX articles_published_at ON articles(published_at);
CREATE INDEX articles_first_seen_at -- tallies of a window of time, without the wide rows
  ON articles(first_seen_at, cluster, outlet, carried);
CREATE TABLE entries (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,              -- as listed
  feed INTEGER NOT NULL REFERENCES feeds(id),
  state TEXT NOT NULL,              -- new, kept, skipped, failed, pruned
  reason TEXT,                      -- why it was skipped or failed, or failed last time
  article INTEGER REFERENCES articles(id), -- one article may be listed by many feeds
  published_at TEXT,                -- as the source said first, within the sanity window
  day_only INTEGER NOT NULL DEFAULT 0, -- 1: written without a time of day, or as midnight
  redated_at TEXT,                  -- a later date the source gave since; the first one stands
  updated_at TEXT,
  seen_at TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, -- tries to read the page, counted before each
  failures INTEGER NOT NULL DEFAULT 0, -- of these, those that failed; others ended the program
  retry_at TEXT,                    -- not before this time; null when it may be read at once
  language TEXT,
  authors TEXT NOT NULL DEFAULT '[]', -- JSON array
  credit TEXT,                      -- <source> and the like
  url TEXT,
  guid TEXT NOT NULL,
  digest TEXT NOT NULL,             -- of title, summary, body and dates: a change means read again
  summary TEXT NOT NULL DEFAULT '',
  body TEXT,                        -- full content as HTML, when the source carries it
  source_url TEXT,                  -- where the source says it took the item from: <source url>
  links TEXT NOT NULL DEFAULT '[]', -- JSON array of every address the source gives for it
  wire TEXT,                        -- JSON of an agency's item: version, status, located, credits
  UNIQUE (feed, guid)
) STRICT;
CREATE INDEX entries_waiting ON entries(retry_at, id) WHERE state = 'new';
CREATE INDEX entries_article ON entries(article);
CREATE INDEX entries_feed ON entries(feed, article);
CREATE INDEX entries_title ON entries(feed, title);
CREATE INDEX entries_state ON entries(state);
CREATE INDEX entries_seen_at ON entries(seen_at);
CREATE TABLE files (                -- files of wire folders, as they were when last looked at
  feed INTEGER NOT NULL REFERENCES feeds(id),
  name TEXT NOT NULL,
  result TEXT NOT NULL,             -- taken, unreadable, held
  reason TEXT,
  size INTEGER NOT NULL,            -- bytes
  changed_ns INTEGER NOT NULL,      -- modification time, nanoseconds since 1970
  digest TEXT NOT NULL,             -- of the bytes; empty when they were not read
  until TEXT,                       -- when its embargo ends; then it is looked at again
  seen_at TEXT NOT NULL,
  PRIMARY KEY (feed, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX files_result ON files(result);
CREATE TABLE overtaken (            -- versions of wire items that a newer one overtook unread
  id INTEGER PRIMARY KEY,
  entry INTEGER NOT NULL REFERENCES entries(id), -- which holds the newest
  digest TEXT NOT NULL,             -- as that of an entry
  content TEXT NOT NULL,            -- JSON: the columns of the entry as they would have been
  UNIQUE (entry, digest)
) STRICT;
CREATE TABLE revisions (            -- every text that an address has shown
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  article INTEGER NOT NULL REFERENCES articles(id),
  kind TEXT NOT NULL DEFAULT 'first', -- first, correction, update, lead rewrite, trivial
  rank INTEGER,                     -- of the weightiest change: 1 headline, 2 numbers, 3 names,
                                    -- 4 quotes, 5 credit, 6 notice, 7 body, 8 spelling; null: first
  summary TEXT NOT NULL DEFAULT '', -- what changed against the row before, on one line
  seen_at TEXT NOT NULL,
  modified_at TEXT,                 -- when the page itself says it was changed
  changes TEXT NOT NULL DEFAULT '[]', -- JSON array of aspect, words, before, after, by rank
  digest TEXT NOT NULL,             -- of the title and text
  text TEXT NOT NULL
) STRICT;
CREATE INDEX revisions_article ON revisions(article, id);
CREATE INDEX revisions_kind ON revisions(kind);
CREATE INDEX revisions_seen_at ON revisions(seen_at);
CREATE TABLE visits (               -- when an article's page is read again, and what it was last
  article INTEGER PRIMARY KEY REFERENCES articles(id),
  entry INTEGER NOT NULL REFERENCES entries(id), -- by which its page was read
  state TEXT NOT NULL DEFAULT 'there', -- there, gone, walled, shrunk, withdrawn, moved
  note TEXT NOT NULL DEFAULT '',    -- why it is not there, or why the last visit failed
  since TEXT,                       -- the state holds from this visit on; null while it is there
  due_at TEXT,                      -- not before this time; null when it is read no more
  visited_at TEXT NOT NULL,         -- last answer of the page
  visits INTEGER NOT NULL DEFAULT 0, -- after the first reading
  quiet INTEGER NOT NULL DEFAULT 0, -- of them in a row without anything new
  attempts INTEGER NOT NULL DEFAULT 0, -- tries of the visit that is due, counted before each
  etag TEXT,                        -- validators of the page, to ask whether it changed
  last_modified TEXT                -- the other one
) STRICT;
CREATE INDEX visits_due ON visits(due_at, article) WHERE due_at IS NOT NULL;
CREATE INDEX visits_entry ON visits(entry);
CREATE INDEX visits_state ON visits(state);
CREATE INDEX visits_lost ON visits(since) WHERE state <> 'there';
CREATE TABLE credits (              -- evidence on whose copy it is
  id INTEGER PRIMARY KEY,
  article INTEGER NOT NULL REFERENCES articles(id),
  agency TEXT NOT NULL REFERENCES agencies(id),
  role TEXT NOT NULL,               -- own, origin, partial, inferred, mention
  zone TEXT NOT NULL,               -- where it was found
  excerpt TEXT NOT NULL,
  offset INTEGER,                   -- characters from the start of the text
  rule TEXT NOT NULL,               -- name and version of the rule
  source_article INTEGER REFERENCES articles(id) -- what proves an inferred credit
) STRICT;
CREATE INDEX credits_article ON credits(article);
CREATE INDEX credits_agency ON credits(agency, article, role);
CREATE INDEX credits_role ON credits(role);
CREATE INDEX credits_zone ON credits(zone);
CREATE INDEX credits_source_article ON credits(source_article);
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
CREATE INDEX fingerprints_waiting ON fingerprints(article) WHERE clustered = 0;
CREATE INDEX fingerprints_digest ON fingerprints(digest, outlet);
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
CREATE INDEX bands_article ON bands(article);
CREATE TABLE samples (              -- second route: articles with two sampled shingles in common
  key INTEGER NOT NULL,             -- hash of the shingle
  article INTEGER NOT NULL,
  PRIMARY KEY (key, article)
) STRICT, WITHOUT ROWID;
CREATE INDEX samples_article ON samples(article);
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
CREATE INDEX clusters_seen_at ON clusters(seen_at);
CREATE INDEX clusters_lead ON clusters(lead);
CREATE INDEX clusters_first ON clusters(first);
CREATE INDEX clusters_agency -- an agency's page, newest first, and the numbers of all agencies
  ON clusters(agency, last_at, outlets, articles);
CREATE INDEX clusters_listed ON clusters(outlets DESC, last_at DESC, id) -- reading.find_stories
  WHERE articles > 0;
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
CREATE INDEX corrections_in_force ON corrections(id) WHERE undone_at IS NULL;
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
CREATE TABLE alerts (               -- who config says is told of stories; removed ones stay
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,        -- as config names it: another name is another alert
  made_at TEXT NOT NULL,            -- when it was first seen in config; older changes are not told
  looked_at TEXT NOT NULL,          -- stories that changed before this time were looked at
  gathered_at TEXT NOT NULL         -- when its last digest was put together, or could have been
) STRICT;
CREATE TABLE messages (             -- what alerts send, one row a message
  id INTEGER PRIMARY KEY,
  alert INTEGER NOT NULL REFERENCES alerts(id), -- whose
  state TEXT NOT NULL,              -- waiting, sending, sent, unsure, failed, dropped
  made_at TEXT NOT NULL,            -- when its stories were put together
  tries INTEGER NOT NULL DEFAULT 0, -- counted before each
  due_at TEXT,                      -- of one that waits: not before this time
  claimed_at TEXT,                  -- when the last try began
  sent_at TEXT,                     -- when the other side took it
  error TEXT,                       -- why the last try failed, or who of many was refused
  message_key TEXT NOT NULL UNIQUE  -- the same for every try, so that a receiver knows it again
) STRICT;
CREATE INDEX messages_alert ON messages(alert, id);
CREATE INDEX messages_state ON messages(state, due_at);
CREATE TABLE told (                 -- which stories an alert told, or is about to
  alert INTEGER NOT NULL REFERENCES alerts(id), -- whose
  cluster INTEGER NOT NULL REFERENCES clusters(id) ON DELETE CASCADE, -- the story
  outlets INTEGER NOT NULL,         -- in how many it ran when it was found
  found_at TEXT NOT NULL,           -- when it was found
  message INTEGER REFERENCES messages(id), -- that tells it; null until it is put together
  PRIMARY KEY (alert, cluster, outlets)
) STRICT, WITHOUT ROWID;
CREATE INDEX told_cluster ON told(cluster);
CREATE INDEX told_message ON told(message);
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
INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('aggregator', 'm0001_initial', '2026-11-29 18:53:31.003055+00:00');
