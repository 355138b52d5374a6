"""Texts that robots and desks fill into a form: one wording, other names and numbers each time."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass


def _joined(heads: str, tails: str) -> list[str]:
    return [head + tail for head in heads.split() for tail in tails.split()]


PLACES = _joined(
    "Ash Brack Carn Dun Elm Fen Gul Hart Inver Kel Lang Mar Nor Oak Pen Quar Ros Stow Tarn Wex",
    "by ford haven low more ness stead ton wick worth",
)
FIRST = _joined("Ada Bru Cel Dov Ed Fem Git Hug In Jon Kem Lar Min Nil Olg Pav Ros Sam", "a o is")
LAST = _joined(
    "Al Ber Cor Dal Er Fal Gor Hal Jen Kol Lin Mol Nor Or Pet Ry Sor Tor Val Wil",
    "bank dahl esco feld ing land man quist sen stad",
)
TRADES = ("teacher", "baker", "bus driver", "nurse", "surveyor", "farmer", "plumber", "librarian")
WINDS = ("northerly", "easterly", "southerly", "westerly", "south-westerly", "north-easterly")
SKIES = ("sunny spells", "drizzle", "fog patches", "broken cloud", "sleet", "haze", "light snow")
METALS = ("copper", "zinc", "tin", "nickel", "lead", "aluminium")


@dataclass(frozen=True, slots=True)
class Form:
    """One filled form."""

    kind: str
    title: str
    text: str


class _Hand:
    """Fills slots with names and numbers, the same for the same number of the form."""

    def __init__(self, kind: str, number: int) -> None:
        self.dice = random.Random(f"{kind} {number}")

    def place(self) -> str:
        return self.dice.choice(PLACES)

    def person(self) -> str:
        return f"{self.dice.choice(FIRST)} {self.dice.choice(LAST)}"

    def one(self, things: tuple[str, ...]) -> str:
        return self.dice.choice(things)

    def number(self, low: int, high: int) -> int:
        return self.dice.randint(low, high)


def _weather(h: _Hand) -> tuple[str, str]:
    town = h.place()
    return f"Weather for {town}", (
        f"The forecast for {town} and the country around it, made at {h.number(3, 11)} in the"
        f" morning by our weather desk. Today brings {h.one(SKIES)} with {h.number(2, 31)} degrees"
        f" at noon and {h.one(WINDS)} winds of up to {h.number(8, 88)} kilometers an hour on the"
        f" open ground near {h.place()}.\nTonight expect {h.one(SKIES)}, with a chance of rain of"
        f" {h.number(5, 95)} percent in {town} and lows near {h.number(1, 14)} degrees. Tomorrow"
        f" starts with {h.one(SKIES)} and ends with {h.one(SKIES)} towards {h.place()}; the air"
        f" pressure is {h.number(980, 1035)} hectopascals and falling.\nThe sun rises at"
        f" {h.number(10, 59)} minutes past six and sets at {h.number(10, 59)} minutes past seven."
        f" The pollen count is {h.number(1, 99)} and the river at {h.place()} stands at"
        f" {h.number(40, 640)} centimeters."
    )


def _quotes(h: _Hand) -> tuple[str, str]:
    firm, metal = f"{h.one(tuple(LAST))} {h.one(('Mills', 'Shipping', 'Foods'))}", h.one(METALS)
    return f"{firm} closes at {h.number(3, 900)}", (
        f"Shares of {firm} closed at {h.number(3, 900)}.{h.number(10, 99)} crowns in {h.place()} on"
        f" turnover of {h.number(11, 990)} million, after opening at {h.number(3, 900)}. The main"
        f" index ended the day at {h.number(2000, 9000)} points, and {h.number(20, 300)} of the"
        f" companies in it rose.\n{firm} has a market value of {h.number(2, 80)} billion crowns and"
        f" trades at {h.number(6, 40)} times the earnings that analysts expect for the year."
        f" Its largest owner is {h.person()}, who holds {h.number(5, 60)} percent of the votes.\n"
        f"The price of {metal} for delivery in three months was {h.number(900, 19000)} dollars a"
        f" ton in {h.place()}. A barrel of oil cost {h.number(40, 120)} dollars and an ounce of"
        f" gold {h.number(1500, 4000)}. This item was written by software from data of the"
        f" exchange."
    )


def _gallery(h: _Hand) -> tuple[str, str]:
    home, away = h.place(), h.place()
    return f"Photos: {home} meets {away}", (
        f"See photos from the game between {home} and {away} in the regional league, taken by"
        f" {h.person()}.\n{h.person()} of {home} goes up for the ball against {h.person()} of"
        f" {away} in the first half of the game.\nFans of {home} celebrate in the stands after the"
        f" goal of {h.person()} in minute {h.number(2, 44)}.\nThe goalkeeper of {away},"
        f" {h.person()}, makes a save in the second half of the game against {home}.\n"
        f"{h.person()} of {away} leaves the field injured and is helped by the physician of the"
        f" team, {h.person()}.\nThe coach of {home}, {h.person()}, shouts to the players from the"
        f" side of the field in minute {h.number(46, 90)}.\nThe players of {home} thank the"
        f" {h.number(140, 9900)} spectators after the game ended {h.number(0, 5)} to"
        f" {h.number(0, 5)}."
    )


def _obituary(h: _Hand) -> tuple[str, str]:
    name, town, year = h.person(), h.place(), h.number(1928, 1961)
    return f"{name}, {h.number(61, 97)}, of {town}", (
        f"{name} of {town} passed away peacefully at home on the {h.number(2, 28)}th of the month,"
        f" surrounded by the family.\nBorn in {h.place()} in {year} to {h.person()} and"
        f" {h.person()}, {name} went to school in {town} and worked for {h.number(11, 44)} years as"
        f" a {h.one(TRADES)} in {h.place()}, where colleagues remember a kind and patient"
        f" friend.\n{name} is survived by {h.person()} of {h.place()}, {h.person()} of"
        f" {h.place()} and {h.number(2, 14)} grandchildren, and was preceded in death by"
        f" {h.person()}.\nA service will be held at the church of {town} on the"
        f" {h.number(2, 28)}th at {h.number(9, 12)} in the morning, followed by burial in the"
        f" cemetery of {h.place()}. In lieu of flowers the family asks for gifts to the hospice"
        f" of {h.place()}."
    )


def _quake(h: _Hand) -> tuple[str, str]:
    town = h.place()
    return f"Earthquake of {h.number(2, 6)}.{h.number(0, 9)} near {town}", (
        f"A shallow earthquake with a magnitude of {h.number(2, 6)}.{h.number(0, 9)} was reported"
        f" {h.number(2, 90)} miles from {town} at {h.number(10, 59)} minutes past {h.number(1, 11)}"
        f" in the night, the geological survey said. It struck at a depth of {h.number(1, 30)}"
        f" miles.\nAccording to the survey the epicenter was {h.number(3, 99)} miles from"
        f" {h.place()}, {h.number(3, 99)} miles from {h.place()} and {h.number(20, 300)} miles"
        f" from {h.place()}. In the past ten days there have been {h.number(0, 9)} earthquakes of"
        f" magnitude three or greater nearby.\nRead more about what to do in an earthquake and"
        f" how to report what you felt. This information comes from the notification service of"
        f" the survey, and the post was made by an algorithm written by {h.person()} of"
        f" {h.place()}."
    )


# What each form says every time: with it two forms of a kind share half to two thirds.
CONSTANT = {
    "weather": (
        "The forecast is made twice a day from measurements on the ground and in the air, and from"
        " four models that are weighed by how well they did in the past two weeks. A percentage of"
        " rain says on how many of a hundred such days it rained for at least an hour.\nDrivers"
        " should slow down where the road runs through woods or over bridges, because ice forms"
        " there first and stays longest. Farmers can ask the desk for the soil temperature and for"
        " the dew point of the coming night."
    ),
    "quotes": (
        "The figures are delayed by a quarter of an hour and are given without warranty. Trading"
        " begins at nine in the morning and ends at half past five with an auction in which all"
        " orders that are still open are carried out at one price.\nThe main index follows the"
        " forty companies with the highest turnover and is put together anew twice a year. Whoever"
        " owns more than a twentieth of the votes of a company has to say so within four days, and"
        " the exchange publishes it on the same evening."
    ),
    "gallery": (
        "Scroll down to see all of the photos, and send us your own by midnight on Sunday. The best"
        " photo of the month wins two seats in the main stand for the last home game of the season"
        " and a print on heavy paper.\nThe photos may be shared by anybody who was in the stands,"
        " as long as the name of the photographer stands below them. Clubs that want to use them"
        " in a program are asked to write to the desk first, which answers within two days."
    ),
    "obituary": (
        "The family thanks the nurses and the doctors for their care and their patience in the"
        " last weeks, and the neighbors who came by with soup and with stories. Flowers may be"
        " brought to the church from eight in the morning.\nA book of condolence lies open in the"
        " town hall and can be signed on workdays until noon. Those who cannot come may follow the"
        " service on the website of the funeral home, which also takes memories, photos and"
        " candles, and keeps them for the family."
    ),
    "earthquake": "",
}
KINDS: dict[str, Callable[[_Hand], tuple[str, str]]] = {
    "weather": _weather,
    "quotes": _quotes,
    "gallery": _gallery,
    "obituary": _obituary,
    "earthquake": _quake,
}


def fill(count: int) -> list[Form]:
    """`count` forms, as many of each kind."""
    found = []
    for number in range(count):
        kind = list(KINDS)[number % len(KINDS)]
        title, text = KINDS[kind](_Hand(kind, number))
        found.append(Form(kind, title, f"{text}\n{CONSTANT[kind]}".strip()))
    return found
