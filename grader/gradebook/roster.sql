-- Who the students are. Whoever has this file can tell; without it the gradebook is anonymous.

CREATE TABLE secret (value BLOB NOT NULL);   -- pseudonyms are HMACs under it

CREATE TABLE people (
    pseudonym TEXT PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL DEFAULT '',
    section TEXT NOT NULL DEFAULT '',
    "group" TEXT NOT NULL DEFAULT '',
    extension TEXT,                          -- ISO 8601 with its zone
    enrolled INTEGER NOT NULL DEFAULT 0,     -- 1: on the roster
    path TEXT NOT NULL DEFAULT ''            -- where the newest submission lay
) WITHOUT ROWID;
