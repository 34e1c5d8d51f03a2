"""The same class graded by real nbgrader, by real Otter-Grader and by chainmark: marks here, time in a benchmark.

`assignment` has five layers with tests as courses write them, `in_nbgrader` and `in_otter` make an assignment of
them in the way each system wants it and grade what students hand in, `forged` are notebooks that have nothing right
and ask for full marks all the same.
"""
