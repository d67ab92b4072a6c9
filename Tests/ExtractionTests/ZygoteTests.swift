import Extraction
import Foundation
import TestKit
import Testing

/// What extractions are forked from may be killed as any process may.
@Suite(.serialized) struct ZygoteTests {
  /// Kills the zygote of this process, and waits until it is dead without reaping it.
  private func killZygote() {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    for child in all.compactMap({ pid_t($0) }) {
      let stat = (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)) ?? ""
      // Behind the name, which may hold anything: state and parent (proc(5)).
      let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
      guard fields.count > 1, pid_t(fields[1]) == getpid() else { continue }
      let words = (try? String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8)) ?? ""
      guard words.split(separator: "\0").last == "extract" else { continue }
      kill(child, SIGKILL)
      var info = siginfo_t()
      waitid(P_PID, id_t(child), &info, WEXITED | WNOWAIT)
    }
  }

  private func read(
    _ process: ExtractionProcess, _ text: String, onBlock: () -> Void = {}
  ) throws -> Int {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("zygote-\(UUID())")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(text.utf8).write(to: file)
    let handle = try FileHandle(forReadingFrom: file)
    defer { try? handle.close() }
    var blocks = 0
    try process.run(.text, descriptor: handle.fileDescriptor, isCancelled: { false }) { extracted in
      if case .block = extracted {
        blocks += 1
        onBlock()
      }
    }
    return blocks
  }

  @Test func oneThatWasKilledIsReplaced() throws {
    let process = ExtractionProcess.forTests()
    #expect(try read(process, "one") == 1)
    killZygote()
    #expect(try read(process, "one\n\ntwo") == 2)
  }

  @Test func aFileIsNotBlamedForIt() throws {
    let process = ExtractionProcess.forTests()
    // More than a pipe holds, so that it is being read still.
    let text = String(repeating: "word\n\n", count: 200_000)
    var isFirst = true
    let error = #expect(throws: ExtractionError.self) {
      try read(process, text) {
        if isFirst { killZygote() }
        isFirst = false
      }
    }
    #expect(error?.code == .unavailable)
    #expect(try read(process, "still here") == 1)
  }

  @Test func manyAtOnceAreEachTheirOwn() async throws {
    let process = ExtractionProcess.forTests()
    let counts = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
      for number in 1...20 {
        group.addTask {
          try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
              let text = String(repeating: "word\n\n", count: number * 50)
              continuation.resume(with: Result { (number, try read(process, text)) })
            }
          }
        }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    #expect(counts == Dictionary(uniqueKeysWithValues: (1...20).map { ($0, $0 * 50) }))
  }
}
