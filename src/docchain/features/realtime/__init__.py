"""Real time: sockets and event streams that tell what happens, numbered, and what people say to each other."""

from docchain.features.realtime.messages import message_schema
from docchain.features.realtime.places import Resolver
from docchain.features.realtime.realtime import Realtime

__all__ = ["Realtime", "Resolver", "message_schema"]
