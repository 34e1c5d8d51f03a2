"""The report on one submission: its data, its JSON, what each reader may see of it."""
