"""Clusters an archive with Spark: joins and components as data frames, texts by core on workers."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from aggregator.core import fingerprint, template
from aggregator.core.pages import SHOWN_UNDER_MANY
from aggregator.edge.engines import pagefile
from aggregator.edge.engines import spark_steps as steps
from aggregator.edge.engines.contract import Job
from aggregator.edge.engines.shelf import needed
from aggregator.edge.engines.spark_answer import SparkAnswer
from aggregator.edge.engines.spark_fold import fold_components
from aggregator.errors import UsageError

LONGEST = 1 << 16  # shingles: longer texts need as many samples in common as these


def spark(job: Job) -> SparkAnswer:
    """Cluster with Spark, here unless `job.master` says where; UsageError when it is missing."""
    session = _session(job)
    try:
        _Line(session, job).run()
    finally:
        session.stop()
    return SparkAnswer(job)


def _session(job: Job) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise UsageError(
            "engine spark", "is not installed", hint="pip install 'news-aggregator-dedup[scale]'"
        ) from error
    # Workers would run the first python3 of PATH, which has neither this package nor numpy.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    here = not job.master or job.master.startswith("local")
    if here:
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = (
        SparkSession.builder.appName("aggregator recluster")
        .master(job.master or f"local[{max(1, job.workers)}]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", str(max(job.workers, job.count // 10_000)))
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "500")
        .config("spark.executorEnv.PYTHONPATH", str(Path(__file__).parents[3]))
    )
    if here:
        builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config(
            "spark.local.dir", str(job.folder / "spilled")
        )
    if job.memory is not None:
        builder = builder.config("spark.driver.memory", f"{job.memory >> 20}m")
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


class _Line:
    """The stages; each leaves a Parquet table in the job's folder for those after it."""

    def __init__(self, session: Any, job: Job) -> None:
        self._spark = session
        self._job = job
        self._rules = job.rules.to_json()

    def _keep(self, name: str, frame: Any, *, order: str = "") -> Any:
        """Write a table down and read it back: what made it is not computed twice."""
        place = str(self._job.folder / f"{name}.parquet")
        (frame.orderBy(*order.split()) if order else frame).write.parquet(place)
        return self._spark.read.parquet(place)

    def run(self) -> None:
        """All stages, in order."""
        tell, count = self._job.progress, self._job.count
        tell("sentences", 0, count)
        lines = self._spark.read.text(str(self._job.folder / pagefile.NAME))
        lines = lines.repartition(max(2 * self._job.workers, count // 5_000))
        made = lines.mapInArrow(steps.ReadLines(self._rules, steps.PAGES), steps.PAGES)
        self.pages = self._keep("pages", made)
        listing = steps.ListSentences(self._rules, steps.SENTENCES)
        sentences = self._keep("sentences", self.pages.mapInArrow(listing, steps.SENTENCES))
        tell("templates", 0, 0)
        templates = self._keep("templates", self._learn(sentences))
        tell("prints", 0, count)
        keys = sentences.join(templates, ["outlet", "sentence"]).groupBy("article")
        shown = keys.agg({"sentence": "collect_set"}).toDF("article", "keys")
        with_keys = self.pages.join(shown, "article", "left")
        printing = steps.MakePrints(self._rules, steps.PRINTS)
        prints = self._keep("printed", with_keys.mapInArrow(printing, steps.PRINTS))
        prints = self._keep("prints", self._hold(prints), order="article")
        tell("keys", 0, count)
        proposed = self._keep("proposed", self._propose(prints))
        tell("pairs", 0, 0)
        pairs = self._keep("pairs", self._decide(prints, proposed), order="a b")
        tell("fold", 0, 0)
        fold = steps.Fold(self._rules, steps.GROUPS, self._job.bonds)
        self._keep(
            "groups", fold_components(self._spark, prints, pairs, fold), order="story article"
        )

    def _learn(self, sentences: Any) -> Any:
        """Sentences that outlets repeat on unlike pages."""
        from pyspark.sql import functions as f

        held = sentences.groupBy("outlet", "sentence").agg(f.count("*").alias("held"))
        held = held.where(f.col("held") >= self._job.rules.template_pages)
        certain = held.where(f.col("held") > template.CERTAIN_PAGES).drop("held")
        doubtful = held.where(f.col("held") <= template.CERTAIN_PAGES).drop("held")
        doubtful = sentences.join(doubtful, ["outlet", "sentence"])
        asked = self.pages.join(doubtful.select("article").distinct(), "article", "semi")
        sketches = asked.mapInArrow(steps.Sketch(self._rules, steps.SKETCHES), steps.SKETCHES)
        weighing = steps.Weigh(self._rules, steps.TEMPLATES)
        weighed = (
            doubtful.join(sketches, "article")
            .groupBy("outlet", "sentence")
            .applyInArrow(steps.grouped(weighing), steps.TEMPLATES)
        )
        return certain.unionByName(weighed)

    def _hold(self, prints: Any) -> Any:
        """Prints with walls gated, and who holds each exact text, when and where it ran."""
        from pyspark.sql import functions as f

        open_ = prints.where("gate IS NULL").select("article", "outlet", "digest")
        several = open_.groupBy("outlet", "digest").count().where("count > 1").drop("count")
        doubles = open_.join(several, ["outlet", "digest"]).select("article", "digest")
        finding = steps.FindWalls(self._rules, "wall long")
        walls = (
            self.pages.join(doubles, "article")
            .groupBy("outlet", "digest")
            .applyInArrow(steps.grouped(finding), finding.schema)
        )
        prints = prints.join(walls, prints.article == walls.wall, "left")
        prints = prints.withColumn(
            "gate", f.when(f.col("wall").isNotNull(), f.lit(SHOWN_UNDER_MANY))
            .otherwise(f.col("gate"))
        ).drop("wall")  # fmt: skip
        runs = f.col("gate").isNull()
        texts = prints.groupBy("digest").agg(
            f.min(f.when(runs, f.col("article"))).alias("holder"),
            f.min("outlet").alias("least"), f.max("outlet").alias("most"),
            f.min(f.when(runs, f.col("at"))).alias("first"),
            f.max(f.when(runs, f.col("at"))).alias("last"),
        )  # fmt: skip
        return prints.join(texts, "digest").withColumn("holder", f.when(runs, f.col("holder")))

    def _propose(self, prints: Any) -> Any:
        """Pairs of holders that share a band key or enough samples."""
        from pyspark.sql import Window
        from pyspark.sql import functions as f

        holders = prints.where("article = holder")
        bands = holders.select("article", f.posexplode("bands").alias("band", "value"))
        full = bands.groupBy("band", "value").count()
        full = full.where(f.col("count").between(2, fingerprint.KEY_LIMIT)).drop("count")
        shared = bands.join(full, ["band", "value"])
        one, other = shared.alias("one"), shared.alias("other")
        on = "one.band = other.band AND one.value = other.value AND one.article < other.article"
        by_bands = one.join(other, f.expr(on)).selectExpr("one.article AS a", "other.article AS b")
        samples = holders.select("article", "size", f.explode("samples").alias("value"))
        held = samples.groupBy("value").agg(f.count("*").alias("held")).where("held > 1")
        place = f.row_number().over(Window.partitionBy("value").orderBy("article"))
        crowd = samples.join(held, "value").withColumn("nth", place)
        one, other = crowd.alias("one"), crowd.alias("other")
        on = (
            "one.value = other.value AND one.article < other.article AND"
            f" (one.held <= {fingerprint.SAMPLE_LIMIT} OR one.nth <= {fingerprint.SAMPLE_FIRST})"
        )
        sizes = f.least("one.size", "other.size", f.lit(LONGEST)).alias("size")
        common = one.join(other, f.expr(on)).select(
            f.col("one.article").alias("a"), f.col("other.article").alias("b"), sizes
        )
        common = common.groupBy("a", "b", "size").agg(f.count("*").alias("common"))
        enough = self._spark.createDataFrame(
            list(enumerate(needed(LONGEST).tolist())), "size long, least long"
        )
        by_samples = (
            common.where(f.col("common") >= fingerprint.SAMPLES_SHARED)
            .join(f.broadcast(enough), "size")
            .where("common >= least")
        )
        return by_bands.union(by_samples.select("a", "b")).distinct()

    def _decide(self, prints: Any, proposed: Any) -> Any:
        """Verdicts of the pairs that have something in common."""
        names = ("article", "title", "telling", "tokens", "least", "most", "first", "last")
        holders = prints.where("article = holder").select(*names)
        one = holders.toDF(*(f"one_{name}" for name in names))
        other = holders.toDF(*(f"other_{name}" for name in names))
        beside = proposed.join(one, proposed.a == one.one_article).join(
            other, proposed.b == other.other_article
        )
        deciding = steps.Decide(self._rules, steps.PAIRS)
        by_first = beside.repartition("a").sortWithinPartitions("a")
        return by_first.mapInArrow(deciding, steps.PAIRS)
