"""Kafka: the topics of the distributed driver, how clients reach them, and what is published there."""
