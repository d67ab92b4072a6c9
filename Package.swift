// swift-tools-version:6.2
import PackageDescription

/// Every target is built the same way: Swift 6 language mode, explicit existentials and imports, no warnings.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// A target of ours with its tests beside it, mirroring `Sources` in `Tests`.
func module(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name), "TestKit"] + dependencies, exclude: exclude,
    swiftSettings: settings)
}

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let collections: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")

let package = Package(
  name: "aigentable",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "aigentable", targets: ["aigentable"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // System libraries and their shims, nothing else.
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CRdkafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(
      name: "CCmark", pkgConfig: "libcmark-gfm",
      providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"])]),
    .systemLibrary(name: "CGMime", pkgConfig: "gmime-3.0", providers: [.apt(["libgmime-3.0-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CXML", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .systemLibrary(
      name: "CPoppler", pkgConfig: "poppler-glib", providers: [.apt(["libpoppler-glib-dev"])]),
    .systemLibrary(name: "CQPDF", pkgConfig: "libqpdf", providers: [.apt(["libqpdf-dev"])]),
    .systemLibrary(name: "CFreeType", pkgConfig: "freetype2", providers: [.apt(["libfreetype-dev"])]),
    .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(name: "CCsv", providers: [.apt(["libcsv-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
    .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),
    .target(name: "CCLD2", linkerSettings: [.linkedLibrary("cld2")]),

    module("JSON", ["CSimdjson"]),
    module("Contracts", ["JSON", crypto]),
    module("Telemetry", []),
    module("LZ4", ["CLZ4"]),
    module("Patterns", ["CPCRE2"]),
    module("HTTPClient", ["CCurl"]),
    module("Postgres", ["CPostgres", logging]),
    module("EventLog", ["Contracts", "Postgres", collections]),
    module("Keyring", ["Contracts", "JSON", "Postgres", collections, crypto]),
    module(
      "Audit",
      ["Contracts", "EventLog", "HTTPClient", "JSON", "Keyring", "LZ4", "Postgres", crypto, logging]),
    module("ObjectStore", ["CXML", "HTTPClient", crypto]),
    module(
      "PostgresLog", ["Contracts", "EventLog", "LZ4", "ObjectStore", "Postgres", crypto, logging]),
    module("KafkaLog", ["CRdkafka", "EventLog", "Postgres", "PostgresLog", logging]),
    module(
      "Privacy",
      ["Contracts", "EventLog", "JSON", "Keyring", "ObjectStore", "Postgres", "Projections", logging]),
    module("Backup", ["Contracts", "JSON", "Keyring", "LZ4", "ObjectStore", "Postgres", crypto]),
    module("Mail", ["CCurl", "CGMime", "CXML"]),
    module("SMTP", ["COpenSSL", hummingbird, lifecycle, logging]),
    module("Models", ["HTTPClient", "JSON", "Patterns"]),
    module("Markdown", ["CCmark"]),
    // Training is arithmetic on millions of numbers: tests would take minutes without optimisation.
    .target(
      name: "Understanding", dependencies: ["CCLD2"], exclude: ["README.md"],
      swiftSettings: settings + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
    module(
      "Extraction",
      [
        "CArchive", "CCsv", "CFreeType", "CPoppler", "CQPDF", "CSeccomp", "CXML", "JSON", "Mail", "Markdown",
      ]),
    module(
      "Knowledge",
      [
        "Contracts", "Extraction", "HTTPClient", "JSON", "Keyring", "Postgres", "Understanding", crypto,
        logging,
      ],
      exclude: ["README.md"]),
    module(
      "Channels", ["Contracts", "HTTPClient", "JSON", "Mail", "Markdown", crypto], exclude: ["README.md"]),
    module(
      "Projections",
      ["Contracts", "EventLog", "JSON", "Keyring", "Postgres", "Telemetry", crypto, yams, logging]),
    module(
      "Pipeline",
      [
        "Channels", "EventLog", "Extraction", "HTTPClient", "JSON", "Keyring", "Knowledge", "Models",
        "Postgres",
        "Understanding", collections, crypto, logging,
      ], exclude: ["Answers/README.md"]),
    module(
      "Replay",
      [
        "Channels", "Contracts", "EventLog", "JSON", "Keyring", "Knowledge", "Models", "Pipeline", "Postgres",
        crypto, logging,
      ],
      resources: [.embedInCode("WhatIf/report.css")]),
    module(
      "API",
      [
        "Channels", "EventLog", "Extraction", "HTTPClient", "JSON", "Keyring", "Knowledge", "Mail",
        "Markdown", "Models", "Pipeline",
        "Postgres", "Privacy", "Projections", "Replay", "SMTP", "Telemetry", "Understanding", crypto,
        hummingbird,
        lifecycle, logging,
      ],
      exclude: ["Chat/README.md"],
      resources: [
        .embedInCode("Pages/chat.html"), .embedInCode("Pages/widget.css"), .embedInCode("Pages/widget.js"),
        .embedInCode("Pages/openapi.json"),
      ]),
    module(
      "StandIn", ["HTTPClient", "JSON", crypto, hummingbird, lifecycle, logging],
      resources: [.embedInCode("Page/page.html")]),
    module(
      "Simulation",
      [
        "Contracts", "EventLog", "JSON", "KafkaLog", "Keyring", "Pipeline", "Postgres", "PostgresLog",
        "Projections", logging,
      ],
      exclude: ["README.md"],
      resources: [
        .embedInCode("World/simulated.sql"), .embedInCode("Scene/tally_apply.sql"),
        .embedInCode("Scene/tally_schema.sql"),
      ]),
    .executableTarget(
      name: "aigentable",
      dependencies: [
        "API", "Audit", "Backup", "CCurl", "CGMime", "CRdkafka", "CSimdjson", "Channels", "Contracts",
        "EventLog",
        "Extraction", "HTTPClient",
        "JSON", "KafkaLog", "Keyring", "Knowledge", "Mail", "Models", "ObjectStore", "Pipeline", "Postgres",
        "PostgresLog", "Privacy", "Projections",
        "Replay", "SMTP", "Simulation", "StandIn", "Telemetry", "Understanding", arguments, crypto, histogram,
        hummingbird, lifecycle, signals, yams, logging,
      ], path: "Sources/Engine", swiftSettings: settings),

    .target(
      name: "TestKit",
      dependencies: [
        "CArchive", "Contracts", "EventLog", "Extraction", "Keyring", "Knowledge", "Pipeline", "Postgres",
        "PostgresLog", crypto, logging,
      ], path: "Tests/TestKit", exclude: ["Browser/browser.py"], swiftSettings: settings),
    .target(
      name: "TestServers", path: "Tests/TestServers", exclude: ["EmailServers", "chroma.py", "s3.py"],
      swiftSettings: settings),
    tests("JSON", []),
    tests("Contracts", ["JSON", crypto], exclude: ["validate.py", "jose.py"]),
    tests("Telemetry", []),
    tests("LZ4", []),
    tests("Patterns", []),
    tests("EventLog", ["Contracts", "Postgres"]),
    tests(
      "Audit",
      [
        "CRdkafka", "Contracts", "EventLog", "HTTPClient", "JSON", "KafkaLog", "Keyring", "LZ4",
        "ObjectStore", "Postgres", "PostgresLog", "TestServers", crypto, logging,
      ]),
    tests("PostgresLog", ["Contracts", "EventLog", "ObjectStore", "Postgres", logging]),
    tests(
      "KafkaLog",
      [
        "Audit", "CRdkafka", "Contracts", "EventLog", "Keyring", "ObjectStore", "Postgres", "PostgresLog",
        crypto,
        logging,
      ]),
    tests("HTTPClient", ["TestServers"]),
    tests("ObjectStore", ["HTTPClient", "TestServers"]),
    tests("SMTP", [hummingbird, logging], exclude: ["client.py"]),
    tests("Models", ["HTTPClient", "JSON", "TestServers"], exclude: ["Servers"]),
    tests("Markdown", []),
    tests("Understanding", ["JSON"]),
    tests("Extraction", []),
    tests(
      "Knowledge",
      [
        "Contracts", "Extraction", "HTTPClient", "JSON", "Keyring", "Postgres", "TestServers", crypto,
        logging,
      ],
      exclude: ["rerank.py"]),
    tests(
      "Channels", ["Contracts", "HTTPClient", "JSON", "Mail", "TestServers", crypto], exclude: ["README.md"]),
    tests(
      "Pipeline",
      [
        "CPostgres", "Channels", "Contracts", "EventLog", "Extraction", "HTTPClient", "JSON", "Keyring",
        "Knowledge",
        "Models",
        "Postgres", "PostgresLog", "Replay", "TestServers", "Understanding", crypto, logging,
      ]),
    tests(
      "Replay",
      [
        "Channels", "Contracts", "EventLog", "JSON", "Keyring", "Knowledge", "Models", "Pipeline",
        "Postgres",
        "PostgresLog",
        "Projections", logging,
      ], exclude: ["report.py"]),
    tests(
      "Projections",
      ["Contracts", "EventLog", "JSON", "Keyring", "Postgres", "PostgresLog", crypto, logging]),
    tests(
      "API",
      [
        "Channels", "Contracts", "EventLog", "HTTPClient", "JSON", "Keyring", "Knowledge", "Models",
        "ObjectStore",
        "Pipeline", "Postgres", "PostgresLog", "Privacy", "Projections", "SMTP", "Telemetry", "TestServers",
        crypto, hummingbird, lifecycle, logging,
      ], exclude: ["chat_page.py", "widget.py"]),
    tests(
      "Privacy",
      [
        "Backup", "Channels", "Contracts", "EventLog", "JSON", "Keyring", "ObjectStore", "Pipeline",
        "Postgres",
        "PostgresLog", "Projections", crypto, logging,
      ]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "CRdkafka", "Contracts", "HTTPClient", "JSON", "LZ4", "ObjectStore", "Postgres", "TestKit",
        "TestServers", crypto, logging,
      ], exclude: ["hand_over.py"], swiftSettings: settings),
    tests(
      "StandIn",
      [
        "Channels", "Contracts", "HTTPClient", "JSON", "TestServers", crypto, hummingbird, lifecycle, logging,
      ],
      exclude: ["peer.py"]),
  ]
)
