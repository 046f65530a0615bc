// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "swiftkv-sim-examples",
  dependencies: [
    // In a package of your own: .package(url: "https://…/swiftkv-sim", branch: "main").
    .package(name: "swiftkv-sim", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "compare-variants", dependencies: [.product(name: "SwiftKVSim", package: "swiftkv-sim")]),
    .executableTarget(
      name: "capacity", dependencies: [.product(name: "SwiftKVSim", package: "swiftkv-sim")]),
  ])
