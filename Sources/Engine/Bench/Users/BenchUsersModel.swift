import Foundation
import JSON
import Simulation
import Synchronization

/// A chat model over HTTP that takes 0.5 to 2 seconds, streams what it says, and remembers how long it took of each
/// message.
///
/// Unchecked: but for `times`, only touched by the loop's thread.
final class BenchUsersModel: @unchecked Sendable {
  /// What a visitor's message with this number took of the model itself.
  struct Times: Sendable {
    let firstToken: Duration
    let whole: Duration
  }

  /// The address that it serves on.
  let port: Int
  private let loop: SocketLoop
  private var numbers: SeededNumbers
  private let times = Mutex<[BenchUserMessage: Times]>([:])

  /// Serves until it is stopped.
  init(seed: UInt64) throws {
    numbers = SeededNumbers(seed: seed)
    loop = try SocketLoop()
    let (listener, port) = try LoopbackSocket.listening(backlog: 4_096)
    self.port = port
    loop.watch(listener) { [self] in
      while case let descriptor = accept(listener, nil, nil), descriptor >= 0 { take(descriptor) }
    }
    loop.start("model")
  }

  func stop() { loop.stop() }

  /// Of a message that the model was asked about last.
  func take(_ message: BenchUserMessage) -> Times? { times.withLock { $0.removeValue(forKey: message) } }

  // MARK: Connections

  private func take(_ descriptor: Int32) {
    LoopbackSocket.noDelay(descriptor)
    let caller = Caller(descriptor)
    loop.watch(descriptor) { [self] in
      guard caller.receive() else { return close(caller) }
      while let body = caller.nextBody() { answer(body, to: caller) }
    }
  }

  private func close(_ caller: Caller) {
    guard caller.isOpen else { return }
    caller.isOpen = false
    loop.end(caller.descriptor)
  }

  /// What one caller has sent and was not answered.
  private final class Caller {
    let descriptor: Int32
    var isOpen = true
    private var bytes: [UInt8] = []
    private var buffer = [UInt8](repeating: 0, count: 16 << 10)

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// False once the connection has ended.
    func receive() -> Bool {
      let length = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      if length > 0 { bytes += buffer[..<length] }
      return length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR))
    }

    func nextBody() -> [UInt8]? {
      guard let head = HTTPHead(bytes), bytes.count >= head.length + head.bodyLength else { return nil }
      let body = Array(bytes[head.length..<(head.length + head.bodyLength)])
      bytes.removeFirst(head.length + head.bodyLength)
      return body
    }
  }

  // MARK: Answers

  /// A stream of chunks (OpenAI API reference, "Chat completion chunk object"), of which each is a chunk of the body
  /// (RFC 9112, section 7.1).
  private func answer(_ body: [UInt8], to caller: Caller) {
    let asked = ContinuousClock.now
    let last = (try? JSONValue(parsing: body))?["messages"]?.array?.last { $0["role"]?.string == "user" }
    let message = last?["content"]?.string.flatMap(BenchUserMessage.init(in:))
    guard write(Self.head, to: caller) else { return }
    let takes = Duration.milliseconds(Int.random(in: 500...2_000, using: &numbers))
    say(0, of: message, asked: asked, takes: takes, firstToken: nil, to: caller)
  }

  /// Waits until a piece is due, and says it and those behind it.
  private func say(
    _ piece: Int, of message: BenchUserMessage?, asked: ContinuousClock.Instant, takes: Duration,
    firstToken: Duration?, to caller: Caller
  ) {
    loop.at(asked + takes * (piece + 1) / Self.pieces.count) { [self] in
      let isLast = piece + 1 == Self.pieces.count
      let took = ContinuousClock.now - asked
      let firstToken = firstToken ?? took
      // Before anybody can know of the answer.
      if isLast, let message { times.withLock { $0[message] = Times(firstToken: firstToken, whole: took) } }
      guard write(Self.pieces[piece], to: caller), !isLast else { return }
      say(piece + 1, of: message, asked: asked, takes: takes, firstToken: firstToken, to: caller)
    }
  }

  private func write(_ bytes: [UInt8], to caller: Caller) -> Bool {
    guard caller.isOpen else { return false }
    guard LoopbackSocket.send(bytes, to: caller.descriptor) else {
      close(caller)
      return false
    }
    return true
  }

  private static let head = Array(
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)

  /// What every answer consists of, as it is sent.
  private static let pieces: [[UInt8]] = (1...8).map { piece in
    let isLast = piece == 8
    let choice =
      #"{"index":0,"delta":{"content":"Piece \#(piece). "},"finish_reason":\#(isLast ? #""stop""# : "null")}"#
    let usage = isLast ? #","usage":{"prompt_tokens":100,"completion_tokens":20}"# : ""
    let text =
      #"data: {"id":"bench","object":"chat.completion.chunk","model":"bench","choices":[\#(choice)]\#(usage)}"#
      + "\n\n" + (isLast ? "data: [DONE]\n\n" : "")
    return Array("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n\(isLast ? "0\r\n\r\n" : "")".utf8)
  }
}

/// A visitor's message by its numbers, which stand in its text.
struct BenchUserMessage: Hashable, Sendable {
  let user: Int
  let number: Int

  init(user: Int, number: Int) {
    self.user = user
    self.number = number
  }

  var text: String { "What is your return policy, asks visitor \(user)/\(number)/?" }

  /// The last one that a prompt holds.
  init?(in prompt: String) {
    guard let mark = prompt.ranges(of: "visitor ").last else { return nil }
    let parts = prompt[mark.upperBound...].split(separator: "/", maxSplits: 2)
    guard parts.count == 3, let user = Int(parts[0]), let number = Int(parts[1]) else { return nil }
    self.init(user: user, number: number)
  }
}
