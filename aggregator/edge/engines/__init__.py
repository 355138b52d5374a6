"""Engines that propose, decide and fold a whole archive at once; decide nothing themselves.

`memory` for some hundred thousand articles, `duckdb` out of core, `spark` on many machines. All
take the same folder of pages and give the same answer, because the rules are those of core.
"""
