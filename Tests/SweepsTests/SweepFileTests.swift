import Sweeps
import Testing

@Suite struct SweepFileTests {}
