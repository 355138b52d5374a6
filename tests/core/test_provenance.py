"""Who leads, whose copy it is, what each outlet did: facts of a cluster, whatever its order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.core import text
from aggregator.core.inference import INFERRED_SHARE
from aggregator.core.member import Facts, Member, Share, Source, order
from aggregator.core.proof import CREDITING, gather, proofs
from aggregator.core.provenance import choose_lead, tell
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
    sources: tuple[Source, ...] = (),
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
        sources=sources,
    )


def _share(facts: Facts, article: int) -> Share:
    return next(share for share in facts.shares if share.article == article)


DAM, HALF, LONGER = wires.DAM, wires.cut(wires.DAM, 0.5), wires.add_local(wires.DAM, 0.5)


def test_an_article_alone_is_only_here() -> None:
    facts = tell([_member(1, DAM)])
    assert facts == Facts(
        lead=1,
        agency=None,
        shares=(Share(article=1, relation=Relation.ONLY_HERE, copied=None, kept=None),),
        outlets=1,
        independent=1,
        copied=0,
        strip=(Relation.ONLY_HERE,),
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
        Relation.LIGHTLY_EDITED, Relation.ADDED_REPORTING,
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


def test_an_agencys_own_page_outweighs_what_others_say() -> None:
    own = _member(3, DAM, credits=(_credit(agency="cpa"), _credit(Role.OWN, "nordpress")))
    others = [_member(n, DAM, credits=(_credit(agency="cpa"),)) for n in (1, 2)]
    assert [claim.agency for claim in gather([own, *others])] == ["nordpress", "cpa"]
    assert tell([own, *others]).lead == 3


def test_otherwise_the_agency_that_most_publishers_credit() -> None:
    lead = _member(1, DAM)
    said = [
        _member(2, DAM, credits=(_credit(agency="aap"),), publisher="group"),
        _member(3, DAM, credits=(_credit(agency="aap"),), publisher="group"),
        _member(4, DAM, credits=(_credit(agency="cpa"),)),
        _member(5, DAM, credits=(_credit(agency="cpa"),)),
    ]
    # Two publishers against one, however many of its titles say so.
    assert [claim.agency for claim in gather([lead, *said])] == ["cpa", "aap"]
    assert [claim.agency for claim in gather([lead, *said[:3]])] == ["aap", "cpa"]  # the earliest
    assert gather([lead]) == []


def test_the_better_evidenced_of_two_credits_leads() -> None:
    once = _member(1, DAM, credits=(_credit(agency="aap"),))
    signed = Credit(agency="cpa", role=Role.ORIGIN, zone="sign-off", excerpt="(CPA)")
    twice = _member(2, DAM, credits=(_credit(agency="cpa"), signed))
    facts = tell([once, twice, _member(3, DAM)])
    assert (facts.agency, facts.lead) == ("cpa", 2)
    assert facts.contested == ("cpa", "aap")
    inferred = _share(facts, 3).inferred
    assert [(credit.agency, credit.source_article) for credit in inferred] == [("cpa", 2)]


def test_a_copy_that_credits_another_agency_does_not_lead_for_being_fuller() -> None:
    members = [
        _member(1, HALF, credits=(_credit(agency="cpa"),)),
        _member(2, HALF, credits=(_credit(agency="cpa"),)),
        _member(3, LONGER, credits=(_credit(agency="aap"),)),
    ]
    assert tell(members).lead == 1


def test_credits_contradict_only_over_the_same_words_and_not_in_a_pool() -> None:
    apart = [
        _member(1, DAM[:4], credits=(_credit(agency="cpa"),)),
        _member(2, DAM[4:], credits=(_credit(agency="aap"),)),
    ]
    assert tell(apart).contested == ()
    pool = _member(1, DAM, credits=(_credit(agency="cpa"), _credit(agency="aap")))
    alone = _member(2, DAM, credits=(_credit(agency="aap"),))
    assert tell([pool, alone]).contested == ()
    partly = _member(3, DAM, credits=(_credit(Role.PARTIAL, "dpa"),))
    assert tell([alone, partly]).contested == ()


def test_an_uncredited_copy_is_credited_by_the_cluster() -> None:
    facts = tell([_member(1, DAM, credits=(_credit(Role.OWN),)), _member(2, DAM), _member(3, HALF)])
    assert _share(facts, 1).inferred == ()
    for article in (2, 3):
        (inferred,) = _share(facts, article).inferred
        assert (inferred.agency, inferred.role) == ("cpa", Role.INFERRED)
        assert inferred.source_article == 1
        assert inferred.excerpt == "100 % of it is in the copy of outlet1.example"


def test_the_inferred_credit_goes_when_the_proof_goes() -> None:
    proof, copy = _member(1, DAM, credits=(_credit(),)), _member(2, DAM)
    assert _share(tell([proof, copy]), 2).inferred
    assert _share(tell([copy]), 2).inferred == ()
    unproved = _member(1, DAM, credits=(_credit(Role.MENTION),))
    assert _share(tell([unproved, copy]), 2).inferred == ()


def test_what_is_inferred_proves_nothing_further() -> None:
    given = Credit(agency="cpa", role=Role.INFERRED, zone="cluster", excerpt="", source_article=9)
    facts = tell([_member(1, DAM, credits=(given,)), _member(2, DAM)])
    assert _share(facts, 2).inferred == ()
    assert facts.agency is None


def test_the_copy_named_as_proof_is_the_one_that_holds_most() -> None:
    members = [
        _member(1, HALF, credits=(_credit(),)), _member(2, DAM, credits=(_credit(),)),
        _member(3, DAM),
    ]  # fmt: skip
    (inferred,) = _share(tell(members), 3).inferred
    assert inferred.source_article == 2


def test_too_little_of_the_text_proves_nothing() -> None:
    prover = _member(1, wires.add_local(DAM, 1.0), credits=(_credit(),))
    for own, proved in ((0.2, True), (1.2, False)):
        copy = _member(2, wires.add_local(HALF, own, seed="other"))
        facts = tell([prover, copy])
        copied = _share(facts, 2).copied
        assert copied is not None
        assert (copied >= INFERRED_SHARE) is proved
        assert bool(_share(facts, 2).inferred) is proved


def test_a_credited_text_carried_whole_is_the_agencys_whatever_stands_beside_it() -> None:
    prover = _member(1, DAM, credits=(_credit(),))
    facts = tell([prover, _member(2, wires.add_local(DAM, 1.2))])
    (inferred,) = _share(facts, 2).inferred
    assert inferred.excerpt == "it holds 100 % of the copy of outlet1.example"


def _source(article: int, story: Sequence[str], *agencies: str) -> Source:
    words = text.tokens(wires.join(story))
    return Source(
        article=article, outlet=f"outlet{article}.example", shingles=text.shingles(words),
        credits=tuple(_credit(agency=agency) for agency in agencies),
    )  # fmt: skip


PORT = wires.invent("port", 400)


def test_a_page_blended_from_two_agencies_has_both() -> None:
    blend = wires.merge(DAM, PORT, 0.6)
    prover = _member(1, DAM, credits=(_credit(),))
    page = _member(2, blend, sources=(_source(9, PORT, "aap"),))
    share = _share(tell([prover, page]), 2)
    assert [(c.agency, c.source_article) for c in share.inferred] == [("cpa", 1), ("aap", 9)]
    assert share.relation is Relation.MERGED
    (parent,) = share.parents
    assert parent.source == 9
    assert 0.25 < parent.share < 0.55


def test_a_blend_that_credits_one_agency_gets_the_other() -> None:
    blend = wires.merge(DAM, PORT, 0.6)
    prover = _member(1, DAM, credits=(_credit(),))
    page = _member(2, blend, credits=(_credit(),), sources=(_source(9, PORT, "aap"),))
    share = _share(tell([prover, page]), 2)
    assert [c.agency for c in share.inferred] == ["aap"]
    assert share.agency == "cpa"
    assert tell([prover, page]).contested == ()


def test_a_page_alone_that_stands_in_two_other_stories_merges_them() -> None:
    page = _member(2, wires.merge(DAM, PORT, 0.5), sources=(_source(8, DAM), _source(9, PORT)))
    facts = tell([page])
    assert facts.shares[0].relation is Relation.MERGED
    assert {part.source for part in facts.shares[0].parents} == {8, 9}
    one = _member(2, wires.add_local(DAM, 0.8), sources=(_source(8, DAM),))
    assert tell([one]).shares[0].relation is Relation.ONLY_HERE
    assert [part.source for part in tell([one]).shares[0].parents] == [8]


def test_words_of_the_own_story_are_no_part_of_another() -> None:
    first = _member(1, DAM)
    copy = _member(2, wires.add_local(DAM, 0.4), sources=(_source(9, DAM, "aap"),))
    share = _share(tell([first, copy]), 2)
    assert share.parents == ()
    assert share.relation is Relation.ADDED_REPORTING


def test_two_stories_with_the_same_words_are_one_parent() -> None:
    page = _member(1, wires.merge(DAM, PORT, 0.5), sources=(
        _source(7, PORT), _source(8, wires.cut(PORT, 0.5)), _source(9, DAM),
    ))  # fmt: skip
    assert {part.source for part in tell([page]).shares[0].parents} == {7, 9}


@pytest.mark.parametrize("role", [Role.OWN, Role.ORIGIN, Role.PARTIAL])
def test_an_outlet_that_credits_somebody_is_left_with_its_word(role: Role) -> None:
    prover = _member(1, DAM, credits=(_credit(Role.OWN),))
    copy = _member(2, DAM, credits=(_credit(role, "aap"),))
    assert _share(tell([prover, copy]), 2).inferred == ()
    mention = _member(2, DAM, credits=(_credit(Role.MENTION, "aap"),))
    assert _share(tell([prover, mention]), 2).inferred


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
        said = {c.agency for c in by_article[share.article].credits if c.role in CREDITING}
        for credit in share.inferred:
            source = by_article[credit.source_article or 0]
            assert credit.agency in {each.agency for each in proofs(source)}
            assert credit.agency not in said
