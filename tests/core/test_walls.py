"""What a page turned out to be; an article about cookies is not a wall."""

from __future__ import annotations

import pytest

from aggregator.core.walls import Look, judge, title_share
from aggregator.model import Verdict

STORY = (
    "The old bridge over the river will stay closed until the autumn, the town said on Monday, "
    "because its piers have to be looked at by divers. Carts and bicycles must take the ferry, "
    "which runs every ten minutes from six in the morning until midnight. The mayor said that "
    "the town would pay for the ferry, and that nobody should have to wait for more than two "
    "boats. Shops on the far bank fear for their trade before the fair in June."
)


def look(text: str, title: str = "Old bridge stays closed", **more: object) -> Look:
    settings = {"page_title": title, "path": "/news/story-1", "requested_path": "/news/story-1"}
    return Look(title=title, text=text, words=len(text.split()), **(settings | more))  # type: ignore[arg-type]


WALLS = {
    "en consent": "We and our 842 partners use cookies. Accept all Reject all Manage choices",
    "de consent": "Wir und unsere 300 Partner. Alle akzeptieren. Mit Werbung lesen. Einwilligung",
    "fr consent": "Continuer sans accepter. Nos partenaires. Tout accepter. Paramétrer vos choix",
    "es consent": "Aceptar todo. Rechazar todo. Nuestros socios y nosotros. Configurar cookies",
    "pt consent": "Aceitar todos. Nossos parceiros usam dados. Aceitar cookies",
    "it consent": "Accetta tutti. I nostri partner. Rifiuta tutti",
    "nl consent": "Alles accepteren. Onze partners vragen uw toestemming",
    "pl consent": "Akceptuję. Zgoda na pliki. Dane naszych partnerów",
    "ja consent": "当サイトはクッキーを使います。すべて許可。同意する",
    "en robot": "Please complete the security check to access. Verify you are human. Ray ID 8ab",
    "en denied": "Access denied. You have been blocked.",
    "ru robot": "Подтвердите, что вы не робот. Проверка браузера",
    "de robot": "Bestätigen Sie, dass Sie ein Mensch sind.",
    "zh robot": "为了您的安全，请完成安全验证后继续。",
    "en pay": "Subscribe to continue reading. Already a subscriber? Sign in.",
    "fr pay": "Cet article est réservé à nos abonnés. Déjà abonné ? Identifiez-vous",
    "es pay": "Contenido exclusivo para suscriptores. ¿Ya eres suscriptor? Inicia sesión para leer",
    "ja pay": "この記事は会員限定です。ログインして続きをお読みください。",
    "ko pay": "구독하시면 전체 기사를 볼 수 있습니다. 로그인 후 이용하세요.",
    "tr pay": "Devamını okumak için abone olun. Üye girişi",
    "sv pay": "Bli prenumerant och läs vidare. Redan prenumerant? Logga in för att läsa",
}


@pytest.mark.parametrize("text", WALLS.values(), ids=WALLS.keys())
def test_walls_in_many_languages(text: str) -> None:
    verdict, reason = judge(look(text), min_words=50)
    assert verdict is Verdict.WALL
    assert "“" in reason


def test_a_stub_with_an_offer_is_a_wall_and_a_full_story_with_one_is_not() -> None:
    offer = " Subscribe now to continue reading. Already a subscriber? Sign in to read."
    lead = STORY.split(". ")[0] + "."
    assert judge(look(lead + offer), min_words=20)[0] is Verdict.WALL
    assert judge(look("\n".join([STORY, STORY[:-60], offer])), min_words=20)[0] is Verdict.GOOD


def test_an_article_about_cookies_or_captchas_is_an_article() -> None:
    cookies = (
        "A court put limits on cookie banners on Tuesday. A button that reads accept all must "
        "stand beside one that reads reject all, the court said, and readers must be able to "
        "manage choices without a search. Publishers said that personalised ads pay for their "
        "work and that banners would change by the end of the year in all member states."
    )
    assert judge(look(cookies, "Court puts limits on cookie banners"), min_words=50) == (
        Verdict.GOOD,
        "",
    )
    captcha = (
        "The question whether you are a robot may soon vanish. Engineers said on Monday that "
        "the puzzles which ask people to verify you are human no longer stop machines. A new "
        "test measures how a hand holds a phone. Privacy groups are not amused, and ask who "
        "will keep the measurements, for how long, and who else may look at them later on."
    )
    assert judge(look(captcha, "Puzzles no longer stop machines"), min_words=50)[0] is Verdict.GOOD


@pytest.mark.parametrize(
    ("text", "title", "more", "reason"),
    [
        ("Sorry, this page could not be found. Try the search.", "404", {}, "page not found"),
        ("Die Seite wurde leider nicht gefunden.", "Fehler", {}, "page not found"),
        ("Página no encontrada. Vuelva al inicio.", "Error", {}, "page not found"),
        ("ページが見つかりません。", "エラー", {}, "page not found"),
        (STORY, "Example Times", {"path": "/"}, "front page"),
        ("\n".join(["A ferry runs aground off the coast"] * 12), "News", {}, "list of links"),
        (STORY, "News", {"links": 0.9}, "list of links"),
        ("Watch the clip.", "Clip", {"kinds": frozenset({"videoobject"})}, "video page"),
        ("", "Old bridge", {}, "no text"),
    ],
)
def test_pages_that_are_no_article(
    text: str, title: str, more: dict[str, object], reason: str
) -> None:
    verdict, why = judge(look(text, title, **more), min_words=50)
    assert verdict is Verdict.NOT_ARTICLE
    assert reason in why


def test_thin_and_good() -> None:
    assert judge(look("The old bridge is closed."), min_words=50) == (
        Verdict.THIN,
        "5 words, fewer than 50",
    )
    assert judge(look(STORY), min_words=50) == (Verdict.GOOD, "")


def test_a_long_list_that_calls_itself_an_article_is_an_article() -> None:
    text = "\n".join(f"{place}. A town by the sea with boats" for place in range(20))
    kinds = frozenset({"newsarticle"})
    assert judge(look(text, kinds=kinds), min_words=50)[0] is Verdict.GOOD


def test_title_share_counts_words_of_the_title() -> None:
    assert title_share("Old bridge stays closed", STORY) >= 0.75
    assert title_share("Ferry sinks", "Accept all cookies") == 0.0
    assert title_share("", STORY) == 0.0
