import CSeccomp
import Foundation
import JSON

/// Extracts a file in a process of its own, so that whatever the file does to its reader, only that process
/// suffers. It inherits neither environment nor open files.
package struct ExtractionProcess: Sendable {
  /// The program and the words before the format's name that make it call `ExtractionWorker.run`.
  private let command: [String]
  private let limits: ExtractionLimits

  package init(command: [String], limits: ExtractionLimits = ExtractionLimits()) {
    self.command = command
    self.limits = limits
  }

  /// Blocks the calling thread until the extraction has ended.
  ///
  /// - Parameters:
  ///   - descriptor: the file, open for reading and seekable.
  ///   - isCancelled: asked several times a second.
  /// - Throws: `ExtractionError`, or what `take` throws.
  package func run(
    _ format: DocumentFormat, descriptor: Int32, isCancelled: () -> Bool, take: (Extracted) throws -> Void
  ) throws {
    lseek(descriptor, 0, SEEK_SET)
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else {
      throw ExtractionError(.unavailable, "no pipe can be made, error \(errno)")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let child: pid_t
    do {
      defer { close(ends[1]) }
      child = try spawn(format, input: descriptor, output: ends[1])
    }
    // Reaped in any case, and dead by then.
    defer {
      kill(child, SIGKILL)
      var status: Int32 = 0
      while waitpid(child, &status, 0) < 0, errno == EINTR {}
    }
    try read(ends[0], isCancelled, take)
  }

  private func spawn(_ format: DocumentFormat, input: Int32, output: Int32) throws(ExtractionError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    cseccomp_close_from(&actions, 3)
    let words = Self.cStrings(command + [format.rawValue])
    defer { for word in words { free(word) } }
    // Message catalogues and the like are not for this; fontconfig looks for a home.
    let environment = Self.cStrings(["LC_ALL=C.UTF-8", "HOME=/nonexistent"])
    defer { for word in environment { free(word) } }
    var child: pid_t = 0
    let error = posix_spawn(&child, command[0], &actions, nil, words, environment)
    guard error == 0 else {
      throw ExtractionError(.unavailable, "\(command[0]) cannot be started, error \(error)")
    }
    return child
  }

  private static func cStrings(_ words: [String]) -> [UnsafeMutablePointer<CChar>?] {
    words.map { (word: String) in strdup(word) } + [nil]
  }

  private func read(
    _ input: Int32, _ isCancelled: () -> Bool, _ take: (Extracted) throws -> Void
  ) throws {
    let deadline = ContinuousClock.now + .seconds(limits.wallSeconds)
    var budget = limits.output
    var blocks = 0
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    var line: [UInt8] = []
    while true {
      if isCancelled() { throw ExtractionError(.cancelled, "cancelled") }
      guard ContinuousClock.now < deadline else {
        throw ExtractionError(.tooMuch, "reading the file took more than \(limits.wallSeconds) seconds")
      }
      var waiting = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, 200) > 0 else { continue }
      let count = buffer.withUnsafeMutableBytes { Foundation.read(input, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      budget -= count
      guard budget >= 0 else {
        throw ExtractionError(.tooMuch, "the file holds more than \(limits.output >> 20) MiB of text")
      }
      for part in buffer[..<count].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        .enumerated()
      {
        if part.offset > 0 {
          if try finish(line, &blocks, take) { return }
          line.removeAll(keepingCapacity: true)
        }
        line += part.element
      }
    }
    throw ExtractionError(
      .tooMuch,
      "reading the file wanted more memory or time than one file may have, or the file breaks its reader")
  }

  /// Returns whether it was the last line.
  private func finish(
    _ bytes: [UInt8], _ blocks: inout Int, _ take: (Extracted) throws -> Void
  ) throws -> Bool {
    let line: ExtractionLine
    do { line = try JSON.decode(ExtractionLine.self, from: bytes) } catch {
      throw ExtractionError(.damaged, "the file breaks its reader")
    }
    if let code = line.failed { throw ExtractionError(code, line.why ?? code.rawValue) }
    if let block = line.block {
      blocks += 1
      guard blocks <= limits.blocks else {
        throw ExtractionError(.tooMuch, "the file has more than \(limits.blocks) paragraphs")
      }
      try take(.block(block))
    }
    if let done = line.done, let count = line.of { try take(.progress(done: done, of: count)) }
    return line.end == true
  }
}
