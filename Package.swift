// swift-tools-version: 6.2
import PackageDescription

// Warnings are errors in CI only: a newer compiler's new warning must not keep anyone from building.
let strict: [SwiftSetting] =
  Context.environment["SWIFTKV_WARNINGS_AS_ERRORS"] == "1" ? [.treatAllWarnings(as: .error)] : []
let swift6: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
  ] + strict
let boost: [LinkerSetting] = [
  .linkedLibrary("boost_iostreams"), .linkedLibrary("boost_system"), .linkedLibrary("boost_filesystem"),
]

// 'make sanitize' stops the C kernels at undefined behaviour; the flag goes to clang only, for Swift has no such sanitizer.
let undefinedBehaviour: [CSetting] =
  Context.environment["SWIFTKV_TRAP_UNDEFINED"] == "1"
  ? [.unsafeFlags(["-fsanitize=undefined", "-fsanitize-trap=undefined"])] : []

// Modules, lowest first: a target may import only what is listed above it.
let package = Package(
  name: "swiftkv-sim",
  products: [
    .executable(name: "swiftkv-sim", targets: ["swiftkv-sim"]),
    .library(name: "SwiftKVSim", targets: ["SwiftKVSim"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/onevcat/Rainbow", exact: "4.2.2"),
    .package(url: "https://github.com/ordo-one/TextTable", exact: "0.0.2"),
  ],
  targets: [
    .target(name: "Quantities", swiftSettings: swift6),
    .target(
      name: "InputFiles", dependencies: ["Quantities", .product(name: "Yams", package: "Yams")],
      swiftSettings: swift6),
    .target(name: "Randomness", dependencies: ["Quantities"], swiftSettings: swift6),
    .target(name: "EventEngine", dependencies: ["Quantities"], swiftSettings: swift6),
    .target(name: "Models", dependencies: ["Quantities"], swiftSettings: swift6),
    .target(name: "EngineSettings", dependencies: ["Quantities", "Models"], swiftSettings: swift6),
    .target(
      name: "Hardware",
      dependencies: ["Quantities", "InputFiles", .product(name: "Yams", package: "Yams")],
      resources: [.embedInCode("Profiles")], swiftSettings: swift6),
    .target(
      name: "CostModel", dependencies: ["Quantities", "Models", "EngineSettings", "Hardware"],
      swiftSettings: swift6),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CNLopt", pkgConfig: "nlopt", providers: [.apt(["libnlopt-dev"])]),
    .target(
      name: "CReferenceKernels", cSettings: undefinedBehaviour,
      linkerSettings: [.linkedLibrary("m"), .linkedLibrary("pthread"), .linkedLibrary("dl")]),
    .target(
      name: "ReferenceKernels", dependencies: ["Quantities", "CReferenceKernels"],
      swiftSettings: swift6),
    .executableTarget(
      name: "kernel-rates", dependencies: ["Quantities", "ReferenceKernels"], swiftSettings: swift6),
    .target(
      name: "Workload", dependencies: ["Quantities", "InputFiles", "Randomness"],
      swiftSettings: swift6),
    .target(name: "Metrics", dependencies: ["Quantities"], swiftSettings: swift6),
    .target(
      name: "Calibration",
      dependencies: [
        "Quantities", "InputFiles", "Models", "EngineSettings", "Hardware", "CostModel", "Metrics", "CNLopt",
      ],
      swiftSettings: swift6),
    .target(
      name: "Serving",
      dependencies: [
        "Quantities", "Randomness", "EventEngine", "Models", "EngineSettings", "Hardware", "CostModel",
        "Workload", "Metrics", .product(name: "DequeModule", package: "swift-collections"),
      ],
      swiftSettings: swift6),
    .target(
      name: "LiveEngine",
      dependencies: [
        "Quantities", "Randomness", "Models", "EngineSettings", "Hardware", "CostModel", "ReferenceKernels",
        "Workload", "Metrics", "Serving",
      ],
      swiftSettings: swift6),
    .target(
      name: "Results",
      dependencies: ["Quantities", "Metrics", "CZlib", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: swift6),
    .target(
      name: "Measuring",
      dependencies: [
        "Quantities", "Randomness", "Models", "EngineSettings", "Hardware", "CostModel", "Calibration",
        "Workload", "Metrics", "Serving", "Results", "ReferenceKernels", "LiveEngine",
      ],
      swiftSettings: swift6),
    .target(name: "CGnuplotShim", linkerSettings: boost),
    .target(name: "Figures", dependencies: ["Quantities", "Metrics", "CGnuplotShim"], swiftSettings: swift6),
    .target(
      name: "Experiments",
      dependencies: [
        "Quantities", "InputFiles", "Randomness", "Models", "EngineSettings", "Hardware", "CostModel",
        "Calibration", "Workload", "Metrics", "Serving", "Results", "ReferenceKernels", "LiveEngine",
        "Measuring", "Figures",
        .product(name: "Yams", package: "Yams"),
      ],
      resources: [.embedInCode("Validation/Records")],
      swiftSettings: swift6),
    .target(
      name: "Sweeps",
      dependencies: [
        "Quantities", "InputFiles", "Randomness", "Models", "EngineSettings", "Hardware", "CostModel",
        "Workload", "Metrics", "Serving", "Results", "Experiments",
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: swift6),
    .target(
      name: "Planning",
      dependencies: [
        "Quantities", "InputFiles", "Randomness", "Models", "EngineSettings", "Hardware", "CostModel",
        "Workload", "Metrics", "Serving", "Results", "Experiments",
      ],
      swiftSettings: swift6),
    .target(
      name: "Reports",
      dependencies: [
        "Quantities", "Models", "EngineSettings", "Hardware", "CostModel", "Workload", "Metrics", "Serving",
        "Results", "Figures", "Experiments", "Planning",
      ],
      swiftSettings: swift6),
    .target(
      name: "SwiftKVSim",
      dependencies: [
        "Quantities", "InputFiles", "Models", "EngineSettings", "Hardware", "CostModel", "Workload",
        "Metrics",
        "Serving", "Results", "Figures", "Experiments", "Sweeps", "Planning",
      ],
      swiftSettings: swift6),
    .executableTarget(
      name: "swiftkv-sim",
      dependencies: [
        "Measuring", "Experiments", "Sweeps", "Planning", "Reports",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Rainbow", package: "Rainbow"),
        .product(name: "TextTable", package: "TextTable"),
      ],
      swiftSettings: swift6),

    .target(
      name: "TestProfiles", dependencies: ["Quantities", "Hardware"], path: "Tests/TestProfiles",
      swiftSettings: swift6),
    .testTarget(name: "QuantitiesTests", dependencies: ["Quantities"], swiftSettings: swift6),
    .testTarget(name: "InputFilesTests", dependencies: ["InputFiles"], swiftSettings: swift6),
    .testTarget(name: "ModelsTests", dependencies: ["Quantities", "Models"], swiftSettings: swift6),
    .testTarget(
      name: "HardwareTests", dependencies: ["Quantities", "InputFiles", "Hardware"], swiftSettings: swift6),
    .testTarget(
      name: "CostModelTests",
      dependencies: ["Quantities", "Models", "EngineSettings", "Hardware", "CostModel", "TestProfiles"],
      swiftSettings: swift6),
    .testTarget(
      name: "CalibrationTests",
      dependencies: [
        "Quantities", "InputFiles", "Models", "EngineSettings", "Hardware", "CostModel", "Calibration",
        "TestProfiles",
      ],
      swiftSettings: swift6),
    .testTarget(
      name: "WorkloadTests", dependencies: ["Quantities", "InputFiles", "Randomness", "Workload"],
      swiftSettings: swift6),
    .testTarget(
      name: "ReferenceKernelsTests", dependencies: ["Quantities", "ReferenceKernels"],
      swiftSettings: swift6),
    .testTarget(name: "MetricsTests", dependencies: ["Quantities", "Metrics"], swiftSettings: swift6),
    .testTarget(
      name: "ServingTests",
      dependencies: [
        "Quantities", "Randomness", "EventEngine", "Models", "EngineSettings", "Hardware", "CostModel",
        "Workload", "Metrics", "Serving",
      ],
      swiftSettings: swift6),
    .testTarget(
      name: "LiveEngineTests",
      dependencies: [
        "Quantities", "Randomness", "Models", "EngineSettings", "Hardware", "CostModel", "ReferenceKernels",
        "Workload", "Metrics", "Serving", "LiveEngine", "TestProfiles",
      ],
      swiftSettings: swift6),
    .testTarget(
      name: "MeasuringTests",
      dependencies: ["Quantities", "Models", "Calibration", "ReferenceKernels", "Measuring"],
      swiftSettings: swift6),
    .testTarget(
      name: "ResultsTests",
      dependencies: ["Quantities", "Metrics", "Results", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: swift6),
    .testTarget(
      name: "FiguresTests", dependencies: ["Quantities", "Metrics", "Figures"], swiftSettings: swift6),
    .testTarget(
      name: "ExperimentsTests",
      dependencies: [
        "Quantities", "Models", "EngineSettings", "Hardware", "CostModel", "Workload", "Metrics", "Serving",
        "Results", "Figures", "Experiments",
      ],
      swiftSettings: swift6),
    .testTarget(
      name: "SweepsTests",
      dependencies: [
        "Quantities", "Randomness", "Models", "EngineSettings", "Hardware", "Workload", "Metrics", "Results",
        "Experiments", "Sweeps",
      ],
      swiftSettings: swift6),
    .testTarget(
      name: "PlanningTests",
      dependencies: [
        "Quantities", "InputFiles", "Models", "EngineSettings", "Hardware", "CostModel", "Workload",
        "Metrics",
        "Experiments",
        "Planning",
      ],
      swiftSettings: swift6),
    .testTarget(
      name: "ReportsTests",
      dependencies: [
        "Quantities", "Models", "EngineSettings", "Hardware", "Workload", "Metrics", "Figures", "Experiments",
        "Planning", "Reports",
      ],
      swiftSettings: swift6),
    .testTarget(name: "SwiftKVSimTests", dependencies: ["SwiftKVSim"], swiftSettings: swift6),
    .testTarget(
      name: "EndToEndTests", dependencies: ["swiftkv-sim", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: swift6),
  ],
  cLanguageStandard: .gnu17,
  cxxLanguageStandard: .gnucxx17
)

// 'make sanitize' instruments the kernels and their tests, and nothing that they do not need.
if Context.environment["SWIFTKV_KERNELS_ONLY"] == "1" {
  let needed: Set = [
    "Quantities", "CReferenceKernels", "ReferenceKernels", "ReferenceKernelsTests", "kernel-rates",
  ]
  package.targets.removeAll { !needed.contains($0.name) }
  package.products = []
  package.dependencies = []
}

// 'make docs': the plugin would be compiled at every build, used or not.
if Context.environment["SWIFTKV_DOCS"] == "1" {
  package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", exact: "1.5.0"))
}
