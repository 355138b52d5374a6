"""Two readings of one page: what is furniture, what changed, how it ranks and what it is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core import changelog
from aggregator.core.agencies import load_agencies
from aggregator.core.furniture import is_stamp
from aggregator.core.notices import notice_lines
from aggregator.core.phrasebook import phrasebook
from aggregator.core.revision import Reading, Revised, compare
from aggregator.core.text import sentence_key, tokens
from aggregator.model import Aspect, RevisionKind

AGENCIES = load_agencies()
FERRY = (
    "The ferry ran aground off the northern coast early on Friday and 12 people were killed, the"
    " coast guard said.",
    "Captain Jon Ahlberg told reporters that the engine had failed twice before the storm came in"
    " from the west.",
    "“We heard a noise and then the lights went out on every deck,” said one passenger.",
    "Rescuers worked through the night with six boats and two helicopters from the base at"
    " Marnholm.",
)
TITLE = "Ferry runs aground off Marnholm"
TEXT = "\n".join(FERRY)


def change(after: str, before: str = TEXT, *, title: str = TITLE, to: str = "", lang: str = "en",
           templates: frozenset[int] = frozenset()) -> Revised | None:  # fmt: skip
    return compare(
        Reading(title=title, text=before, language=lang),
        Reading(title=to or title, text=after, language=lang),
        agencies=AGENCIES,
        templates=templates,
    )


def told(found: Revised | None) -> tuple[str, str]:
    assert found is not None
    return found.kind.value, found.summary


# -- furniture


LINKS = ("School opens a new hall", "Council votes on the bridge", "Harvest doubles in the north")
FURNITURE = {
    "nothing": ("", ""),
    "a box of links": (
        "\nMost read\n" + "\n".join(LINKS), "\nMost read\nTeam wins the cup\nMayor resigns today",
    ),
    "a box that appears": ("", "\nRelated\n" + "\n".join(LINKS)),
    "links without a heading": ("\n" + "\n".join(LINKS), "\nTeam wins the cup\nMayor resigns"),
    "a pointer": ("\nRead more: Storm closes the harbour", "\nRead more: Choir sings in the rain"),
    "the time": ("\nUpdated 5 minutes ago", "\nUpdated 3 hours ago"),
    "the date": ("\nUpdated: 20 November 2026, 10:15", "\nUpdated: 20 November 2026, 14:40 GMT"),
    "comments": ("\n12 comments", "\n480 comments"),
    "German time": ("\nStand: 20.11.2026, 10:15 Uhr", "\nStand: 20.11.2026, 18:05 Uhr"),
    "French time": ("\nPublié il y a 5 heures", "\nPublié il y a 3 jours"),
    "Japanese box": ("\n関連記事\n学校に新しい体育館", "\n関連記事\n市長が辞任を表明"),
    "ago in a sentence": (
        "\nThe alarm was raised 5 minutes ago by a fishing boat.",
        "\nThe alarm was raised 2 hours ago by a fishing boat.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FURNITURE)
def test_furniture_alone_is_no_revision(name: str) -> None:
    before, after = FURNITURE[name]
    assert change(TEXT + after, TEXT + before) is None


def test_what_an_outlet_repeats_is_no_revision() -> None:
    offer, other = (f"Sign up for our evening letter, which {n} readers get." for n in "ab")
    keys = frozenset(key for each in (offer, other) if (key := sentence_key(tokens(each))))
    assert change(f"{TEXT}\n{other}", f"{TEXT}\n{offer}", templates=keys) is None
    assert change(f"{TEXT}\n{other}", f"{TEXT}\n{offer}") is not None


def test_facts_in_a_list_are_no_box_of_links() -> None:
    facts = "\nBoats at work: 6\nPassengers on board: 212\nPassengers missing: {}"
    found = change(TEXT + facts.format(3), TEXT + facts.format(9))
    assert told(found) == ("update", "missing 9 -> 3")


@pytest.mark.parametrize(
    "line",
    ["Updated 3 hours ago", "12 comments", "Published 20 November 2026", "5 min read",
     "Aktualisiert vor 3 Stunden", "Actualizado hace 5 horas",
     "更新：2026年11月20日", "3 часа назад"],
)  # fmt: skip
def test_a_line_of_time_or_counts_is_a_stamp(line: str) -> None:
    assert is_stamp(line)


@pytest.mark.parametrize(
    "line",
    ["", "12 dead", "Updated: 15 dead", "15 killed on Friday", "Three hours",
     "The council met at 5 on Friday", "9 tote", "死亡12人"],
)  # fmt: skip
def test_a_line_with_news_is_none(line: str) -> None:
    assert not is_stamp(line)


# -- numbers


NUMBERS = {
    "toll": (TEXT, "12 people", "15 people", "en", "toll 12 -> 15"),
    "boats": (TEXT, "six boats", "nine boats", "en", "boats six -> nine"),
    "German": ("Nach Angaben der Polizei kamen bei dem Brand zwölf Menschen ums Leben, sagte sie.",
               "zwölf", "15", "de", "toll zwölf -> 15"),
    "French": ("L'accident a fait 12 morts et 30 blessés, selon la préfecture du département.",
               "30", "34", "fr", "injured 30 -> 34"),
    "Spanish": ("Al menos doce personas murieron en el incendio, informaron las autoridades ayer.",
                "doce", "quince", "es", "toll doce -> quince"),
    "Russian": ("В результате пожара погибли 12 человек, сообщили в местной администрации утром.",
                "12", "15", "ru", "toll 12 -> 15"),
    "Arabic": ("أعلنت السلطات أن 12 شخصا لقوا حتفهم بين قتيل ومفقود في الحريق الذي اندلع ليلا.",
               "12", "15", "ar", "toll 12 -> 15"),
    "Japanese": ("港で火災があり、警察によると12人が死亡した。", "12", "15", "ja", "toll 12 -> 15"),
    "Chinese": ("据警方通报，火灾已造成12人遇难，另有多人受伤", "12", "15", "zh", "toll 12 -> 15"),
    "Korean": ("경찰에 따르면 이번 화재로 12명이 숨졌다고 밝혔다.", "12명이", "15명이", "ko",
               "toll 12 -> 15"),
    "hyphens": ("In all, seventeen people were treated in hospital overnight, the clinic said.",
                "seventeen", "twenty-one", "en", "injured seventeen -> twenty-one"),
    "German tens": ("Am Abend wurden zwölf Verletzte in die Klinik gebracht, sagte die Ärztin.",
                    "zwölf", "siebenunddreißig", "de", "injured zwölf -> siebenunddreißig"),
    "thousands": ("The fund will pay 1,200 euros to each of the families on Monday, it said.",
                  "1,200", "2,100", "en", "euros 1,200 -> 2,100"),
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_told_with_what_it_counts(name: str) -> None:
    before, was, now, lang, words = NUMBERS[name]
    found = change(before.replace(was, now), before, lang=lang)
    assert told(found) == ("update", words)
    assert found is not None and found.rank == 2


def test_a_toll_told_in_a_new_lead_is_a_number_too() -> None:
    lead = (
        "Divers on Saturday recovered three more bodies from the wreck, which brings the death"
        " toll to 15, said the harbour master."
    )
    found = change("\n".join([lead, *FERRY[1:]]))
    kind, summary = told(found)
    assert kind == "lead rewrite"
    assert "toll" in summary


# -- names, quotes, attribution, notices


def test_a_name_mended_and_nothing_else_is_a_correction() -> None:
    found = change(TEXT.replace("Jon Ahlberg", "Jon Ahlborg"))
    assert told(found) == ("correction", "name Ahlberg -> Ahlborg")


def test_another_person_is_an_update() -> None:
    found = change(TEXT.replace("Jon Ahlberg", "Miriam Tovik"))
    assert told(found) == ("update", "name Jon Ahlberg -> Miriam Tovik")


def test_a_quote_that_says_something_else() -> None:
    kind, summary = told(change(TEXT.replace("on every deck", "in every cabin")))
    assert (kind, summary.split(";")[0]) == ("update", "quote changed")
    found = change(TEXT.replace("“", "").replace("”", ""))
    assert found is not None
    assert found.kind is RevisionKind.TRIVIAL, "the same words without their marks"
    quote = "\n„Wir haben die ganze Nacht gesucht und niemanden gefunden“, sagte der Kapitän."
    assert "quote added" in told(change(TEXT + quote))[1]
    assert "quote cut" in told(change(TEXT, TEXT + quote))[1]


def test_a_credit_that_comes_later_is_told() -> None:
    before = Reading(title=TITLE, text=TEXT)
    after = Reading(title=TITLE, text=TEXT, agencies=frozenset({"afp"}))
    assert told(compare(before, after, agencies=AGENCIES)) == (
        "update",
        "credit to Agence France-Presse added",
    )
    assert told(compare(after, before, agencies=AGENCIES)) == (
        "update",
        "credit to Agence France-Presse dropped",
    )


def test_another_byline_counts_only_beside_another_change() -> None:
    before = Reading(title=TITLE, text=TEXT, authors=("Ines Kaldor",))
    after = Reading(title=TITLE, text=TEXT, authors=("Per Lund",))
    assert compare(before, after, agencies=AGENCIES) is None
    edited = Reading(title=TITLE, text=TEXT.replace("12", "15"), authors=("Per Lund",))
    assert told(compare(before, edited, agencies=AGENCIES))[1] == "toll 12 -> 15; byline changed"


NOTICES = {
    "en": "Correction: An earlier version of this article misstated the captain's name.",
    "en 2": "This story has been corrected to say that the ferry sailed on Thursday.",
    "de": "In einer früheren Version dieses Artikels stand ein falscher Name.",
    "de 2": "Korrektur: Der Kapitän heißt Ahlberg.",
    "fr": "Une version précédente de cet article citait un autre nom.",
    "es": "Fe de errores: el capitán se llama Ahlberg.",
    "it": "Rettifica: il capitano si chiama Ahlberg.",
    "pt": "Correção: o capitão chama-se Ahlberg.",
    "nl": "In een eerdere versie van dit artikel stond een verkeerde naam.",
    "sv": "Rättelse: I en tidigare version av artikeln angavs fel namn.",
    "da": "Rettelse: Kaptajnen hedder Ahlberg.",
    "no": "Retting: Kapteinen heter Ahlberg.",
    "fi": "Oikaisu: kapteenin nimi on Ahlberg.",
    "pl": "Sprostowanie: kapitan nazywa się Ahlberg.",
    "cs": "Oprava: kapitán se jmenuje Ahlberg.",
    "ru": "Исправление: капитана зовут Альберг.",
    "uk": "Уточнення: капітана звати Альберг.",
    "tr": "Düzeltme: Kaptanın adı Ahlberg.",
    "ar": "تصحيح: اسم القبطان هو ألبرغ.",
    "he": "תיקון: שם הקברניט הוא אלברג.",
    "id": "Ralat: nama kapten adalah Ahlberg.",
    "ja": "【訂正】船長の名前に誤りがありました。",
    "zh": "更正：船长的姓名有误。",
    "ko": "바로잡습니다. 선장의 이름이 잘못 표기됐습니다.",
}


@pytest.mark.parametrize("name", NOTICES)
def test_a_notice_makes_a_correction(name: str) -> None:
    found = change(f"{TEXT}\n{NOTICES[name]}")
    assert told(found) == ("correction", "correction notice added")
    assert found is not None and found.changes[0].after == NOTICES[name]
    assert change(f"{TEXT}\n{NOTICES[name]}", f"{TEXT}\n{NOTICES[name]}") is None


@pytest.mark.parametrize(
    "line",
    ["Correction officers went on strike.", "The court made a correction to the list.",
     "An earlier version of the engine was used in trains.", "Die Korrektur am Markt hält an."],
)  # fmt: skip
def test_a_word_alone_is_no_notice(line: str) -> None:
    assert notice_lines(line) == []


def test_the_data_speaks_twelve_languages_and_more() -> None:
    assert len({name[:2] for name in NOTICES}) >= 12
    assert phrasebook() is phrasebook()


# -- headline, body, spelling, kind


def test_the_headline_comes_first() -> None:
    found = change(TEXT.replace("12 people", "15 people"), to="Fifteen die as ferry sinks")
    assert found is not None
    assert [each.aspect for each in found.changes] == [Aspect.HEADLINE, Aspect.NUMBERS]
    assert found.rank == 1


@pytest.mark.parametrize(
    "to",
    [f"{TITLE}.", TITLE.upper(), "Ferry runs agroundd off Marnholm"],
)
def test_a_headline_spelled_anew_is_trivial(to: str) -> None:
    assert told(change(TEXT, to=to)) == ("trivial", "headline spelled anew")


TRIVIAL = {
    "spelling": TEXT.replace("helicopters", "helicoptres"),
    "points": TEXT.replace("Friday and", "Friday, and"),
    "one word": TEXT.replace("had failed twice", "had broken twice"),
    "order": "\n".join([*FERRY[:2], FERRY[3], FERRY[2]]),
    "paragraphs": TEXT.replace("\n", " "),
}


@pytest.mark.parametrize("name", TRIVIAL)
def test_trifles_are_trivial(name: str) -> None:
    found = change(TRIVIAL[name])
    assert found is not None
    assert found.kind is RevisionKind.TRIVIAL, found.summary
    assert found.rank >= Aspect.BODY.rank


@pytest.mark.parametrize(
    ("before", "after", "lang"),
    [
        ("had failed", "had not failed", "en"),
        ("ist schuldig gesprochen", "ist nicht schuldig", "de"),
    ],
)  # fmt: skip
def test_a_word_that_turns_a_sentence_round_is_not(before: str, after: str, lang: str) -> None:
    text = f"{TEXT}\nDer Mann {before} worden, teilte das Gericht am Freitag mit."
    found = change(text.replace(before, after), text, lang=lang)
    assert found is not None
    assert found.kind is RevisionKind.UPDATE


def test_another_first_paragraph_is_a_lead_rewrite() -> None:
    lead = "A court opened an inquiry into why a harbour master's warning had been ignored at sea."
    assert told(change(f"{lead}\n{TEXT}")) == ("lead rewrite", "1 paragraph added")
    assert told(change("\n".join([*FERRY[1:], FERRY[0]])))[0] == "trivial", "moved is not rewritten"


def test_more_text_is_an_update() -> None:
    more = "Two of the boats came from the neighbouring county, where the alarm was first heard."
    assert told(change(f"{TEXT}\n{more}")) == ("update", "1 paragraph added")
    assert told(change(TEXT, f"{TEXT}\n{more}")) == ("update", "1 paragraph cut")


def test_a_headline_marked_corrected_is_a_correction() -> None:
    found = change(TEXT, title="Ferry runs aground", to="CORRECTED-Ferry runs aground")
    assert told(found)[0] == "correction"


# -- properties


words = st.text(alphabet="abc ABC 123.,“”„\n’é中한ع", max_size=120)


@given(words, words, words, words)
@settings(max_examples=300, deadline=None)
def test_any_two_readings_are_compared(a: str, b: str, c: str, d: str) -> None:
    before, after = Reading(title=a, text=b, language="en"), Reading(title=c, text=d, language="en")
    found = compare(before, after, agencies=AGENCIES)
    assert compare(before, before, agencies=AGENCIES) is None
    if found is not None:
        ranks = [each.aspect.rank for each in found.changes]
        assert ranks == sorted(ranks) and found.summary and "\n" not in found.summary
        assert changelog.from_json(changelog.to_json(found.changes)) == found.changes
        assert compare(before, after, agencies=AGENCIES) == found


@given(st.lists(st.sampled_from([*FERRY, *LINKS, "12 comments", NOTICES["en"]]), max_size=9))
@settings(max_examples=100, deadline=None)
def test_boxes_and_stamps_around_a_text_never_count(lines: list[str]) -> None:
    body = "\n".join([*lines, FERRY[0]])
    around = f"Updated 9 minutes ago\n{body}\nMost read\nTeam wins the cup\n31 comments"
    assert change(around, body) is None


def test_long_texts_are_compared_in_bounded_time() -> None:
    long = "\n".join(f"{line} Part {n} of the report." for n in range(250) for line in FERRY)
    begun = time.perf_counter()
    assert change(long.replace("six boats", "nine boats"), long) is not None
    assert change(" ".join(reversed(long.split())), long) is not None
    assert time.perf_counter() - begun < 20
    endless = long * 4
    assert told(change(endless + ".", endless)) == ("update", "text changed")
