"""Hands messages to a mail server or a webhook, once each; decides nothing and stores nothing."""

from __future__ import annotations

from aggregator.edge.sending.hook import post_message, sign
from aggregator.edge.sending.mail import MailServer, compose, send_mail

__all__ = ["MailServer", "compose", "post_message", "send_mail", "sign"]
