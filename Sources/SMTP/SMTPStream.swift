import NIOCore

/// The bytes of a client, as lines and as messages.
struct SMTPStream {
  enum Line: Equatable {
    /// Without its end.
    case command([UInt8])
    case tooLong
    /// It holds a CR, LF or NUL where none belongs.
    case malformed
  }

  private var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
  private var buffer = ByteBuffer()
  /// Of all that came, how many bytes were given out.
  private(set) var consumed = 0
  private let maximumLine: Int

  init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, maximumLine: Int) {
    iterator = inbound.makeAsyncIterator()
    self.maximumLine = maximumLine
  }

  /// nil once the client has closed.
  mutating func line() async throws -> Line? {
    while true {
      let view = buffer.readableBytesView
      if let end = view.prefix(maximumLine + 2).firstIndex(of: UInt8(ascii: "\n")) {
        let line = view[..<end]
        take(line.count + 1)
        guard line.last == UInt8(ascii: "\r"),
          !line.dropLast().contains(where: { $0 == UInt8(ascii: "\r") || $0 == 0 })
        else { return .malformed }
        return .command(Array(line.dropLast()))
      }
      if view.count > maximumLine { return .tooLong }
      guard try await more() else { return nil }
    }
  }

  /// Gives what came to a reader until it has a message.
  /// - Returns: false when the client closed before its end.
  mutating func read(
    into reader: inout SMTPMessageReader, budget: SMTPBudget.Share, limit: Int
  ) async throws -> Bool {
    while true {
      let end = buffer.readableBytesView.withUnsafeBytes { reader.read($0.bindMemory(to: UInt8.self)) }
      take(end ?? buffer.readableBytes)
      if !budget.hold(reader.bytes.count) { reader.drop() }
      if end != nil { return true }
      guard reader.length <= limit, try await more() else { return false }
    }
  }

  private mutating func take(_ count: Int) {
    consumed += count
    buffer.moveReaderIndex(forwardBy: count)
  }

  private mutating func more() async throws -> Bool {
    guard var next = try await iterator.next() else { return false }
    if buffer.readableBytes == 0 { buffer = next } else { buffer.writeBuffer(&next) }
    return true
  }
}
