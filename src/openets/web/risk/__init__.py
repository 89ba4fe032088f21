"""The risk desk of the exchange, interventions, alerts, large holders, products: pages and API."""
