"""One page in one kind of window, with everything that it complained about, asked for or ran."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any, NoReturn

import pytest

ROOT = Path(__file__).parents[2]
# Where scripts/looks puts it: npm install --prefix .venv/node axe-core
AXE = ROOT / ".venv" / "node" / "node_modules" / "axe-core" / "axe.min.js"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
SCHEMES = ("light", "dark")

# Every piece of visible text with less contrast than WCAG AA asks: 4.5, or 3 for large text.
# Besides axe, which leaves text over drawings undecided.
FAINT = """() => {
  const parse = colour => {
    const parts = colour.match(/[\\d.]+/g).map(Number)
    return parts.length > 3 ? parts : [...parts, 1]
  }
  const linear = v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4
  const luminance = colour => colour.slice(0, 3).map(v => linear(v / 255))
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0)
  const ground = e => {
    for (; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor)
      if (colour[3] > 0) return colour
    }
    return [255, 255, 255, 1]
  }
  const faint = []
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) {
    const words = walk.currentNode.data.trim(), e = walk.currentNode.parentElement
    if (!words || !e.checkVisibility() || e.tagName === 'STYLE') continue
    const style = getComputedStyle(e), size = parseFloat(style.fontSize)
    const ink = luminance(parse(e.namespaceURI.endsWith('svg') ? style.fill : style.color))
    const paper = luminance(ground(e))
    const ratio = (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05)
    const large = size >= 24 || size >= 18.66 && parseInt(style.fontWeight) >= 700
    if (ratio < (large ? 3 : 4.5)) faint.push([words.slice(0, 40), ratio])
  }
  return faint
}"""
WIDE = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
VIOLATIONS = """async () => {
  const told = await axe.run(document, {resultTypes: ['violations'], preload: false})
  return told.violations.flatMap(each => each.nodes.map(node =>
    `${each.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`))
}"""

# Runs before a page's own first line. What executes says so in `__caught`, and a page whose
# policy had to stop something says that too.
TRAP = """(() => {
  const caught = window.__caught = []
  Object.defineProperty(window, '__pwned', {get: () => caught.length, set: how => {
    caught.push('ran: ' + how)
  }})
  for (const name of ['alert', 'confirm', 'prompt', 'print', 'open'])
    window[name] = () => { caught.push(name) }
  document.addEventListener('securitypolicyviolation', e => {
    caught.push('policy: ' + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample)
  })
})()"""

# What a stranger's words became that they must not become, whether it ran or waits for a click.
FOREIGN = """own => {
  const found = []
  const links = ['href', 'src', 'action', 'formaction', 'xlink:href', 'data', 'poster', 'srcset']
  const tell = e => found.push(e.outerHTML.slice(0, 200))
  for (const e of document.querySelectorAll('*')) {
    const name = e.localName
    if (own && ['script', 'iframe', 'object', 'embed', 'base', 'img', 'video', 'audio', 'template',
                'math', 'use', 'animate', 'foreignObject', 'marquee', 'link'].includes(name)
        && !(name === 'link' && e.rel === 'alternate')) tell(e)
    if (name === 'iframe' || name === 'base' || name === 'object' || name === 'embed') tell(e)
    if (name === 'meta' && e.httpEquiv && e.httpEquiv !== 'Content-Security-Policy') tell(e)
    for (const {name: key, value} of e.attributes) {
      if (key === 'srcdoc' || key === 'formaction') tell(e)
      // Datasette 1.0 has handlers of its own in its pages.
      if (/^on/i.test(key) && (own || /pwned|alert/.test(value))) tell(e)
      if (own && key === 'style') tell(e)
      if (!links.includes(key)) continue
      const to = new URL(value, document.baseURI)
      const here = to.href.split('#')[0] === document.URL.split('#')[0]
      if (!here && !['http:', 'https:'].includes(to.protocol)) tell(e)
      if (key !== 'href' && to.origin !== location.origin) tell(e)
      if (own && name === 'a' && key === 'href' && !here && to.origin !== location.origin &&
          !(e.rel.includes('noopener') && e.rel.includes('noreferrer'))) tell(e)
    }
  }
  return [...new Set(found)]
}"""


def missing(what: str, how: str) -> NoReturn:
    """Skip; or fail in CI, where a test that did not run would look like one that passed."""
    words = f"{what} is missing: {how}"
    if os.environ.get("CI"):
        pytest.fail(words)
    pytest.skip(words)


def find_chromium() -> str:
    """The browser of the distribution."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    return found or missing("Chromium", "install the package chromium")


def read_axe() -> str:
    """The script of axe-core."""
    if not AXE.is_file():
        missing("axe-core", "run scripts/looks, which needs npm")
    return AXE.read_text(encoding="utf-8")


class Visit:
    """One page in one kind of window."""

    def __init__(self, browser: Any, url: str, *, trap: bool = False, **window: Any) -> None:
        self.context = browser.new_context(**{"viewport": DESK, **window})
        if trap:
            self.context.add_init_script(TRAP)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._dismiss)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.go(url)

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def _dismiss(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def go(self, url: str) -> None:
        """Another page in the same window; what was told of the one before is forgotten."""
        self.complaints.clear()
        self.requests.clear()
        self.answer = self.page.goto(url)

    def unfold(self) -> None:
        """Open whatever is folded."""
        self.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")

    def own_requests(self) -> list[str]:
        """What was asked for, without the icon that browsers ask every server for."""
        return [url for url in self.requests if not url.endswith("/favicon.ico")]


def is_fit(visit: Visit, axe: str) -> None:
    """The page, unfolded, fits phone and desk, and can be read by all, in light and in dark."""
    visit.unfold()
    visit.page.evaluate(axe)
    faults = [*visit.complaints]
    for window in (PHONE, DESK):
        visit.page.set_viewport_size(window)
        wide, room = visit.page.evaluate(WIDE)
        if wide > room:
            faults.append(f"{wide} pixels wide in a window of {room}")
        for scheme in SCHEMES:
            visit.page.emulate_media(color_scheme=scheme)
            found = [f"faint: {each}" for each in visit.page.evaluate(FAINT)]
            found += visit.page.evaluate(VIOLATIONS)
            faults += [f"{window['width']} {scheme}: {each}" for each in found]
    if faults:
        pytest.fail("\n".join(faults))
