import Foundation
import JSON
import Testing

@Suite("a client that is not ours")
struct PeerTests {
  @Test func getsFromTheStandInWhatItGetsFromMeta() async throws {
    try await RunningStandIn.with { standIn async throws in
      let printed = try await python("peer.py", standIn.url)
      let steps = try #require(try JSONValue(parsing: printed.utf8).array, "\(printed)")
      let sent = try await standIn.sent()["items"]?.array ?? []
      #expect(
        sent.map { $0["type"]?.string }
          == ["text", "interactive", "interactive", "image", "document", "location", "reaction"]
      )
      #expect(steps.prefix(7).map(\.string) == sent.map { $0["id"]?.string })
      #expect(
        steps.dropFirst(7).map { String(decoding: $0.serialized(), as: UTF8.self) }
          == [#""image/png""#, "16", "true", "true", "true", "100"]
      )
      #expect(sent.first?["quoted"]?.string == "wamid.q")
    }
  }

  /// What a script beside this file prints, with its complaints behind it when it fails.
  private func python(_ script: String, _ arguments: String...) async throws -> String {
    let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    let output = FileManager.default.temporaryDirectory.appending(path: "peer-\(UUID().uuidString)")
    try Data().write(to: output)
    defer { try? FileManager.default.removeItem(at: output) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-B", folder.appending(path: script).path] + arguments
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: output)
    // The stand-in answers meanwhile, so no thread of its may be held.
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in done.resume() }
      do {
        try process.run()
      } catch {
        done.resume(throwing: error)
      }
    }
    return String(decoding: try Data(contentsOf: output), as: UTF8.self)
  }
}
