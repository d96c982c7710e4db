//! Identify, inspect, build the graph, run rules: pure functions over bytes.
