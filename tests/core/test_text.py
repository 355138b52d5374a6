"""Text into tokens: what desks and encodings change is folded, what the words say is not."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core import letters, text
from tests.core import wires

TEXTS = st.text(st.characters(codec="utf-8"), max_size=120)
# Letters of the scripts that news is written in, with their marks, signs and punctuation.
PRINT = st.text(
    st.characters(codec="utf-8", max_codepoint=0x30FF, categories=["L", "M", "N", "P", "Zs"]),
    max_size=80,
)
INVISIBLE = ["\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u200e", "\u202e"]
TOKENS = st.lists(st.sampled_from(["a", "bb", "ccc", "dd", "e", "ff", "g", "hh"]), max_size=60)


@settings(deadline=None)
@given(TEXTS | PRINT)
def test_normalise_twice_is_once(body: str) -> None:
    once = text.normalise(body)
    assert text.normalise(once) == once


def test_normalise_twice_is_once_for_every_character() -> None:
    every = (chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    assert [c for c in every if text.normalise(text.normalise(c)) != text.normalise(c)] == []


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=80))
def test_tokens_of_joined_tokens_are_the_tokens(body: str) -> None:
    found = text.tokens(body)
    assert text.tokens(" ".join(found)) == found


@settings(deadline=None)
@given(st.text(st.characters(codec="ascii"), max_size=80))
def test_the_short_way_for_ascii_gives_the_tokens_of_the_long_way(body: str) -> None:
    assert [*text.tokens(body), "é"] == text.tokens(body + " é")


@settings(deadline=None)
@given(TEXTS | PRINT)
def test_composed_and_decomposed_letters_are_the_same(body: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, body) for form in ("NFC", "NFD"))
    assert text.tokens(composed) == text.tokens(decomposed)


def test_every_character_is_the_same_composed_and_decomposed() -> None:
    every = (chr(code) for code in range(0x30000) if not 0xD800 <= code < 0xE000)
    differing = [
        unicodedata.name(c, hex(ord(c)))
        for c in every
        if text.tokens(unicodedata.normalize("NFC", c))
        != text.tokens(unicodedata.normalize("NFD", c))
    ]
    assert differing == []


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("script", wires.SCRIPTS)
def test_every_script_survives_every_form(script: str, form: str) -> None:
    body = wires.SCRIPTS[script][0]
    assert text.tokens(unicodedata.normalize(form, body)) == text.tokens(body)


def _the_long_way(body: str) -> list[str]:
    """Tokens by the rules alone: every fold in turn, every character looked up."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", body).casefold())
    folded = unicodedata.normalize("NFKC", letters._DROPPED.sub("", folded))
    folded = unicodedata.normalize("NFKC", folded.translate(letters._TWO_WAYS))
    folded = "".join(
        str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else c for c in folded
    )
    if letters._HAN.search(folded):
        folded = letters.simplify(folded)
    found: list[str] = []
    inside = False
    for c in folded:
        single = text.is_unspaced(c)
        part = unicodedata.category(c)[0] in "LMN" and not 0x2B9 <= ord(c) <= 0x2BF
        if single or (part and not inside):
            found.append(c)
        elif part:
            found[-1] += c
        inside = part and not single
    return [letters.unmask(token) for token in found]


