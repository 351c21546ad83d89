"""What the orders of a list are called."""

from __future__ import annotations

from core.store.sorting import Order
from tui.translation import _


def order_titles(*, relevance: bool = False) -> dict[Order, str]:
    """Every order with its title, likely ones first; `relevance` only where something was looked for."""
    found = {
        Order("date"): _("Date, newest first"),
        Order("date", reverse=True): _("Date, oldest first"),
        Order("sender"): _("Sender, A to Z"),
        Order("sender", reverse=True): _("Sender, Z to A"),
        Order("subject"): _("Subject, A to Z"),
        Order("subject", reverse=True): _("Subject, Z to A"),
        Order("size"): _("Size, largest first"),
        Order("size", reverse=True): _("Size, smallest first"),
    }
    return found | ({Order("relevance"): _("Relevance, best first")} if relevance else {})


def order_title(order: Order) -> str:
    """What one order is called."""
    return order_titles(relevance=True).get(order, _("Relevance, worst first"))
