/// What load each variant carries under an objective.
public struct CapacityStudy: Sendable {}
