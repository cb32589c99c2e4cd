"""What `make bench` is made of; Benchmarks/run puts it together."""