# What the short ways ask for: signs that part words, digits, Han, points, other planes.
FOLDED = st.text(
    st.sampled_from("aB9 .\u2019\u201c\u2026\u00a0\u00ab\u00ae\u00e9\u0301\u00adß½²\u0130"
    "\u0451\u0435\u0410\u03a3\u0663\u0641\u064e\u0649\u0915\u093c\u0967"
    "\u6771\u4eac\u3042\U0001f600\U0001f3fd\u200d\ufe0f\U0001f130\U00010400\U00020bb7\U0001d7d9\ud55c\u11a8\ufb01"),
    max_size=40,
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(TEXTS | PRINT | FOLDED)
def test_the_short_ways_give_the_tokens_of_the_long_way(body: str) -> None:
    assert text.tokens(body) == _the_long_way(body)


def test_the_short_ways_give_the_tokens_of_the_long_way_for_every_character() -> None:
    codes = (*range(0xD800), *range(0xE000, 0x10000), *range(0x10000, 0x30000, 17))
    every = (chr(code) for code in codes)
    assert [c for c in every if text.tokens(f"a{c}b") != _the_long_way(f"a{c}b")] == []


def test_case_does_not_count() -> None:
    for body in (wires.join(wires.DAM), "Straße Σίσυφος ÉTÉ Москва ﬁnal İzmir"):
        assert text.tokens(body.upper()) == text.tokens(body)
        assert text.tokens(body.casefold()) == text.tokens(body)


@settings(deadline=None)
@given(st.data())
def test_invisible_characters_do_not_count(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from([wires.DAM[0], *(pair[0] for pair in wires.SCRIPTS.values())]))
    places = data.draw(st.lists(st.integers(0, len(body)), max_size=8))
    salted = body
    for place in sorted(places, reverse=True):
        salted = salted[:place] + data.draw(st.sampled_from(INVISIBLE)) + salted[place:]
    assert text.tokens(salted) == text.tokens(body)


@pytest.mark.parametrize(
    "variant",
    [
        "\u201cThe dam isn\u2019t sound,\u201d he said \u2013 again",
        "\u00abThe dam isn\u2018t sound\u00bb, he said \u2014 again.",
        "\u201eThe dam isn`t sound,\u201f he said -- again\u2026",
        "\uff02The dam isn\u2032t sound,\uff02 he said\u00a0\u2212\u202fagain",
        "THE\tdam   isn't\nsound, he said: again!",
    ],
)
def test_quotes_dashes_and_spaces_do_not_count(variant: str) -> None:
    plain = ["the", "dam", "isn", "t", "sound", "he", "said", "again"]
    assert text.tokens(variant) == plain


@pytest.mark.parametrize("apostrophe", ["\u2019", "\u02bc", "\u2018", "\uff07"])
def test_apostrophes_of_ukrainian_desks_do_not_count(apostrophe: str) -> None:
    plain = "Прем'єр-міністр заявив, що п'ять комп'ютерів зникли"
    assert text.tokens(plain.replace("'", apostrophe)) == text.tokens(plain)


@pytest.mark.parametrize(
    ("disguised", "plain"),
    [
        ("p\u0430ypal", "paypal"),  # Cyrillic a
        ("\u0410frica", "africa"),
        ("mini\u0455ter", "minister"),
        ("\u0405t\u043er\u043c", "storm"),
        ("Ath\u03b5ns", "athens"),  # Greek epsilon
        ("r\u03bfute", "route"),
        ("B\u0412C", "bbc"),
    ],
)
def test_lookalikes_in_mixed_words_are_folded(disguised: str, plain: str) -> None:
    assert text.tokens(disguised) == [plain]


@pytest.mark.parametrize("word", ["москва", "сор", "рост", "αβεικ", "οπεπ"])
def test_words_of_one_script_are_left_alone(word: str) -> None:
    assert text.tokens(word) == [word]


def test_full_width_and_compatibility_forms_are_folded() -> None:
    assert text.tokens("ＴＯＫＹＯ　２０２６ ㍿ ﬀ ②") == [
        "tokyo",
        "2026",
        "株",
        "式",
        "会",
        "社",
        "ff",
        "2",
    ]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("東京で雨。", ["东", "京", "で", "雨"]),
        ("กรุงเทพ", list("กรุงเทพ")),
        ("AFP通信によると2人", ["afp", "通", "信", "に", "よ", "る", "と", "2", "人"]),
        ("서울에서 비가", ["서울에서", "비가"]),
        ("हिन्दी समाचार, किरण", ["हिन्दी", "समाचार", "किरण"]),
        ("বাংলাদেশের প্রধানমন্ত্রী", ["বাংলাদেশের", "প্রধানমন্ত্রী"]),
        ("தமிழ்நாடு", ["தமிழ்நாடு"]),
        ("Москва, 20 нояб.", ["москва", "20", "нояб"]),
        ("Αθήνα: ο Σίσυφος", ["αθήνα", "ο", "σίσυφοσ"]),
    ],
)
def test_words_stay_whole_where_a_script_has_spaces(body: str, found: list[str]) -> None:
    assert text.tokens(body) == [unicodedata.normalize("NFKC", word) for word in found]


@pytest.mark.parametrize(
    ("pointed", "plain"),
    [
        ("مُحَمَّدٌ رَئِيسُ الحُكُومَةِ", "محمد رئيس الحكومة"),
        ("الرئيــــس", "الرئيس"),  # tatweel
        ("שָׁלוֹם עוֹלָם", "שלום עולם"),
    ],
)
def test_vowel_points_do_not_count(pointed: str, plain: str) -> None:
    assert text.tokens(pointed) == text.tokens(plain)
    assert len(text.tokens(plain)) == len(plain.split())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("سأل الإعلام عن آخر مدرسة", "سال الاعلام عن اخر مدرسه"),  # hamza, ta marbuta
        ("یک کتاب", "يك كتاب"),  # Persian and Arabic letters
        ("всё ещё", "все еще"),
        ("सड़क पर बाढ़", "सडक पर बाढ"),  # nukta
        ("總統府今天表示臺灣經濟", "总统府今天表示台湾经济"),
        ("١٢ أيار ۲۰۲۶", "12 ايار 2026"),
    ],
)
def test_two_spellings_of_a_language_are_one(one: str, other: str) -> None:
    assert text.tokens(one) == text.tokens(other)


