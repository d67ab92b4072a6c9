import Foundation

/// Webhook bodies that nobody on this project wrote; see `cases/README.md` beside the checkout.
enum Cases {
  struct Missing: Error, CustomStringConvertible {
    let folder: String
    var description: String {
      "no webhook cases in \(folder): set AIGENTABLE_CASES to the folder that holds webhooks/"
    }
  }

  /// File names and contents, by name.
  static func whatsApp() throws -> [String: String] { try bodies("whatsapp-pywa") }

  static func messenger() throws -> [String: String] { try bodies("messenger-messenger4j") }

  static func telegram() throws -> [String: String] { try bodies("telegram-nutgram") }

  private static func bodies(_ name: String) throws -> [String: String] {
    let folder = root + "/webhooks/" + name
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let bodies = names.filter { $0.hasSuffix(".json") }
    guard !bodies.isEmpty else { throw Missing(folder: folder) }
    return try Dictionary(
      uniqueKeysWithValues: bodies.map {
        ($0, try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8))
      }
    )
  }

  static var root: String {
    if let folder = ProcessInfo.processInfo.environment["AIGENTABLE_CASES"] { return folder }
    // Tests/ChannelsTests/Cases.swift, with links resolved, lies three levels below the checkout.
    var checkout = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    for _ in 0..<3 { checkout.deleteLastPathComponent() }
    return checkout.deletingLastPathComponent().path + "/shared/cases"
  }
}

/// A repeatable source of random numbers (SplitMix64).
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// From the environment, to repeat a failed run, else a new one; printed.
  static func named(_ test: String) -> Seeded {
    let given = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0...UInt64.max)
    print("\(test): seed \(seed)")
    return Seeded(seed)
  }
}
