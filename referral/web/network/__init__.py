"""The network between browser and site: who asks, and for which host."""
