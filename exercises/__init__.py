"""The teaching: what is asked, with which inputs, hints and misconceptions. Empty until the first exercises land."""
