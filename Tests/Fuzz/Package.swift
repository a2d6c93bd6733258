// swift-tools-version: 6.2
import PackageDescription

// The parts that take bytes from strangers, built for libFuzzer. A package of its own, because all of it must be compiled
// with the sanitizers' flags, and because packages with such flags cannot be depended on. See scripts/fuzz.

let sanitizers = Context.environment["LIKENESS_FUZZ_SANITIZERS"] ?? "fuzzer,address"
/// libFuzzer looks at all counters after each run: those of the messages, most of them, cost the other targets half their time.
let countsMessages = Context.environment["LIKENESS_FUZZ_MESSAGES"] != "0"

let language: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
let flags = language + [.unsafeFlags(["-sanitize=\(sanitizers)", "-parse-as-library", "-O"])]
let messagesFlags = countsMessages ? flags : language
let sanitizersOfC = sanitizers == "fuzzer" ? "fuzzer-no-link" : "fuzzer-no-link,address"
let cFlags: [CSetting] = countsMessages ? [.unsafeFlags(["-fsanitize=\(sanitizersOfC)", "-O1"])] : []
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")

let package = Package(
    name: "likeness-fuzz",
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c"),
        .target(name: "CLikenessMessages", dependencies: ["CProtobufC"], cSettings: cFlags),
        .target(name: "LikenessPatterns", swiftSettings: messagesFlags),
        .target(
            name: "LikenessMessages",
            dependencies: ["CLikenessMessages", "CProtobufC", "LikenessPatterns"],
            swiftSettings: messagesFlags
        ),
        .target(name: "LikenessWire", dependencies: [nioCore], swiftSettings: flags),
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq"),
        .target(name: "LikenessScheduling", swiftSettings: language),
        .target(
            name: "LikenessPostgres",
            dependencies: ["CLibpq", "LikenessScheduling", logging, collections],
            swiftSettings: language
        ),
        .target(name: "LikenessWords", swiftSettings: flags),
        .target(
            name: "LikenessRepository",
            dependencies: [
                "LikenessPostgres", "LikenessMessages", "LikenessReflection", "LikenessScheduling", "LikenessWords",
                "CLikenessMessages", logging,
            ],
            swiftSettings: flags
        ),
        .target(name: "LikenessReflection", swiftSettings: flags),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
        .systemLibrary(name: "CExpat", pkgConfig: "expat"),
        .target(name: "LikenessFormats", dependencies: ["CZlib", "CExpat"], swiftSettings: flags),
        // Of these the parts that read files: the rest brings TLS and the command line with it.
        .target(
            name: "LikenessCommands",
            dependencies: ["LikenessFormats", "LikenessReflection", "LikenessMessages"],
            path: "Sources/LikenessCommands",
            sources: ["JSONResume", "ImportFormats", "Documents"],
            swiftSettings: flags
        ),
        .target(
            name: "LikenessClient",
            dependencies: ["LikenessReflection"],
            path: "Sources/LikenessClient",
            sources: ["ClientFile.swift"],
            swiftSettings: flags
        ),
        .target(name: "LikenessMetrics", dependencies: [metrics], swiftSettings: flags),
        // Of the service its operations port, without what listens.
        .target(
            name: "LikenessServer",
            dependencies: ["LikenessMessages", "LikenessMetrics", nioCore, nioHTTP1],
            path: "Sources/LikenessServer",
            exclude: ["Operations/OperationsPort.swift"],
            sources: ["Operations", "Observability/ServiceMetric.swift"],
            swiftSettings: flags
        ),
        .target(
            name: "LikenessFuzzing",
            dependencies: [
                "LikenessRepository", "LikenessWire", "LikenessMessages", "LikenessClient", "LikenessCommands",
                "LikenessFormats", "LikenessMetrics", "LikenessReflection", "LikenessServer", nioCore, nioEmbedded,
                nioHTTP1,
            ],
            path: "LikenessFuzzing",
            swiftSettings: flags
        ),
        .executableTarget(
            name: "likeness-fuzz",
            dependencies: ["LikenessFuzzing"],
            path: "likeness-fuzz",
            swiftSettings: flags,
            linkerSettings: [.unsafeFlags(["-sanitize=\(sanitizers)", "-use-ld=lld"])]
        ),
    ]
)