@pytest.mark.parametrize(
    ("disguised", "plain"),
    [("мoсквa", "москва"), ("Tольятти", "тольятти"), ("Aθήνα", "αθήνα"), ("МОСКBА", "москва")],
)
def test_latin_letters_in_other_scripts_are_folded(disguised: str, plain: str) -> None:
    assert text.tokens(disguised) == text.tokens(plain)


@pytest.mark.parametrize("script", wires.SCRIPTS)
def test_two_stories_of_one_script_share_next_to_nothing(script: str) -> None:
    one, other = (text.shingles(text.tokens(body)) for body in wires.SCRIPTS[script])
    assert min(len(one), len(other)) >= 30
    assert len(np.intersect1d(one, other)) <= 0.06 * min(len(one), len(other))


def test_words_are_counted_alike_across_scripts() -> None:
    assert text.count_words("") == 0
    assert text.count_words("The ferry, at 4 a.m.") == 6
    assert text.count_words("東京で雨") == 2
    assert text.count_words("AFP 東京") == 2


@settings(deadline=None)
@given(PRINT | st.text('ab.!? \n"”»。」…।؟12', max_size=80))
def test_sentences_lose_nothing_but_spaces(body: str) -> None:
    def dense(given: str) -> str:
        return "".join(given.split())

    found = text.sentences(body)
    assert dense("".join(found)) == dense(body)
    assert all(sentence == sentence.strip() and sentence for sentence in found)
    assert not any("\n" in sentence for sentence in found)


def test_sentences_end_where_each_script_ends_them() -> None:
    assert text.sentences("One. “Two!” Three?\nfour") == ["One.", "“Two!”", "Three?", "four"]
    assert text.sentences("雨が降った。「寒い。」と言った！晴れた") == [
        "雨が降った。", "「寒い。」", "と言った！", "晴れた"
    ]  # fmt: skip
    assert text.sentences("नौका फँसी। सब बचे।") == ["नौका फँसी।", "सब बचे।"]
    assert text.sentences("هل عاد؟ نعم عاد.") == ["هل عاد؟", "نعم عاد."]


@settings(deadline=None)
@given(TOKENS, st.integers(1, 8))
def test_runs_and_shingles_have_the_sizes_they_say(found: list[str], size: int) -> None:
    runs, shingles = text.runs(found, size), text.shingles(found, size)
    places = [tuple(found[at : at + size]) for at in range(len(found) - size + 1)]
    assert len(runs) == len(places)
    assert len(shingles) == len(set(places))
    assert runs.dtype == shingles.dtype == np.uint64
    assert shingles.tolist() == sorted(set(runs.tolist()))
    # Equal runs have equal hashes and unlike runs have unlike ones.
    assert len({*zip(places, runs.tolist(), strict=True)}) == len(set(places))


def test_a_shingle_knows_the_order_of_its_words() -> None:
    assert text.runs(list("abcde")).tolist() != text.runs(list("bacde")).tolist()
    assert len(text.runs(["a"] * 4)) == 0
    assert len(text.shingles(["a"] * 50)) == 1


def test_the_version_pins_the_values() -> None:
    # Stored fingerprints hang on these: whoever changes one must raise TEXT_VERSION, and then
    # write the new values here.
    words = text.tokens("A cargo ferry ran aground off the northern coast on Friday.")
    assert (text.TEXT_VERSION, text.digest(words)) == (3, "91faa4057163b7bef5a7d79df9f48aea")
    assert text.runs(words)[:2].tolist() == [7512167118565008551, 10587416265268630905]


@settings(deadline=None)
@given(TOKENS, TOKENS)
def test_equal_digests_are_equal_tokens(a: list[str], b: list[str]) -> None:
    assert (text.digest(a) == text.digest(b)) == (a == b)


def _key(sentence: str) -> int | None:
    return text.sentence_key(text.tokens(sentence))


def test_a_sentence_is_the_same_whatever_its_numbers() -> None:
    assert _key("Highs of 21 degrees, 40% rain.") == _key("highs of 35 degrees: 10 % rain")
    assert _key("Highs of 9 degrees.") == _key("Highs of 12 degrees.")
    assert _key("The index closed at 980.") == _key("The index closed at 1,250.5.")
    assert _key("Highs of 21 degrees.") != _key("Lows of 21 degrees.")


def test_a_sentence_without_letters_has_no_key() -> None:
    assert _key("") is None
    assert _key("12 / 40 -- 7") is None
    assert _key("12 goals") is not None


@settings(deadline=None)
@given(st.text(max_size=60))
def test_sentence_keys_fit_a_database(sentence: str) -> None:
    key = _key(sentence)
    assert key is None or -(2**63) <= key < 2**63
