-- The gradebook: everything about a results folder but who the students are (that is in roster.db).
-- Version 1. `PRAGMA user_version` holds the version; migrations.py brings older files up to date.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,              -- 'assignment': its id, which never changes;
    value TEXT NOT NULL                -- 'given': JSON, whether runs had a roster and extensions, which attempts count
);

CREATE TABLE assignments (             -- what was graded by, each time it was another
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL              -- JSON: id, title, version, due, late, exercises with their nodes' worths
);

CREATE TABLE runs (                    -- one call of `chainmark grade`
    id INTEGER PRIMARY KEY,
    started TEXT NOT NULL,             -- times are ISO 8601 in UTC
    finished TEXT,                     -- NULL: it was ended from outside
    assignment_id INTEGER NOT NULL REFERENCES assignments(id),
    versions TEXT NOT NULL,            -- JSON: chainmark, python, numpy
    sandbox TEXT NOT NULL,             -- A to D
    seed TEXT NOT NULL,                -- 'practice public', or 'grading ' and the id of the key
    jobs INTEGER NOT NULL,
    path TEXT NOT NULL,                -- of the assignment's file, for replaying; '' for one that comes with chainmark
    counts TEXT NOT NULL DEFAULT '{}'  -- JSON: graded, unchanged, ungraded
);

CREATE TABLE students (
    pseudonym TEXT PRIMARY KEY,
    report_id INTEGER REFERENCES reports(id),   -- the report that counts
    trouble TEXT NOT NULL DEFAULT '',           -- why the newest work could not be graded; '' when it could
    forgotten INTEGER NOT NULL DEFAULT 0        -- 1: nothing is kept, and nothing will be
) WITHOUT ROWID;

CREATE TABLE sources (                 -- what students wrote, once for equal files
    sha256 TEXT PRIMARY KEY,
    units BLOB NOT NULL                -- zlib of JSON: [[label, source, file, cell, module], ...]
) WITHOUT ROWID;

CREATE TABLE submissions (
    id INTEGER PRIMARY KEY,
    student TEXT NOT NULL REFERENCES students(pseudonym),
    sha256 TEXT NOT NULL,              -- of the content; '' where nothing could be read
    attempt TEXT NOT NULL,
    received TEXT,                     -- when it was handed in, with its zone; NULL where nobody says
    marked_late INTEGER NOT NULL DEFAULT 0,     -- 1: the course's system says that it is late, but not how much
    UNIQUE (student, sha256, attempt)
);

CREATE TABLE reports (                 -- every report ever made; none is changed
    id INTEGER PRIMARY KEY,
    submission_id INTEGER NOT NULL REFERENCES submissions(id),
    run_id INTEGER NOT NULL REFERENCES runs(id),
    made TEXT NOT NULL,
    inputs TEXT NOT NULL,              -- hash of all that decides the report; an equal one need not be made again
    complete INTEGER NOT NULL,         -- 0: part of it could not be graded
    summary TEXT NOT NULL,             -- JSON: marks by exercise and node, names of mistakes
    report BLOB NOT NULL               -- zlib of the report as JSON (schema chainmark/report/3, reader staff)
);
CREATE INDEX reports_by_submission ON reports(submission_id);

CREATE TABLE troubles (                -- what could not be graded at all; never a mark
    id INTEGER PRIMARY KEY,
    student TEXT NOT NULL REFERENCES students(pseudonym),
    run_id INTEGER NOT NULL REFERENCES runs(id),
    at TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT ''
);

CREATE TABLE waivers (                 -- an exercise, or a node of it, that counts for nobody
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    exercise TEXT NOT NULL,
    node TEXT NOT NULL DEFAULT '',     -- '': the whole exercise
    gives TEXT NOT NULL,               -- 'nothing': out of score and maximum; 'full': everybody has its points
    reason TEXT NOT NULL,
    withdrawn INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE adjustments (             -- for one student; applied after every regrade
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    student TEXT NOT NULL REFERENCES students(pseudonym),
    exercise TEXT NOT NULL DEFAULT '', -- '': of the total
    kind TEXT NOT NULL,                -- 'difference', 'floor', or 'kept': by the publication of the same `at`
    points REAL NOT NULL,
    reason TEXT NOT NULL,
    withdrawn INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE written (                 -- marks that a person gave, by CSV; the newest counts
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    student TEXT NOT NULL REFERENCES students(pseudonym),
    exercise TEXT NOT NULL,
    points REAL NOT NULL,
    comment TEXT NOT NULL DEFAULT ''
);

CREATE TABLE publications (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    raise_only INTEGER NOT NULL,
    note TEXT NOT NULL DEFAULT ''
);

CREATE TABLE published (               -- marks as they were told to students; never changed
    publication_id INTEGER NOT NULL REFERENCES publications(id),
    student TEXT NOT NULL REFERENCES students(pseudonym),
    state TEXT NOT NULL,
    score REAL,
    max_score REAL NOT NULL,
    exercises TEXT NOT NULL,           -- JSON: {exercise: score or null}
    report_id INTEGER,
    PRIMARY KEY (publication_id, student)
) WITHOUT ROWID;

CREATE TABLE audit (                   -- who did what and when; rows are only ever added
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT ''
);
