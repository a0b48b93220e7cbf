"""Signals from outside: custom events and call-backs, and the runs that wait for them."""

from docchain.features.signals.callbacks import Callback, CallbackLinks
from docchain.features.signals.domain import CALLBACK, EVENT, EventKey, EventType
from docchain.features.signals.matching import CustomEvents
from docchain.features.signals.reader import EventWaitReader

__all__ = ["CALLBACK", "EVENT", "Callback", "CallbackLinks", "CustomEvents", "EventKey", "EventType", "EventWaitReader"]
