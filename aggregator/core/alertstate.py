"""Says in words and plain values how alerts are doing; judges none."""

from __future__ import annotations

from aggregator.core.contract import AlertStateDict, MessageDict
from aggregator.core.times import stamp
from aggregator.core.wording import count, one_line
from aggregator.model import AlertState, Message


def state_to_dict(state: AlertState) -> AlertStateDict:
    """One alert of the JSON of `alerts` and `status`."""
    return {
        "alert": state.name,
        "since": stamp(state.since),
        "sent": state.sent,
        "waiting": state.waiting,
        "gathered": state.gathered,
        "last_sent_at": stamp(state.last_sent_at),
        "troubled": [_message(each) for each in state.troubled],
    }


def _message(message: Message) -> MessageDict:
    return {
        "message": message.id,
        "state": message.state.value,
        "tries": message.tries,
        "stories": message.stories,
        "made_at": stamp(message.made_at),
        "due_at": stamp(message.due_at),
        "error": message.error,
    }


def state_words(state: AlertState) -> str:
    """`3 messages sent, the last 2026-11-20T10:00:00Z; 1 waiting; 0 stories found for the next`."""
    last = f", the last {stamp(state.last_sent_at)}" if state.last_sent_at else ""
    return (
        f"{count(state.sent, 'message')} sent{last}; {state.waiting:,} waiting;"
        f" {count(state.gathered, 'story', 'stories')} found for the next"
    )


def trouble_words(message: Message) -> str:
    """`message 3 is unsure after 1 try: it was sent, and no answer came`."""
    tries = count(message.tries, "try", "tries")
    again = f", again at {stamp(message.due_at)}" if message.due_at else ""
    told = f"message {message.id} is {message.state.value} after {tries}{again}"
    return one_line(f"{told}: {message.error or 'no reason is known'}")
