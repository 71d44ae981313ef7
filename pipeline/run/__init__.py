"""The drivers: what moves stories through the stages and makes the result durable."""
