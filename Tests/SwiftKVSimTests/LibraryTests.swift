import SwiftKVSim
import Testing

@Suite struct LibraryTests {}
