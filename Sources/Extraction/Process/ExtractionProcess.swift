import Foundation
import JSON

/// Extracts a file in a process of its own, so that whatever the file does to its reader, only that process
/// suffers. It inherits neither environment nor open files.
package struct ExtractionProcess: Sendable {
  private let zygote: Zygote
  private let limits: ExtractionLimits

  /// - Parameter command: the program and the words that make it call `ZygoteWorker.run`.
  package init(command: [String], limits: ExtractionLimits = ExtractionLimits()) {
    zygote = Zygote(command: command)
    self.limits = limits
  }

  /// Ends the process that extractions are forked from; the next one starts it again.
  package func end() { zygote.end() }

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
    let child: Zygote.Child
    do {
      defer { close(ends[1]) }
      child = try zygote.fork(format, input: descriptor, output: ends[1])
    }
    let isWhole: Bool
    do { isWhole = try read(ends[0], isCancelled, take) } catch {
      _ = child.end()
      throw error
    }
    let isReaped = child.end()
    guard !isWhole else { return }
    guard isReaped else {
      throw ExtractionError(.unavailable, "the process that starts extractions was ended")
    }
    throw ExtractionError(
      .tooMuch,
      "reading the file wanted more memory or time than one file may have, or the file breaks its reader")
  }

  /// Returns whether the last line came.
  private func read(
    _ input: Int32, _ isCancelled: () -> Bool, _ take: (Extracted) throws -> Void
  ) throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(limits.wallSeconds)
    var budget = limits.output
    var blocks = 0
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    var line: [UInt8] = []
    while true {
      if isCancelled() { throw ExtractionError.cancelled }
      guard ContinuousClock.now < deadline else {
        throw ExtractionError(.tooMuch, "reading the file took more than \(limits.wallSeconds) seconds")
      }
      var waiting = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, 200) > 0 else { continue }
      let count = buffer.withUnsafeMutableBytes { Foundation.read(input, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      budget -= count
      guard budget >= 0 else {
        throw ExtractionError(.tooMuch, "the file holds more than \(limits.output >> 20) MiB of text")
      }
      for part in buffer[..<count].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        .enumerated()
      {
        if part.offset > 0 {
          if try finish(line, &blocks, take) { return true }
          line.removeAll(keepingCapacity: true)
        }
        line += part.element
      }
    }
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
