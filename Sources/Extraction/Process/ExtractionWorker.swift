import Foundation
import JSON

/// A line of what the process of an extraction writes.
struct ExtractionLine: Codable {
  var block: Block?
  var done: Int?
  var of: Int?
  var failed: ExtractionError.Code?
  var why: String?
  var end: Bool?
}

extension ExtractionLine {
  init(_ extracted: Extracted) {
    switch extracted {
    case .block(let block): self.init(block: block)
    case .progress(let done, let count): self.init(done: done, of: count)
    }
  }
}

/// The body of the process: the file on standard input, lines of JSON on standard output.
package enum ExtractionWorker {
  package static func run(_ format: DocumentFormat, limits: ExtractionLimits) {
    let output = LineWriter()
    var last = ExtractionLine(end: true)
    do {
      try Sandbox.enter(limits)
      try Extractor.extract(format, from: STDIN_FILENO) { extracted in
        try output.write(ExtractionLine(extracted))
        if case .progress = extracted { output.flush() }
      }
    } catch {
      let failure = error as? ExtractionError ?? ExtractionError(.damaged, "\(error)")
      last = ExtractionLine(failed: failure.code, why: failure.description)
    }
    try? output.write(last)
    output.flush()
  }
}

/// Writes lines in large pieces.
private final class LineWriter {
  private var buffer: [UInt8] = []

  func write(_ line: ExtractionLine) throws {
    buffer += try JSON.encode(line)
    buffer.append(UInt8(ascii: "\n"))
    if buffer.count >= 64 << 10 { flush() }
  }

  func flush() {
    var rest = buffer[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      // Who reads has had enough.
      guard count > 0 else { _exit(1) }
      rest = rest.dropFirst(count)
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
