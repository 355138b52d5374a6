"""Tables of what came in, every column explained in the DDL; must not read or write a row."""

from __future__ import annotations

TABLES = """
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
CREATE INDEX feeds_due ON feeds(due_at) WHERE enabled = 1; -- Store.due_feeds
CREATE INDEX feeds_leased ON feeds(leased_by) WHERE leased_by IS NOT NULL; -- which hosts are busy
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
-- Each facet beside each other, newest first, without the wide rows: of 200,000 articles a page of
-- those in English takes 150 ms of counting, not 700.
CREATE INDEX articles_relation
  ON articles(relation, published_at, outlet, language, agency, verdict);
CREATE INDEX articles_agency
  ON articles(agency, published_at, outlet, relation, language, verdict);
CREATE INDEX articles_language
  ON articles(language, published_at, outlet, relation, agency, verdict, cluster);
CREATE INDEX articles_verdict
  ON articles(verdict, outlet, relation, language, agency); -- most are good: no use for the time
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
CREATE INDEX entries_waiting ON entries(retry_at, id) WHERE state = 'new'; -- Store.waiting
CREATE INDEX entries_article ON entries(article);
CREATE INDEX entries_feed ON entries(feed, article); -- counted in feed_health
CREATE INDEX entries_title ON entries(feed, title); -- Store: one item under another guid
CREATE INDEX entries_state ON entries(state);
CREATE INDEX entries_seen_at ON entries(seen_at); -- Datasette's table, the newest first

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
CREATE INDEX revisions_seen_at ON revisions(seen_at); -- Datasette's table, the newest first

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
CREATE INDEX visits_due ON visits(due_at, article) WHERE due_at IS NOT NULL; -- visits.due
CREATE INDEX visits_entry ON visits(entry);
CREATE INDEX visits_state ON visits(state);
CREATE INDEX visits_lost ON visits(since) WHERE state <> 'there'; -- vanished_pages

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
CREATE INDEX credits_agency ON credits(agency, article, role); -- how far an agency's copy goes
CREATE INDEX credits_role ON credits(role);
CREATE INDEX credits_zone ON credits(zone);
CREATE INDEX credits_source_article ON credits(source_article);
"""
