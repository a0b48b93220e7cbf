"""Delivery: results leave the house, to folders and to other systems, once each and never silently."""

from docchain.features.delivery.roots import DeliveryRoots
from docchain.features.delivery.steps import DeliverFolder, DeliverWebhook, HttpRequest

__all__ = ["DeliverFolder", "DeliverWebhook", "DeliveryRoots", "HttpRequest"]
