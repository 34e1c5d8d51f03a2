"""Files with one mistake each, and what is said about it."""

from __future__ import annotations

from tests.assignment.files import AFFINE, HEAD

ZONE = "assignment.due must be a date and time with its zone, got"
WRITE = "write 2026-12-01T23:59:00+01:00, or 2026-12-01T23:59:00Z for UTC, without quotes"
ID = "assignment.id must be up to 100 letters, digits, - _ . that begin with a letter or digit, got"
FOLDERS = "assignment.exercises_from must hold folders that exist, got"
ONE = "exercises must be at least one [[exercises]], got"
HOW = 'write [[exercises]] and below it id = "...", once for each exercise'
KEYS = (
    "id, title, version, due, reader, hints, hints_after_closing, follow_through, allowed_modules, "
    "exercises_from"
)
ENTRY_KEYS = "the keys here are id, points, parts, hints, follow_through, functions, accept"


def after(head: str = "", entry: str = "", limits: str = "") -> str:
    """A right file with these lines added."""
    return f"{HEAD}{head}\n[limits]\n{limits}\n{AFFINE}{entry}\n"


IN_AFFINE = '; in the exercise "affine"'
ASKED = ' in the exercise "affine"'
SECONDS = "must be a number of seconds from 1 to"
MISTAKES = [
    (
        HEAD.replace('"hw1"', '"hw 1"') + AFFINE,
        f'{ID} "hw 1"',
    ),
    (
        HEAD.replace('"hw1"', '"../hw1"') + AFFINE,
        f'{ID} "../hw1"',
    ),
    (
        HEAD.replace('"hw1"', '"ħw1"') + AFFINE,
        f'{ID} "ħw1"',
    ),
    (
        HEAD.replace('"hw1"', '"hw1\\n"') + AFFINE,
        f'{ID} "hw1 "',
    ),
    (
        HEAD.replace('"hw1"', "1") + AFFINE,
        f"{ID} 1",
    ),
    (HEAD.replace("id = ", "# ") + AFFINE, 'assignment.id is missing; write for example id = "hw1"'),
    (
        HEAD.replace("version = ", "# ") + AFFINE,
        'assignment.version is missing; write for example version = "2026.1"',
    ),
    (
        HEAD.replace('"2026.1"', "2026.1") + AFFINE,
        "assignment.version must be a line of text in quotes, got 2026.1",
    ),
    (HEAD.replace('"2026.1"', '""') + AFFINE, 'assignment.version must be a line of text in quotes, got ""'),
    (
        HEAD.replace("by hand", "\\u001b[31m") + AFFINE,
        'assignment.title must be a line of text in quotes, got "Backpropagation \\x1b[31m"',
    ),
    (
        after("due = 2026-12-01T23:59:00"),
        f"{ZONE} 2026-12-01T23:59:00; {WRITE}",
    ),
    (
        after("due = 2026-12-24"),
        f"{ZONE} 2026-12-24; write 2026-12-24T23:59:00+01:00, or 2026-12-24T23:59:00Z for UTC, without quotes",
    ),
    (
        after('due = "2026-12-01T23:59:00Z"'),
        f'{ZONE} "2026-12-01T23:59:00Z"; {WRITE}',
    ),
    (
        after("due = 23:59:00"),
        f"{ZONE} 23:59:00; {WRITE}",
    ),
    (after('reader = "staff"'), 'assignment.reader must be "practice" or "closed", got "staff"'),
    (after('reader = ["practice"]'), 'assignment.reader must be "practice" or "closed", got an array of 1'),
    (after("hints = 10"), "assignment.hints must be a whole number from 0 to 9, got 10"),
    (after("hints = -1"), "assignment.hints must be a whole number from 0 to 9, got -1"),
    (after("hints = true"), "assignment.hints must be a whole number from 0 to 9, got true"),
    (after("hints = 1.0"), "assignment.hints must be a whole number from 0 to 9, got 1.0"),
    (
        after("hints = 3\nhints_after_closing = 2"),
        "assignment.hints_after_closing must be at least hints (3), got 2",
    ),
    (after("follow_through = 1"), "assignment.follow_through must be true or false, got 1"),
    (
        after('allowed_modules = "scipy"'),
        'assignment.allowed_modules must be an array of strings, such as ["scipy"], got "scipy"',
    ),
    (
        after('allowed_modules = ["sci py"]'),
        'assignment.allowed_modules must hold names of modules, got "sci py"',
    ),
    (after('allowed_modules = [""]'), 'assignment.allowed_modules must hold names of modules, got ""'),
    (
        after('allowed_modules = ["scipy.special"]'),
        'assignment.allowed_modules must hold whole packages, got "scipy.special"; write "scipy"',
    ),
    (
        after('allowed_modules = ["reference"]'),
        "assignment.allowed_modules must hold none of chainmark's own modules, which know the answers, "
        'got "reference"',
    ),
    (
        after('exercises_from = ["nowhere"]'),
        f'{FOLDERS} "nowhere"; looked for {{folder}}/nowhere',
    ),
    (
        after('exercises_from = ["assignment.toml"]'),
        f'{FOLDERS} "assignment.toml"; looked for {{folder}}/assignment.toml',
    ),
    (
        after('exercises_from = ["a\\u0000b"]'),
        f'{FOLDERS} "a\\x00b"; looked for {{folder}}/a\\x00b',
    ),
    (
        after('exercises_from = ["/tmp"]'),
        'assignment.exercises_from must hold folders relative to this file, got "/tmp"',
    ),
    (
        after('exercises_from = [""]'),
        'assignment.exercises_from must hold folders relative to this file, got ""',
    ),
    (
        after('exercises_from = [".", "./"]'),
        'assignment.exercises_from must name a folder once, got "./" again',
    ),
    (after(limits="cpu_seconds = 0"), f"limits.cpu_seconds {SECONDS} 3600, got 0"),
    (after(limits="cpu_seconds = nan"), f"limits.cpu_seconds {SECONDS} 3600, got nan"),
    (after(limits="wall_seconds = inf"), f"limits.wall_seconds {SECONDS} 36000, got inf"),
    (after(limits="wall_seconds = true"), f"limits.wall_seconds {SECONDS} 36000, got true"),
    (
        after(limits="memory_mb = 64"),
        "limits.memory_mb must be a whole number of MB from 128 to 1048576, got 64",
    ),
    (
        after(limits='memory_mb = "1 GB"'),
        'limits.memory_mb must be a whole number of MB from 128 to 1048576, got "1 GB"',
    ),
    (
        after(limits="cpu_seconds = 20\nwall_seconds = 10"),
        "limits.wall_seconds must be at least cpu_seconds (20), got 10",
    ),
    (
        after(limits="wall_seconds = 9"),
        "limits.wall_seconds must be at least cpu_seconds (10, as it is when left out), got 9",
    ),
    (after(entry='points = "six"'), 'exercises[1].points must be a number above 0, got "six"' + IN_AFFINE),
    (after(entry="points = -6"), "exercises[1].points must be a number above 0, got -6" + IN_AFFINE),
    (after(entry="points = 0"), "exercises[1].points must be a number above 0, got 0" + IN_AFFINE),
    (after(entry="points = nan"), "exercises[1].points must be a number above 0, got nan" + IN_AFFINE),
    (after(entry="points = inf"), "exercises[1].points must be a number above 0, got inf" + IN_AFFINE),
    (after(entry="points = true"), "exercises[1].points must be a number above 0, got true" + IN_AFFINE),
    (
        after(entry=f"points = 1{'0' * 400}"),
        "exercises[1].points must be at most 1,000,000, got a number of more than 60 digits" + IN_AFFINE,
    ),
    (
        after(entry="parts = { out = 0 }"),
        "exercises[1].parts.out must be a number above 0, got 0" + IN_AFFINE,
    ),
    (
        after(entry="parts = { dW = 1 }"),
        'exercises[1].parts.dW is no part of the exercise; did you mean "dw"?' + ASKED,
    ),
    (
        after(entry="parts = { y = 1 }"),
        "exercises[1].parts.y is no part of the exercise; there are out, dx, dw, db" + IN_AFFINE,
    ),
    (
        after(entry="parts = 3"),
        "exercises[1].parts must be a table, such as { out = 3, dx = 1 }, got 3" + IN_AFFINE,
    ),
    (after(entry="hints = 11"), "exercises[1].hints must be a whole number from 0 to 9, got 11" + IN_AFFINE),
    (
        after("hints_after_closing = 2", "hints = 3"),
        "exercises[1].hints must be at most hints_after_closing (2), got 3" + IN_AFFINE,
    ),
    (
        after(entry='follow_through = "no"'),
        'exercises[1].follow_through must be true or false, got "no"' + IN_AFFINE,
    ),
    (
        after(entry='functions = { affine_forwards = "f" }'),
        "exercises[1].functions.affine_forwards is no function of the exercise; "
        'did you mean "affine_forward" or "affine_backward"?' + ASKED,
    ),
    (
        after(entry='functions = { affine_forward = "lambda" }'),
        """exercises[1].functions.affine_forward must be a function's name in quotes, got "lambda\""""
        + IN_AFFINE,
    ),
    (
        after(entry='functions = { affine_forward = "f", affine_backward = "f" }'),
        'exercises[1].functions.affine_backward must be a name of its own, got "f"; affine_forward has it already'
        + IN_AFFINE,
    ),
    (HEAD, f"exercises is missing; {HOW}"),
    (
        "exercises = []\n" + HEAD,
        f"{ONE} an empty array; {HOW}",
    ),
    (
        HEAD + '[exercises]\nid = "affine"\n',
        f"{ONE} a table; {HOW}",
    ),
    (
        'exercises = ["affine"]\n' + HEAD,
        f"{ONE} an array of 1; {HOW}",
    ),
    (HEAD + "[[exercises]]\npoints = 3\n", 'exercises[1].id is missing; write for example id = "affine"'),
    (HEAD + '[[exercises]]\nid = ""\n', 'exercises[1].id must be an exercise\'s id in quotes, got ""'),
    (
        HEAD + '[[exercises]]\nid = ["affine"]\n',
        "exercises[1].id must be an exercise's id in quotes, got an array of 1",
    ),
    (
        HEAD + '[[exercises]]\nid = "soft_max_loss"\n',
        'exercises[1].id must be the id of an exercise, got "soft_max_loss"; '
        'did you mean "softmax_loss"? `chainmark list` shows all',
    ),
    (
        HEAD + '[[exercises]]\nid = "zzz"\n',
        'exercises[1].id must be the id of an exercise, got "zzz"; `chainmark list` shows all',
    ),
    (
        HEAD + AFFINE + AFFINE,
        'exercises[2].id must be an exercise not named before, got "affine" again, as in exercises[1]',
    ),
    (AFFINE, "assignment is missing; begin with [assignment], then id, title and version"),
    (HEAD + "[[limits]]\n" + AFFINE, "limits must be a table, such as [limits], got an array of 1"),
    (after("titel = 1"), 'assignment.titel is not a key of this file; did you mean "title"?'),
    (
        after("colour = 1"),
        f"assignment.colour is not a key of this file; the keys here are {KEYS}",
    ),
    (after('"two words" = 1'), f'assignment."two words" is not a key of this file; the keys here are {KEYS}'),
    (after("memory_mb = 512"), "assignment.memory_mb is not a key of this file; it belongs in [limits]"),
    (after(limits="memory = 512"), 'limits.memory is not a key of this file; did you mean "memory_mb"?'),
    (after(limits='title = "t"'), "limits.title is not a key of this file; it belongs in [assignment]"),
    (
        after(entry="cases = 3"),
        f"exercises[1].cases is not a key of this file; {ENTRY_KEYS}",
    ),
    ("[limit]\n" + HEAD + AFFINE, 'limit is not a key of this file; did you mean "limits"?'),
]
