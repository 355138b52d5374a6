"""Builds the gold archive and its pairs to ignore: `python -m tests.gold.build GOLD IGNORE`.

The same bytes on every machine. It must not look at what the rules make of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from pathlib import Path

from tests.gold import desk, lettering, plan
from tests.gold.corpus import Article, Corpus, write
from tests.gold.desk import Draft
from tests.gold.dice import Dice
from tests.gold.reading import (
    Outlet,
    Piece,
    read_outlets,
    read_pieces,
    read_singles,
)
from tests.gold.robots import write_bulletins

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
BACKGROUND = 0.36  # of a follow-up's words are recycled
DATELINES = {
    "en": "{PLACE}, March {day} (TMP) - ", "de": "{PLACE} (npd) - ",
    "es": "{PLACE}, {day} mar (LIT) - ", "fr": "{PLACE} (PMD) - ",
    "ru": "{PLACE}, {day} марта. /Вектор-Пресс/. ", "uk": "{PLACE}, {day} березня (ВПУ) - ",
    "pl": "{PLACE} (AWP) - ", "ar": "{PLACE} (المنارة) - ", "hi": "{PLACE}, {day} मार्च (सेतु)। ",
    "el": "{PLACE} (ΠΡΑΙ) - ", "ja": "【{PLACE}北洋通信】", "zh": "海桥社{PLACE}3月{day}日电 ",
    "ko": "({PLACE}=누리벌통신) ", "th": "{PLACE} (สำนักข่าวบางลาน) - ",
}  # fmt: skip

ROUND_UPS = {"en": "News in brief", "es": "Las tres del día", "ru": "Коротко о главном"}


class Builder:
    """Gathers articles; every choice is thrown by dice that the article's id names."""

    def __init__(self) -> None:
        self.outlets = read_outlets()
        self.by_key = {outlet.key: outlet for group in self.outlets.values() for outlet in group}
        self.stories = read_pieces("stories")
        self.articles: list[Article] = []
        self.ignored: set[tuple[str, str]] = set()

    def run(
        self,
        name: str,
        outlet: Outlet,
        draft: Draft,
        when: datetime,
        *,
        cluster: str | None = None,
        edit: str = "",
        family: str = "single",
        dateline: tuple[str, str] = ("", ""),
    ) -> Article:
        """An outlet runs a draft in its own dress."""
        dice = Dice(name)
        draft = _dress(draft, outlet, *dateline)
        agency = edit and outlet.dateline == "keep" and family == "story"
        article = Article(
            id=f"{name}.{outlet.key}",
            outlet=outlet,
            draft=draft,
            published=when.replace(second=dice.below(60, "second")),
            cluster=cluster,
            author="Transmere Press" if agency and outlet.language == "en" else None,
            edit=edit,
            family=family,
        )
        self.articles.append(article)
        return article

    def build(self) -> Corpus:
        """Everything, in order of publication."""
        self._run_stories()
        self._run_next_days()
        self._run_bulletins()
        self._run_specials()
        self._run_round_ups()
        self._run_singles()
        ids = [article.id for article in self.articles]
        if len(ids) != len(set(ids)):
            raise ValueError("two articles have one id")
        ordered = sorted(self.articles, key=lambda article: (article.published, article.id))
        return Corpus(tuple(ordered), tuple(sorted(self.ignored)))

    def _run_stories(self) -> None:
        for story, first, copies in plan.assign(self.stories, self.outlets):
            dice = Dice(story.key)
            broke = _at(story.day, 5 + dice.below(11, "hour"), dice.below(60, "minute"))
            self.run(
                f"{story.key}.wire", first, story.draft, broke,
                cluster=story.key, edit="wire", family="story", dateline=_dateline(story),
            )  # fmt: skip
            made = [self._copy(story, edit, outlet, broke) for edit, outlet in copies]
            if len(copies) > 5:  # the first outlet runs it again under a second address
                made.append(self._copy(story, "rerun", first, broke))
            seconds = self._run_others(story, broke, [outlet for _, outlet in copies] or [first])
            merged = [article for article in made if article.edit == "merged"]
            self._ignore(product(merged, seconds))

    def _copy(self, story: Piece, edit: str, outlet: Outlet, broke: datetime) -> Article:
        name = f"{story.key}.{edit}"
        dice = Dice(name)
        job = plan.Job(story, story.draft, outlet, dice)
        if edit == "rerun":
            draft = desk.substitute(story.draft, 0.02, dice)
        else:
            draft = plan.EDITS[edit](job)
        if edit not in plan.SAME_TITLE:
            draft = desk.retitle(draft, dice.pick(story.titles[1:], "title"))
        # A quarter of real copies run within minutes; a few on the day after.
        spread = dice.pick((15, 60, 240, 600, 1900), "spread")
        when = broke + timedelta(minutes=3 + dice.below(spread, "minutes"))
        return self.run(
            name, outlet, draft, when,
            cluster=story.key, edit=edit, family="story", dateline=_dateline(story),
        )  # fmt: skip

    def _run_others(self, story: Piece, broke: datetime, outlets: list[Outlet]) -> list[Article]:
        """Another agency's wire, and own reports that share a statement."""
        dice = Dice(f"{story.key} others")
        seconds = []
        for draft in story.drafts("second"):
            for number, outlet in enumerate(outlets[-2:]):
                when = broke + timedelta(minutes=40 + dice.below(500, ("second", number)))
                seconds.append(
                    self.run(
                        f"{story.key}.second-wire{number}", outlet, draft, when,
                        cluster=f"{story.key} second", family="second wire",
                        edit="second wire",
                    )
                )  # fmt: skip
        for number, draft in enumerate(story.drafts("own")):
            outlet = outlets[number % len(outlets)]
            when = broke + timedelta(minutes=90 + dice.below(900, ("own", number)))
            self.run(f"{story.key}.own-report{number}", outlet, draft, when, family="own report")
        return seconds

    def _run_next_days(self) -> None:
        """Follow-ups with new words on top and recycled background below."""
        for story in self.stories:
            for draft in story.drafts("followup"):
                dice = Dice(f"{story.key} next day")
                room = draft.words * BACKGROUND / (1 - BACKGROUND)
                background: list[str] = []
                middle = story.paragraphs[1:]
                for paragraph in dice.some(middle, len(middle), "background"):
                    if story.draft.size(paragraph) <= room:
                        background.append(paragraph)
                        room -= story.draft.size(paragraph)
                whole = draft.with_body([*draft.paragraphs, *background])
                around = self.outlets[story.language]
                for number in range(min(3, len(around))):
                    hour = 6 + dice.below(12, ("hour", number))
                    self.run(
                        f"{story.key}.follow-up{number}",
                        around[(story.day + number) % len(around)],
                        whole,
                        _at(story.day + 1, hour, dice.below(60, ("minute", number))),
                        cluster=f"{story.key} next day",
                        family="follow-up",
                        edit="follow-up",
                    )

    def _run_bulletins(self) -> None:
        for bulletin in write_bulletins():
            dice = Dice(bulletin.key)
            for number, key in enumerate(bulletin.outlets):
                hour = 4 + dice.below(16, "hour")
                when = _at(bulletin.day, hour, dice.below(50, ("minute", number)))
                self.run(
                    bulletin.key,
                    self.by_key[key],
                    bulletin.draft,
                    when,
                    cluster=bulletin.key if len(bulletin.outlets) > 1 else None,
                    edit="bulletin" if len(bulletin.outlets) > 1 else "",
                    family=bulletin.family,
                )

    def _run_specials(self) -> None:
        """Speeches with the reports that quote them, and live blogs that grow."""
        for piece in read_pieces("special"):
            around = self.outlets[piece.language]
            family = str(piece.settings["family"])
            if family == "speech":
                drafts = [piece.draft, *piece.drafts("report"), *piece.drafts("excerpts")]
                ran = []
                for number, draft in enumerate(drafts):
                    when = _at(piece.day, 19 + number, 10 * number)
                    name = f"{piece.key}.{number}"
                    ran.append(self.run(name, around[number], draft, when, family=family))
                if piece.of("excerpts"):  # a page of excerpts is a part of the transcript
                    self._ignore([(ran[0], ran[-1])])
                continue
            size = len(piece.paragraphs)
            versions = [
                self.run(
                    f"{piece.key}.{number}", around[1],
                    piece.draft.with_body(piece.paragraphs[: max(2, size * number // 4)]),
                    _at(piece.day, 6 + 2 * number, 3 * number), family=family,
                )
                for number in range(1, 5)
            ]  # fmt: skip
            self._ignore(combinations(versions, 2))

    def _run_round_ups(self) -> None:
        """Three stories' first paragraphs on one page."""
        for language, days in (("en", (0, 2, 4, 5, 7, 9)), ("es", (3, 8)), ("ru", (4,))):
            around = self.outlets[language]
            for number, day in enumerate(days):
                broken = [s for s in self.stories if s.language == language and s.day <= day]
                held = sorted(broken, key=lambda story: (-story.day, story.key))[:3]
                parts = [p for story in held for p in (story.titles[1], *story.paragraphs[:2])]
                title = f"{ROUND_UPS[language]} ({day + 2})"
                self.run(
                    f"round-up-{language}-{day}",
                    around[(3 * number + 1) % len(around)],
                    Draft(title, tuple(parts), language),
                    _at(day, 21, 5 * number),
                    family="round-up",
                )

    def _run_singles(self) -> None:
        for number, draft in enumerate(read_singles()):
            dice = Dice(draft.title)
            around = self.outlets[draft.language]
            when = _at(dice.below(10, "day"), 6 + dice.below(14, "hour"), dice.below(60, "minute"))
            self.run(f"single-{draft.language}-{number}", around[number % len(around)], draft, when)

    def _ignore(self, pairs: Iterable[tuple[Article, ...]]) -> None:
        for a, b in pairs:
            first, second = sorted((a.id, b.id))
            self.ignored.add((first, second))


def _at(day: int, hour: int, minute: int) -> datetime:
    return START + timedelta(days=day, hours=hour, minutes=minute)


def _dateline(story: Piece) -> tuple[str, str]:
    """The place, and the agency's whole dateline."""
    place = str(story.settings["place"])
    pattern = DATELINES[story.language]
    return place, pattern.replace("{PLACE}", place).replace("{day}", str(story.day + 2))


def _dress(draft: Draft, outlet: Outlet, place: str, dateline: str) -> Draft:
    """The outlet's habits on any text it runs; its boilerplate comes last."""
    if "british" in outlet.habits:
        draft = desk.apply_house_style(draft)
    if "egyptian" in outlet.habits:
        draft = lettering.spell_egyptian(draft)
    if "plain_nukta" in outlet.habits:
        draft = lettering.spell_plain(draft)
    if "curly" in outlet.habits:
        draft = lettering.curl(draft)
    if outlet.dateline == "keep" and dateline:
        draft = desk.add_dateline(draft, dateline)
    elif outlet.dateline == "place" and place:
        draft = desk.add_dateline(
            draft, f"【{place}】" if draft.language == "ja" else f"{place} - "
        )
    if "traditional" in outlet.habits:
        draft = lettering.to_traditional(draft)
    return desk.append(draft, outlet.boilerplate)


def build() -> Corpus:
    """The corpus, the same every time."""
    return Builder().build()


def _main(arguments: list[str]) -> Iterator[str]:
    if len(arguments) != 2:
        raise SystemExit("usage: python -m tests.gold.build GOLD.jsonl IGNORE.tsv")
    corpus = build()
    write(corpus, Path(arguments[0]), Path(arguments[1]))
    yield f"{len(corpus.articles)} articles, {len(corpus.ignored)} pairs to ignore, {corpus.digest}"


if __name__ == "__main__":
    for line in _main(sys.argv[1:]):
        print(line)
