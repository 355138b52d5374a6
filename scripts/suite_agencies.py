"""The agencies that the datelines of our own suite name, one a language; measures nothing."""

from __future__ import annotations

from aggregator.core.agencies import Agencies, load_agencies

NAMES = {
    "en": "TMP", "de": "npd", "es": "LIT", "fr": "PMD", "ru": "Вектор-Пресс", "uk": "ВПУ",
    "pl": "AWP", "ar": "المنارة", "hi": "सेतु", "el": "ΠΡΑΙ", "ja": "北洋通信", "zh": "海桥社",
    "ko": "누리벌통신", "th": "สำนักข่าวบางลาน",
}  # fmt: skip
REAL = {"AWP": "awp"}  # a real agency has that name
KEYS = {language: REAL.get(name, f"gold-{language}") for language, name in NAMES.items()}


def load() -> Agencies:
    """The shipped agencies and those of the suite, as config would name them."""
    return load_agencies(
        {
            "key": KEYS[language],
            "name": name,
            "forms": [{"text": name, "short": True}, *(["Transmere Press"] * (name == "TMP"))],
        }
        for language, name in NAMES.items()
        if name not in REAL
    )
