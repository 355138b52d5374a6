"""Tables of what alerts found and sent, every column explained; must not read or write a row."""

from __future__ import annotations

ALERTING = """
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
CREATE INDEX messages_state ON messages(state, due_at); -- alerting.due

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
"""
