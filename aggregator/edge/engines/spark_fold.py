"""Finds components with Spark by large and small stars, and folds each; holds no rule."""

from __future__ import annotations

from typing import Any

from aggregator.edge.engines.spark_steps import GROUPS, Fold, grouped
from aggregator.model import MatchVerdict

ROUNDS_MOST = 60  # log2 of the longest chain, and then some


def find_components(edges: Any) -> Any:
    """The smallest node of each node's component, as columns node and root.

    The large-star and small-star steps of Kiveris and others, "Connected Components in MapReduce
    and Beyond" (2014): in turns every node sends its larger, then its smaller neighbours to the
    smallest one it knows, until nothing moves. `edges` have columns a and b.
    """
    from pyspark.sql import functions as f

    loops = edges.where("a = b").select("a", "b").distinct()
    edges = edges.where("a <> b").select(
        f.greatest("a", "b").alias("a"), f.least("a", "b").alias("b")
    )
    edges = edges.distinct().localCheckpoint()
    before = None
    for _ in range(ROUNDS_MOST):
        both = edges.union(edges.select("b", "a"))
        least = both.groupBy("a").agg(f.least(f.col("a"), f.min("b")).alias("root"))
        large = both.join(least, "a").where("b > a").select(f.col("b").alias("a"), f.col("root"))
        large = large.where("a <> root").toDF("a", "b").distinct()
        least = large.groupBy("a").agg(f.min("b").alias("root"))
        small = large.join(least, "a")
        edges = (
            small.select(f.col("b").alias("a"), f.col("root").alias("b"))
            .union(small.select("a", f.col("root").alias("b")))
            .where("a <> b")
            .distinct()
            .localCheckpoint()
        )
        now = edges.agg(f.count("*"), f.sum(f.xxhash64("a", "b").cast("decimal(38,0)"))).first()
        if now == before:
            break
        before = now
    else:
        raise RuntimeError(f"components did not settle in {ROUNDS_MOST} rounds")
    found = edges.toDF("node", "root")
    roots = found.select("root").distinct().select(f.col("root").alias("node"), f.col("root"))
    return (
        found.union(roots)
        .union(loops.toDF("node", "root"))
        .groupBy("node")
        .agg(f.min("root").alias("root"))
    )


def fold_components(session: Any, prints: Any, pairs: Any, fold: Fold) -> Any:
    """All stories as columns story and article: what stands alone, and each component folded."""
    from pyspark.sql import functions as f

    merging = [str(verdict) for verdict in MatchVerdict if verdict.merges]
    verified = pairs.where(f.col("verdict").isin(merging)).select("a", "b")
    bonds = fold.bonds
    camps = [(one, label, len(bonds.camps[label]) > 1) for one, label in bonds.label.items()]
    tied = session.createDataFrame(camps, "article long, camp long, held boolean")
    node = f.coalesce("holder", "article")
    # What is not compared stands in a story only where a person holds it there.
    tied = prints.join(tied, "article").where("holder IS NOT NULL OR held")
    tied = tied.select("camp", node.alias("node"))
    first = tied.groupBy("camp").agg(f.min("node").alias("first"))
    ties = tied.join(first, "camp").select(f.col("first").alias("a"), f.col("node").alias("b"))
    roots = find_components(verified.union(ties)).localCheckpoint()
    decided = tied.select("node").distinct().join(roots, "node").select("root").distinct()
    nodes = prints.withColumn("node", node).join(roots, "node")
    # Where a person decided, all articles stand one by one; elsewhere a holder stands for all.
    whole = nodes.join(decided, "root", "semi").where("holder IS NOT NULL")
    held = nodes.join(decided, "root", "semi").where("holder IS NULL")
    plain = nodes.join(decided, "root", "anti").where("article = holder")
    digests = prints.select(f.col("article").alias("b"), f.col("digest").alias("other"))
    others = verified.join(digests, "b").groupBy("a").agg(f.collect_set("other").alias("others"))
    asked = (
        whole.union(held)
        .union(plain)
        .join(others.withColumnRenamed("a", "article"), "article", "left")
    )
    columns = ("root", "article", "digest", "gate", "key", "tokens", "telling", "others")
    folded = (
        asked.select(*columns).groupBy("root").applyInArrow(grouped(fold), GROUPS).localCheckpoint()
    )
    copies = prints.where("holder IS NOT NULL").select("article", "holder")
    one_by_one = folded.join(whole.union(held).select("article"), "article", "semi")
    stood_for = folded.join(plain.select("article"), "article", "semi")
    spread = stood_for.withColumnRenamed("article", "holder").join(copies, "holder")
    alone = copies.join(roots.withColumnRenamed("node", "holder"), "holder", "anti").select(
        f.col("holder").alias("story"), "article"
    )
    return (
        one_by_one.select("story", "article").union(spread.select("story", "article")).union(alone)
    )
