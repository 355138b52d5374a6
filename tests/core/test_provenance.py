"""Who leads, whose copy it is, what each outlet did: facts of a cluster, whatever its order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core import text
from aggregator.core.provenance import (
    INFERRED_SHARE,
    Facts,
    Member,
    Share,
    choose_agency,
    choose_lead,
    order,
    relate,
    tell,
)
from aggregator.model import Credit, Relation, Role
from tests.core import wires

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def _credit(role: Role = Role.ORIGIN, agency: str = "cpa") -> Credit:
    return Credit(agency=agency, role=role, zone="byline", excerpt=f"By {agency.upper()}")


def _member(
    article: int,
    story: Sequence[str],
    *,
    after: int | None = None,
    outlet: str | None = None,
    publisher: str | None = None,
    key: str | None = None,
    credits: tuple[Credit, ...] = (),
) -> Member:
    """An article that ran `after` minutes from the start, by default in the order of its number."""
    words = text.tokens(wires.join(story))
    name = outlet or f"outlet{article}.example"
    return Member(
        article=article,
        key=key or f"{name}/{article}",
        outlet=name,
        publisher=publisher or name,
        published_at=START + timedelta(minutes=article if after is None else after),
        title=f"Title {article}",
        digest=text.digest(words),
        tokens=tuple(words),
        shingles=text.shingles(words),
        credits=credits,
    )


def _share(facts: Facts, article: int) -> Share:
    return next(share for share in facts.shares if share.article == article)


DAM, HALF, LONGER = wires.DAM, wires.cut(wires.DAM, 0.5), wires.add_local(wires.DAM, 0.5)


@pytest.mark.parametrize(
    ("copied", "kept", "relation"),
    [
        (1.0, 1.0, Relation.WORD_FOR_WORD),
        (0.95, 0.95, Relation.WORD_FOR_WORD),
        (0.949, 1.0, Relation.LIGHTLY_EDITED),
        (1.0, 0.949, Relation.LIGHTLY_EDITED),
        (0.75, 0.55, Relation.LIGHTLY_EDITED),
        (0.969, 0.55, Relation.LIGHTLY_EDITED),
        (0.97, 0.849, Relation.SHORTENED),
        (0.97, 0.85, Relation.LIGHTLY_EDITED),
        (0.75, 0.549, Relation.SHORTENED),
        (1.0, 0.1, Relation.SHORTENED),
        (0.749, 0.55, Relation.ADDED_REPORTING),
        (0.3, 1.0, Relation.ADDED_REPORTING),
        (0.749, 0.549, Relation.REWRITTEN),
        (0.0, 0.0, Relation.REWRITTEN),
    ],
)
def test_relations_at_their_thresholds(copied: float, kept: float, relation: Relation) -> None:
    assert relate(copied, kept) is relation


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_every_pair_of_shares_has_a_relation_to_a_lead(copied: float, kept: float) -> None:
    assert relate(copied, kept) not in (Relation.FIRST, Relation.ONLY_HERE)
    if relate(copied, kept) is Relation.SHORTENED:
        assert kept < copied


def test_an_article_alone_is_only_here() -> None:
    facts = tell([_member(1, DAM)])
    assert facts == Facts(
        lead=1,
        agency=None,
        shares=(
            Share(article=1, relation=Relation.ONLY_HERE, copied=None, kept=None, inferred=None),
        ),
        outlets=1,
        independent=1,
    )


def test_what_each_outlet_did_is_measured_against_the_lead() -> None:
    facts = tell(
        [
            _member(1, DAM),
            _member(2, DAM),
            _member(3, HALF),
            _member(4, LONGER),
            _member(5, wires.substitute(DAM, 0.06)),
            _member(6, wires.merge(DAM, wires.invent("x", 600), 0.4)),
        ]
    )
    assert [share.article for share in facts.shares] == [1, 2, 3, 4, 5, 6]
    assert [share.relation for share in facts.shares] == [
        Relation.FIRST, Relation.WORD_FOR_WORD, Relation.SHORTENED, Relation.ADDED_REPORTING,
        Relation.LIGHTLY_EDITED, Relation.REWRITTEN,
    ]  # fmt: skip
    lead, same, half, longer, *_ = facts.shares
    assert (lead.copied, lead.kept) == (None, None)
    assert (same.copied, same.kept) == (1.0, 1.0)
    assert half.copied == 1.0
    assert half.kept == pytest.approx(len(text.tokens(wires.join(HALF))) / 447, abs=0.02)
    assert longer.kept == 1.0
    assert longer.copied == pytest.approx(1 / 1.5, abs=0.03)


def test_without_a_credit_the_earliest_leads() -> None:
    members = [_member(1, HALF, after=50), _member(2, DAM, after=20), _member(3, DAM, after=90)]
    assert choose_lead(members).article == 2
    mentions = [_member(4, DAM, credits=(_credit(Role.MENTION),)), *members]
    assert choose_lead(mentions[1:]).article == 2
    assert tell(mentions).agency is None


def test_the_agencys_own_copy_leads_though_a_client_was_faster() -> None:
    client = _member(1, DAM, after=0, credits=(_credit(),))
    own = _member(2, DAM, after=30, credits=(_credit(Role.OWN),))
    facts = tell([client, own, _member(3, LONGER, after=40)])
    assert facts.lead == 2
    assert facts.agency == "cpa"
    assert _share(facts, 1).relation is Relation.FIRST
    assert _share(facts, 1).copied == 1.0
    assert _share(facts, 2).relation is Relation.WORD_FOR_WORD
    assert _share(facts, 2).copied is None


def test_the_credited_copy_that_holds_most_of_the_others_leads() -> None:
    members = [
        _member(1, LONGER),
        _member(2, wires.cut(DAM, 0.33), credits=(_credit(),)),
        _member(3, DAM, credits=(_credit(),)),
        _member(4, DAM, credits=(_credit(),)),
    ]
    assert choose_lead(members).article == 3  # equals go by time


def test_a_partial_credit_does_not_make_a_lead() -> None:
    members = [
        _member(1, HALF), _member(2, DAM, credits=(_credit(Role.PARTIAL),)),
    ]  # fmt: skip
    assert choose_lead(members).article == 1
    assert tell(members).agency is None


def test_the_leads_own_credit_names_the_agency() -> None:
    lead = _member(3, DAM, credits=(_credit(agency="cpa"), _credit(Role.OWN, "nordpress")))
    others = [_member(n, HALF, credits=(_credit(agency="cpa"),)) for n in (1, 2)]
    proof = choose_agency([lead, *others], lead)
    assert proof is not None
    assert proof.agency == "nordpress"


def test_otherwise_the_agency_that_most_outlets_credit() -> None:
    lead = _member(1, DAM)
    said = [
        _member(2, DAM, credits=(_credit(agency="aap"),), outlet="loud.example"),
        _member(3, DAM, credits=(_credit(agency="aap"),), outlet="loud.example"),
        _member(4, DAM, credits=(_credit(agency="cpa"),)),
        _member(5, DAM, credits=(_credit(agency="cpa"),)),
    ]
    proof = choose_agency([lead, *said], lead)
    assert proof is not None
    assert proof.agency == "cpa"  # two outlets against one, however often that one says it
    tie = choose_agency([lead, *said[:3]], lead)
    assert tie is not None
    assert tie.agency == "aap"  # the earliest of equals
    assert choose_agency([lead], lead) is None


def test_an_uncredited_copy_is_credited_by_the_cluster() -> None:
    facts = tell([_member(1, DAM, credits=(_credit(Role.OWN),)), _member(2, DAM), _member(3, HALF)])
    assert _share(facts, 1).inferred is None
    for article in (2, 3):
        inferred = _share(facts, article).inferred
        assert inferred is not None
        assert (inferred.agency, inferred.role) == ("cpa", Role.INFERRED)
        assert inferred.source_article == 1
        assert "100%" in inferred.excerpt.replace(" ", "")
        assert "outlet1.example" in inferred.excerpt


def test_the_inferred_credit_goes_when_the_proof_goes() -> None:
    proof, copy = _member(1, DAM, credits=(_credit(),)), _member(2, DAM)
    assert _share(tell([proof, copy]), 2).inferred is not None
    assert _share(tell([copy]), 2).inferred is None
    unproved = _member(1, DAM, credits=(_credit(Role.MENTION),))
    assert _share(tell([unproved, copy]), 2).inferred is None


def test_too_little_of_the_text_proves_nothing() -> None:
    prover = _member(1, DAM, credits=(_credit(),))
    for own, proved in ((0.2, True), (1.2, False)):
        copy = _member(2, wires.add_local(DAM, own))
        facts = tell([prover, copy])
        copied = _share(facts, 2).copied
        assert copied is not None
        assert (copied >= INFERRED_SHARE) is proved
        assert (_share(facts, 2).inferred is not None) is proved


@pytest.mark.parametrize("role", [Role.OWN, Role.ORIGIN, Role.PARTIAL])
def test_an_outlet_that_credits_somebody_is_left_with_its_word(role: Role) -> None:
    prover = _member(1, DAM, credits=(_credit(Role.OWN),))
    copy = _member(2, DAM, credits=(_credit(role, "aap"),))
    assert _share(tell([prover, copy]), 2).inferred is None
    mention = _member(2, DAM, credits=(_credit(Role.MENTION, "aap"),))
    assert _share(tell([prover, mention]), 2).inferred is not None


def test_copies_are_not_independent_and_families_count_once() -> None:
    lead = _member(1, DAM)
    copies = [_member(n, DAM) for n in (2, 3, 4)]
    assert (tell([lead, *copies]).outlets, tell([lead, *copies]).independent) == (4, 1)
    assert tell([lead, *copies, _member(8, LONGER)]).independent == 1
    assert tell([lead, _member(9, wires.add_local(DAM, 2.0))]).independent == 1
    own_work = wires.merge(DAM, wires.invent("own", 900), 0.4)
    rewritten = _member(5, own_work)
    assert tell([lead, *copies, rewritten]).independent == 2
    sister = _member(6, wires.add_local(DAM, 2.0), publisher="outlet5.example")
    facts = tell([lead, *copies, rewritten, sister])
    assert (facts.outlets, facts.independent) == (6, 2)
    leads_sister = _member(7, own_work, publisher="outlet1.example")
    assert tell([lead, leads_sister]).independent == 1


def test_two_articles_of_one_outlet_are_one_outlet() -> None:
    facts = tell([_member(1, DAM, outlet="a.example"), _member(2, DAM, outlet="a.example")])
    assert (facts.outlets, facts.independent) == (1, 1)
    assert [share.relation for share in facts.shares] == [Relation.FIRST, Relation.WORD_FOR_WORD]


def test_equal_times_go_by_url_key() -> None:
    members = [
        _member(1, DAM, after=0, key="c.example/1"),
        _member(2, DAM, after=0, key="a.example/9"),
        _member(3, DAM, after=0, key="b.example/5"),
    ]
    assert [member.article for member in order(members)] == [2, 3, 1]
    assert tell(members).lead == 2
    credited = [
        _member(n, DAM, after=0, key=f"{key}.example/1", credits=(_credit(),))
        for n, key in ((1, "z"), (2, "y"))
    ]
    assert tell(credited).lead == 2


_STORIES = (DAM, HALF, LONGER, wires.house_style(DAM), wires.new_lede(DAM), wires.invent("z", 80))
_CREDITS = st.lists(
    st.builds(_credit, st.sampled_from(list(Role)), st.sampled_from(["cpa", "aap"])), max_size=2
).map(tuple)


@st.composite
def _clusters(draw: st.DrawFn) -> list[Member]:
    owners = {"a.example": None, "b.example": "group", "c.example": "group"}
    return [
        _member(
            article,
            draw(st.sampled_from(_STORIES)),
            after=draw(st.integers(0, 3)),
            outlet=(outlet := draw(st.sampled_from(sorted(owners)))),
            publisher=owners[outlet],
            credits=draw(_CREDITS),
        )
        for article in range(1, draw(st.integers(2, 6)) + 1)
    ]


@settings(max_examples=80, deadline=None)
@given(_clusters(), st.randoms(use_true_random=False))
def test_the_order_of_members_does_not_count(members: list[Member], chance: random.Random) -> None:
    facts = tell(members)
    shuffled = chance.sample(members, len(members))
    assert tell(shuffled) == facts


@settings(max_examples=80, deadline=None)
@given(_clusters())
def test_the_facts_fit_together(members: list[Member]) -> None:
    facts = tell(members)
    by_article = {member.article: member for member in members}
    times = [by_article[share.article].published_at for share in facts.shares]
    assert times == sorted(times)
    assert facts.shares[0].relation is Relation.FIRST
    assert [share.article for share in facts.shares if share.copied is None] == [facts.lead]
    assert 1 <= facts.independent <= facts.outlets
    for share in facts.shares:
        assert share.copied is None or (0 <= share.copied <= 1 and 0 <= (share.kept or 0) <= 1)
        if share.inferred:
            source = by_article[share.inferred.source_article or 0]
            proofs = {c.agency for c in source.credits if c.role in (Role.OWN, Role.ORIGIN)}
            assert share.inferred.agency == facts.agency
            assert facts.agency in proofs
