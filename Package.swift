// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]
/// For modules in which little time is spent: the program stays below 25 MB.
let smallSettings = settings + [.unsafeFlags(["-Osize"], .when(configuration: .release))]

/// A module of ours: it depends only on what is listed with it (see docs/architecture.md).
func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], isSmall: Bool = false, embedding files: [String] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, resources: files.map { .embedInCode($0) },
        swiftSettings: isSmall ? smallSettings : settings)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies, swiftSettings: settings)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nio = ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket"].map { Target.Dependency.product(name: $0, package: "swift-nio") }
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")

let package = Package(
    name: "posed",
    products: [.executable(name: "posed", targets: ["posed"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2"),
    ],
    targets: [
        .systemLibrary(name: "CFFmpeg", pkgConfig: "libavformat libavcodec libswscale libavutil"),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl"),
        .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto"),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1"),
        .systemLibrary(name: "CMalloc"),
        // Its loops are too slow to test with when they are not optimised, so debug builds optimise them too.
        // They throw nothing and are read by no unwinder that frame pointers would not serve.
        .target(
            name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-fno-asynchronous-unwind-tables"])],
            linkerSettings: [.linkedLibrary("m")]),

        module("Basics", isSmall: true),
        module("PoseTypes", ["Basics"], isSmall: true),
        module("Kernels", ["CKernels", "Basics"]),
        module("Networks", ["Basics", "Kernels", "PoseTypes"]),
        module("Media", ["Basics", "CFFmpeg", "PoseTypes"], isSmall: true),
        module("Flow", [deque], isSmall: true),
        module("Tracking", ["Basics", "PoseTypes"], isSmall: true),
        module("Evaluation", ["Basics", "PoseTypes", "Tracking"], isSmall: true),
        module("Records", ["Basics", "PoseTypes"], isSmall: true),
        module("Drawing", ["Basics", "PoseTypes"], isSmall: true),
        module("Sockets", isSmall: true),
        module("Delivery", ["Basics", "Records", "Sockets", "CMosquitto"], isSmall: true),
        module("Web", ["Basics", nioSSL] + nio, isSmall: true),
        module("Settings", ["Basics", "PoseTypes", "Tracking", "CYAML"], isSmall: true),
        module("Models", ["Basics", "CCurl", "Kernels", "Networks", "PoseTypes", "Records"], isSmall: true),
        module(
            "PosedKit",
            [
                "Basics", "PoseTypes", "Models", "Networks", "Media", "Flow", "Tracking", "Evaluation", "Records", "Drawing",
                "Delivery", "Settings",
            ], isSmall: true),
        module(
            "Daemon",
            [
                "Basics", "PoseTypes", "Models", "Networks", "Media", "Flow", "Tracking", "Evaluation", "Records", "Drawing",
                "Delivery", "Settings", "PosedKit", "Web", "CMalloc", logging,
            ],
            isSmall: true,
            embedding: [
                "index.html", "icon.svg", "page.css", "page.js", "card.js", "curve.js", "skeleton.js", "socket.js",
            ].map { "Web/Page/\($0)" }),
        .executableTarget(
            name: "posed",
            dependencies: [
                "Basics", "Daemon", "PosedKit", "Models", "Settings", "Media", "Networks", "Kernels", "Tracking", "PoseTypes",
                argumentParser,
            ],
            swiftSettings: smallSettings,
            // Nobody looks its symbols up by name, its relocations are nearly all of one kind (3.8 MB less), and many of its functions and
            // texts are the same (0.4 MB less).
            linkerSettings: [
                .unsafeFlags(
                    [
                        "-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
                        "-Xlinker", "--icf=all", "-Xlinker", "-O2",
                    ],
                    .when(configuration: .release))
            ]
        ),

        .executableTarget(
            name: "TrackLab", dependencies: ["Evaluation", "Kernels", "Media", "Networks", "PoseTypes", "Tracking"],
            path: "Tests/TrackLab", swiftSettings: settings),
        .target(name: "CThreadSanitizer", path: "Tests/CThreadSanitizer"),
        .target(
            name: "TestSupport", dependencies: ["CKernels", "CThreadSanitizer", "PoseTypes", "Records"],
            path: "Tests/TestSupport",
            swiftSettings: settings),
        tests(of: "Basics", ["PoseTypes"]),
        tests(of: "Kernels", ["Basics", "CKernels"]),
        tests(of: "Networks", ["Basics", "Kernels", "PoseTypes"]),
        tests(of: "Media", ["Basics", "PoseTypes", "CFFmpeg"]),
        tests(of: "Flow"),
        tests(of: "Tracking", ["Basics", "PoseTypes"]),
        tests(of: "Evaluation", ["Basics", "PoseTypes"]),
        tests(of: "Records", ["Basics", "PoseTypes", "Drawing", "Delivery", subprocess]),
        tests(of: "Drawing", ["Basics", "PoseTypes"]),
        tests(of: "Web"),
        .executableTarget(
            name: "RecordMill", dependencies: ["Delivery", "PoseTypes", "Records"], path: "Tests/RecordMill",
            swiftSettings: settings),
        tests(of: "Delivery", ["Basics", "PoseTypes", "Records", "RecordMill", subprocess]),
        tests(of: "Models", ["Basics", "Kernels", "Networks", "PoseTypes", "Records"]),
        tests(
            of: "PosedKit",
            [
                "Basics", "PoseTypes", "Models", "Networks", "Media", "Flow", "Tracking", "Evaluation", "Records", "Drawing",
                "Delivery",
                "Settings",
            ]),
        tests(
            of: "Daemon",
            [
                "Basics", "PoseTypes", "Models", "Networks", "Media", "Flow", "Tracking", "Records", "Drawing", "Delivery",
                "Settings", "PosedKit", "Web", logging,
            ]),
        .testTarget(
            name: "PosedEndToEndTests", dependencies: ["posed", "PoseTypes", "TestSupport", subprocess], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

// POSED_TESTS="FlowTests WebTests" leaves these test targets and what they need, which builds fast in another form: optimised, or
// with a sanitizer. Each target stands after those that it needs.
if let names = Context.environment["POSED_TESTS"] {
    var needed = Set(names.split(separator: " ").map(String.init))
    for target in package.targets.reversed() where needed.contains(target.name) {
        for case .byNameItem(let name, _) in target.dependencies { needed.insert(name) }
    }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products = []
}
