"""What is measured: each module makes the programs of a workload, for a worker to time."""
