import Planning
import Testing

@Suite struct CapacityTests {}
