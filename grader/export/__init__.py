"""Marks for other programs: `marks_csv` for spreadsheets and gradebooks, `marks_jsonl` for scripts."""
