"""The teaching: what is asked, with which inputs, hints and misconceptions. No exercise has landed yet."""
