"""Step kinds of delivery; each is an external effect with a key of its own."""

from docchain.features.delivery.steps.folder import DeliverFolder
from docchain.features.delivery.steps.request import HttpRequest
from docchain.features.delivery.steps.webhook import DeliverWebhook

__all__ = ["DeliverFolder", "DeliverWebhook", "HttpRequest"]
