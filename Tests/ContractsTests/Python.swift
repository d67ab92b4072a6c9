import Foundation

/// Runs a script that stands beside the tests.
enum Python {
  struct Outcome {
    let status: Int32
    let output: Data
    /// What it said on standard error, a missing module for instance.
    let complaint: String
  }

  static func run(_ script: String, _ arguments: [String], input: Data = Data()) throws -> Outcome {
    try withTemporaryFolder { folder in
      // Files, not pipes: neither side can block the other, however much there is to say.
      let names = ["input", "output", "complaint"].map { folder.appending(path: $0) }
      try input.write(to: names[0])
      try Data().write(to: names[1])
      try Data().write(to: names[2])
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = ["python3", "-B", Repository.tests.appending(path: script).path] + arguments
      process.standardInput = try FileHandle(forReadingFrom: names[0])
      process.standardOutput = try FileHandle(forWritingTo: names[1])
      process.standardError = try FileHandle(forWritingTo: names[2])
      try process.run()
      process.waitUntilExit()
      return Outcome(
        status: process.terminationStatus,
        output: try Data(contentsOf: names[1]),
        complaint: String(decoding: try Data(contentsOf: names[2]), as: UTF8.self)
      )
    }
  }

  static func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "contracts-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}
