// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
/// Rooms that touch C: every `unsafe` shows in review.
let touchesC = strict + [.strictMemorySafety()]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let instrumentation = Target.Dependency.product(name: "Instrumentation", package: "swift-distributed-tracing")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "likeness",
    products: [
        .library(name: "LikenessClient", targets: ["LikenessClient", "LikenessMessages"]),
        .executable(name: "likenessd", targets: ["likenessd"]),
        .executable(name: "likeness", targets: ["likeness"]),
        .executable(name: "likeness-load", targets: ["likeness-load"]),
        .executable(name: "likeness-interop", targets: ["likeness-interop"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // The C libraries.
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
        .target(name: "COpenVINO"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .target(name: "CLikenessBuild"),

        // The contract.
        .target(name: "CLikenessMessages", dependencies: ["CProtobufC"]),
        .target(
            name: "LikenessMessages",
            dependencies: ["CLikenessMessages", "CProtobufC", "LikenessPatterns"],
            swiftSettings: touchesC
        ),
        .target(name: "CProtocPlugin", dependencies: ["CLikenessMessages", "CProtobufC"]),
        .executableTarget(
            name: "protoc-gen-likeness",
            dependencies: ["CProtocPlugin", "CLikenessMessages", "CProtobufC", "LikenessPatterns"],
            swiftSettings: strict
        ),

        .target(name: "LikenessPatterns", swiftSettings: strict),

        // What figures say, and how surely.
        .target(name: "LikenessStatistics", swiftSettings: strict),
        // Shares of what is scarce.
        .target(name: "LikenessScheduling", swiftSettings: strict),
        // Which profiles hold which words.
        .target(name: "LikenessWords", swiftSettings: strict),

        // The contract at run time.
        .target(name: "LikenessReflection", swiftSettings: strict),

        // The wire.
        .target(name: "LikenessWire", dependencies: [nioCore, collections], swiftSettings: touchesC),
        .target(name: "LikenessTLS", dependencies: ["COpenSSL", nioCore, logging], swiftSettings: touchesC),
        .target(
            name: "LikenessRPC",
            dependencies: [
                "LikenessWire", "LikenessTLS", "LikenessMessages", "LikenessScheduling", nioCore, nioPosix, logging,
                collections,
            ],
            swiftSettings: strict
        ),

        .target(
            name: "LikenessStandardServices",
            dependencies: ["LikenessRPC", "LikenessReflection", "LikenessMessages", "LikenessWire"],
            swiftSettings: strict
        ),

        .target(
            name: "LikenessTracing",
            dependencies: ["LikenessRPC", "LikenessMessages", "LikenessWire", tracing, instrumentation],
            swiftSettings: strict
        ),

        // What is measured, for Prometheus to read.
        .target(name: "LikenessMetrics", dependencies: [metrics], swiftSettings: touchesC),

        // The database.
        .target(
            name: "LikenessPostgres",
            dependencies: ["CLibpq", "LikenessScheduling", logging, collections],
            swiftSettings: touchesC
        ),
        .target(
            name: "LikenessRepository",
            dependencies: [
                "LikenessPostgres", "LikenessMessages", "LikenessReflection", "LikenessWords", "CLikenessMessages",
                logging,
            ],
            swiftSettings: strict
        ),

        // Text to vectors.
        .target(name: "LikenessEmbedding", dependencies: ["COpenVINO", "LikenessScheduling"], swiftSettings: touchesC),

        // The service and those who call it.
        .target(
            name: "LikenessServer",
            dependencies: [
                "LikenessRepository", "LikenessPostgres", "LikenessEmbedding", "LikenessRPC", "LikenessMessages",
                "LikenessMetrics", "LikenessReflection", "LikenessScheduling", "LikenessStandardServices",
                "LikenessTLS",
                "LikenessTracing", "LikenessWire", "CLikenessBuild", nioCore, nioPosix, nioHTTP1, logging, metrics,
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "LikenessClient",
            dependencies: [
                "LikenessRPC", "LikenessMessages", "LikenessReflection", "LikenessTLS", "LikenessTracing",
                "LikenessWire",
                logging, metrics, nioCore, nioPosix, tracing,
            ],
            swiftSettings: strict
        ),
        // What files of others are packed and written in.
        .target(name: "LikenessFormats", dependencies: ["CZlib", "CExpat"], swiftSettings: touchesC),
        .target(
            name: "LikenessConsole",
            dependencies: ["LikenessReflection", "LikenessFormats", "CLikenessBuild", arguments],
            swiftSettings: strict
        ),
        .target(
            name: "LikenessCommands",
            dependencies: [
                "LikenessClient", "LikenessConsole", "LikenessFormats", "LikenessReflection", "LikenessMessages",
                "LikenessStatistics", "LikenessTLS", arguments,
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "likenessd",
            dependencies: ["LikenessServer", "LikenessConsole", "LikenessMessages", arguments, logging],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "likeness",
            dependencies: ["LikenessCommands", arguments],
            swiftSettings: strict
        ),

        .target(
            name: "LikenessLoad",
            dependencies: [
                "LikenessClient", "LikenessConsole", "LikenessMessages", "LikenessReflection", "LikenessRPC",
                "LikenessStatistics", "LikenessTLS",
                "LikenessWire", "LikenessRepository", "LikenessPostgres", "LikenessEmbedding", nioCore, nioPosix,
                logging,
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "likeness-load",
            dependencies: [
                "LikenessLoad", "LikenessClient", "LikenessConsole", "LikenessMessages", "LikenessTLS", arguments,
            ],
            swiftSettings: strict
        ),

        // How another service calls this one.
        .executableTarget(
            name: "likeness-example",
            dependencies: ["LikenessClient", "LikenessMessages"],
            path: "examples/swift",
            exclude: ["README.md"],
            swiftSettings: strict
        ),

        // What clients of other makes are tested against.
        .target(name: "CLikenessInterop", dependencies: ["CLikenessMessages", "CProtobufC"]),
        .target(
            name: "LikenessInterop",
            dependencies: [
                "CLikenessInterop", "CLikenessMessages", "CProtobufC", "LikenessStandardServices", "LikenessRPC",
                "LikenessMessages", "LikenessTLS", "LikenessWire", nioCore, nioPosix, logging,
            ],
            swiftSettings: touchesC
        ),
        .executableTarget(
            name: "likeness-interop",
            dependencies: [
                "LikenessInterop", "LikenessClient", "LikenessConsole", "LikenessMessages", "LikenessRPC",
                "LikenessTLS",
                nioPosix, arguments,
                logging,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),

        // Tests.
        .target(
            name: "LikenessTesting",
            dependencies: [
                "LikenessEmbedding", "LikenessMessages", "LikenessPostgres", "LikenessRPC", "LikenessTLS", logging,
                nioPosix,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "LikenessFuzzing",
            dependencies: [
                "LikenessRepository", "LikenessWire", "LikenessMessages", "LikenessClient", "LikenessCommands",
                "LikenessFormats", "LikenessMetrics", "LikenessReflection", "LikenessServer", nioCore, nioEmbedded,
                nioHTTP1,
            ],
            path: "Tests/LikenessFuzzing",
            swiftSettings: strict
        ),
        .testTarget(name: "LikenessFuzzingTests", dependencies: ["LikenessFuzzing"], swiftSettings: strict),
        .target(
            name: "CLikenessTestMessages",
            dependencies: ["CLikenessMessages", "CProtobufC"],
            path: "Tests/CLikenessTestMessages"
        ),
        .testTarget(
            name: "LikenessMessagesTests",
            dependencies: [
                "LikenessMessages", "CLikenessMessages", "CLikenessTestMessages", "CProtobufC", "LikenessTesting",
                "protoc-gen-likeness",
            ],
            exclude: ["proto"],
            swiftSettings: strict
        ),
        .testTarget(name: "LikenessPatternsTests", dependencies: ["LikenessPatterns"], swiftSettings: strict),
        .testTarget(name: "LikenessStatisticsTests", dependencies: ["LikenessStatistics"], swiftSettings: strict),
        .testTarget(name: "LikenessSchedulingTests", dependencies: ["LikenessScheduling"], swiftSettings: strict),
        .testTarget(name: "LikenessMetricsTests", dependencies: ["LikenessMetrics", metrics], swiftSettings: strict),
        .testTarget(name: "LikenessWordsTests", dependencies: ["LikenessWords"], swiftSettings: strict),
        .testTarget(
            name: "LikenessReflectionTests",
            dependencies: ["LikenessReflection", "LikenessMessages", "LikenessTesting"],
            exclude: ["proto"],
            swiftSettings: strict
        ),
        .testTarget(name: "LikenessWireTests", dependencies: ["LikenessWire", nioCore], swiftSettings: strict),
        .testTarget(
            name: "LikenessRPCTests",
            dependencies: [
                "LikenessRPC", "LikenessWire", "LikenessTLS", "LikenessMessages", "LikenessScheduling", nioCore,
                nioPosix,
                nioEmbedded, logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LikenessTracingTests",
            dependencies: [
                "LikenessTracing", "LikenessClient", "LikenessRPC", "LikenessMessages", "LikenessTLS", "LikenessWire",
                nioCore, nioPosix, logging, tracing, instrumentation,
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LikenessStandardServicesTests",
            dependencies: [
                "LikenessStandardServices", "LikenessReflection", "LikenessRPC", "LikenessMessages", "LikenessWire",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LikenessInteropTests",
            dependencies: [
                "LikenessInterop", "LikenessClient", "LikenessRPC", "LikenessTLS", "LikenessTesting",
                "likeness-interop",
                nioPosix, logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LikenessTLSTests",
            dependencies: ["LikenessTLS", "COpenSSL", nioCore, nioEmbedded],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LikenessPostgresTests",
            dependencies: ["LikenessPostgres", "LikenessScheduling", "LikenessTesting", logging],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LikenessRepositoryTests",
            dependencies: [
                "LikenessRepository", "LikenessTesting", "LikenessPostgres", "LikenessMessages", "LikenessWords",
                logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LikenessEmbeddingTests",
            dependencies: ["LikenessEmbedding", "LikenessScheduling"],
            exclude: ["Golden"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LikenessClientTests",
            dependencies: [
                "LikenessClient", "LikenessRPC", "LikenessMessages", "LikenessTLS", "LikenessWire", nioCore, nioPosix,
                logging, .product(name: "MetricsTestKit", package: "swift-metrics"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LikenessServerTests",
            dependencies: [
                "LikenessServer", "LikenessClient", "LikenessCommands", "LikenessReflection", "LikenessLoad",
                "LikenessTesting",
                "LikenessRPC", "likeness",
                "likeness-example", "likeness-interop", "likeness-load", "likenessd",
                "LikenessPostgres", "LikenessEmbedding", "LikenessRepository", "LikenessMessages", "LikenessTLS",
                "LikenessMetrics", "LikenessScheduling", "LikenessStatistics", "LikenessWire", nioCore, nioPosix,
                nioEmbedded, logging, metrics, tracing,
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
            ],
            exclude: ["Resumes"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LikenessLoadTests",
            dependencies: [
                "LikenessLoad", "LikenessClient", "LikenessCommands", "LikenessConsole", "LikenessInterop",
                "LikenessReflection",
                "LikenessRPC", "LikenessTLS", "LikenessWire", nioCore, nioEmbedded, nioPosix,
                "LikenessEmbedding", "LikenessRepository", "LikenessPostgres", "LikenessStatistics", "LikenessTesting",
                "LikenessMessages", "likeness-interop", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LikenessCommandsTests",
            dependencies: [
                "LikenessClient", "LikenessCommands", "LikenessConsole", "LikenessFormats", "LikenessReflection",
                "LikenessMessages", "LikenessInterop", "LikenessRPC", "LikenessStatistics", "LikenessTLS",
                "LikenessTesting", "LikenessWire", "likeness", "likeness-interop", "likeness-load", "likenessd",
                nioPosix, arguments,
                logging,
            ],
            swiftSettings: strict
        ),
    ]
)
