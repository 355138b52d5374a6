"""Pages that answer 200 and hold no story: consent, log-in, robot check, a lost page."""

from __future__ import annotations

from collections.abc import Sequence

from tests.edge.test_store_corpus import prose

PAGE = """<!doctype html><html lang="en"><head><title>{title} | {site}</title></head><body>
<header><a href="/">{site}</a></header><main><article><h1>{title}</h1>{body}</article></main>
<footer>{site}, founded in 19{year}</footer></body></html>"""
CONSENT = (
    "{site} and its {n} partners store and read information on your device to show you advertising"
    " that suits you and to measure how it works.",
    "You may accept all of it, refuse it, or choose one by one. Some partners rely on an interest"
    " of their own, which you can object to under the button for your choices.",
    "Accept all. Reject all. Manage choices. Your choice holds for this site and for thirteen"
    " months, and you can change it at any time under privacy settings at the foot of each page.",
)
LOG_IN = (
    "Log in to continue reading. This article is for subscribers of {site}.",
    "Already a subscriber? Sign in with your address and your password. Forgot your password? We"
    " send you a new one within {n} seconds.",
    "Not a subscriber yet? Try {site} for a month for one crown and read everything on all your"
    " devices, with the puzzle and the archive. You can cancel at any time.",
)
ROBOT = (
    "Checking if the site connection is secure. {site} needs to review the security of your"
    " connection before proceeding.",
    "Verify you are human by completing the action below. Enable JavaScript and cookies to"
    " continue. Why do I have to complete this? It shows that you are human and gives you access"
    " to the property for a while.",
    "Ray ID: 8f{n}b0c1d2e3. Performance and security by the network of {site}. If you are on a"
    " shared network, ask the administrator to look for machines that send many requests.",
)
LOST = (
    "Sorry, the page you were looking for is not here. It may have moved, or the address was"
    " mistyped. Error {n}.",
    "Try the search above, go back to the front page of {site}, or have a look at what others read"
    " today: the weather, the crossword, the guide to the weekend and the lottery numbers.",
    "If you think that this is our fault, write to the desk of {site} and name the address that"
    " you came from. We read every letter, and we answer most of them within a few days.",
)
KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Before you continue", CONSENT),
    ("Log in", LOG_IN),
    ("Just a moment", ROBOT),
    ("Page not found", LOST),
)


def address(site: int, page: int) -> str:
    """The address that a feed lists."""
    return f"http://walled{site}.example/news/{headline(site, page).lower().replace(' ', '-')}"


def headline(site: int, page: int) -> str:
    """What the feed announces; no two are alike."""
    words = prose(f"headline {site} {page}", 1)[0].split()
    return " ".join(words[1:3] + words[4:8])


def wall(site: int) -> str:
    """What the site shows under every address."""
    title, lines = KINDS[site % len(KINDS)]
    name = f"Courier {site}"
    body = "".join(f"<p>{line.format(site=name, n=300 + 7 * site)}</p>" for line in lines)
    return PAGE.format(title=title, site=name, body=body, year=20 + site % 70)


def article(site: int, page: int, story: Sequence[str]) -> str:
    """The page as it should have been."""
    body = "".join(f"<p>{line}</p>" for line in story)
    return PAGE.format(
        title=headline(site, page), site=f"Courier {site}", body=body, year=20 + site % 70
    )
