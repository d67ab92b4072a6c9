import Foundation
import TestKit
import Testing

@testable import Extraction

/// What a process that reads a file is shut in by, seen from outside and from within.
@Suite(.serialized) struct SandboxTests {
  /// Reads a text, stops at its first paragraph, where the process waits with the rest, and looks at that process.
  private func whileReading(_ look: (_ process: pid_t) throws -> Void) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("sandbox-\(UUID())")
    defer { try? FileManager.default.removeItem(at: file) }
    // More than a pipe holds.
    try Data(String(repeating: "word\n\n", count: 200_000).utf8).write(to: file)
    let handle = try FileHandle(forReadingFrom: file)
    defer { try? handle.close() }
    var isFirst = true
    try ExtractionProcess.forTests().run(
      .text, descriptor: handle.fileDescriptor, isCancelled: { false }
    ) { _ in
      guard isFirst else { return }
      isFirst = false
      try look(#require(Self.process(reading: file)))
    }
  }

  private static func process(reading file: URL) -> pid_t? {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { pid_t($0) }.first { process in
      process != getpid()
        && (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/0"))
          == file.resolvingSymlinksInPath().path
    }
  }

  @Test func timeMemoryAndFilesAreBoundedAndNothingIsInherited() throws {
    try whileReading { process in
      func text(_ name: String) throws -> String {
        try String(contentsOfFile: "/proc/\(process)/\(name)", encoding: .utf8)
      }
      let limits = ExtractionLimits()
      // A line of proc(5)'s limits: name, soft, hard, unit.
      let lines = try text("limits").split(separator: "\n")
      for (name, bound) in [
        ("Max cpu time", limits.processorSeconds), ("Max address space", limits.memory),
        ("Max file size", 0), ("Max core file size", 0),
      ] {
        let line = try #require(lines.first { $0.hasPrefix(name) }).dropFirst(name.count)
        #expect(line.split(separator: " ").prefix(2) == ["\(bound)", "\(bound)"], "\(name) \(line)")
      }
      let status = try text("status")
      #expect(status.contains("Seccomp:\t2") && status.contains("NoNewPrivs:\t1"))
      let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")
      #expect(files.sorted() == ["0", "1", "2"])
      let variables = try text("environ").split(separator: "\0").compactMap { $0.split(separator: "=").first }
      #expect(
        Set(variables).subtracting(["LC_ALL", "HOME", "LD_BIND_NOW", "LLVM_PROFILE_FILE"]).isEmpty,
        "\(variables)")
    }
  }

  /// As the kernel does with one that wants more than it may have.
  @Test func aFileWhoseReaderIsEndedWantedTooMuch() throws {
    let error = #expect(throws: ExtractionError.self) { try whileReading { kill($0, SIGKILL) } }
    #expect(error?.code == .tooMuch)
  }

  /// The filter is of one thread, so that this one can try it.
  @Test func noSocketIsMadeNoFileWrittenNoProgramStarted() async throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("refused-\(UUID())").path
    let refused = try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try Self.refused(file) }) }
    }
    #expect(
      refused == [
        "socket": EPERM, "create": EPERM, "write": EPERM, "truncate": EPERM, "unlink": EPERM, "exec": EPERM,
        "kill": EPERM, "read": 0,
      ])
    #expect(!FileManager.default.fileExists(atPath: file))
  }

  /// The errors with which calls fail behind the filter; 0 of one that does not.
  private static func refused(_ file: String) throws -> [String: Int32] {
    func tried(_ call: () -> Int32) -> Int32 {
      errno = 0
      return call() < 0 ? errno : 0
    }
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/true"), nil]
    defer { free(arguments[0]) }
    try Sandbox.refuseCalls()
    return [
      "socket": tried { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) },
      "create": tried { open(file, O_CREAT | O_WRONLY, 0o600) },
      "write": tried { open("/dev/null", O_RDWR) },
      "truncate": tried { truncate("/dev/null", 0) },
      "unlink": tried { unlink(file) },
      "exec": tried { execv("/bin/true", &arguments) },
      "kill": tried { kill(getpid(), 0) },
      "read": tried {
        let descriptor = open("/dev/null", O_RDONLY)
        close(descriptor)
        return descriptor
      },
    ]
  }
}
