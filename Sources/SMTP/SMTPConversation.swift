import NIOCore

/// Carries out what a session says on one connection.
struct SMTPConversation {
  private var session: SMTPSession
  private var stream: SMTPStream
  private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  private let channel: any Channel
  private let taker: any MailTaker
  private let limits: SMTPLimits
  private let budget: SMTPBudget

  init(
    session: SMTPSession, stream: SMTPStream, outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
    channel: any Channel, taker: any MailTaker, limits: SMTPLimits, budget: SMTPBudget
  ) {
    self.session = session
    self.stream = stream
    self.outbound = outbound
    self.channel = channel
    self.taker = taker
    self.limits = limits
    self.budget = budget
  }

  /// Returns when the connection is to be closed.
  mutating func run(name: String) async throws {
    try await say("220 \(name) ESMTP\r\n")
    while let line = try await stream.line() {
      let step: SMTPSession.Step =
        switch line {
        case .command(let bytes): session.receive(bytes)
        case .malformed: session.refuse(.malformedLine)
        case .tooLong: .close(.lineTooLong)
        }
      guard try await carryOut(step) else { return }
    }
  }

  /// - Returns: whether to go on.
  private mutating func carryOut(_ step: SMTPSession.Step) async throws -> Bool {
    switch step {
    case .answer(let answer): try await say(answer.line)
    case .greet(let lines):
      let last = lines.count - 1
      try await say(lines.enumerated().map { "250\($0 == last ? " " : "-")\($1)\r\n" }.joined())
    case .close(let answer):
      try await say(answer.line)
      return false
    case .signIn(let credentials):
      let answer = await taker.signIn(credentials)
      return try await carryOut(session.note(answer, signingIn: credentials))
    case .ask(let recipient, let credentials):
      let answer = await taker.recipient(recipient, from: credentials)
      return try await carryOut(session.note(answer, of: recipient))
    case .read(let envelope): return try await readMessage(envelope)
    case .startTLS:
      // The handler says that it is ready, as that must be the last that is said in clear.
      try await channel.triggerUserOutboundEvent(StartTLSHandler.Begin(after: stream.consumed)).get()
      session.becomeEncrypted()
    }
    return true
  }

  private mutating func readMessage(_ envelope: SMTPEnvelope) async throws -> Bool {
    try await say(SMTPAnswer.goOn.line)
    let share = budget.share()
    var reader = SMTPMessageReader(maximumBytes: limits.messageBytes)
    // What is too large is still read to its end, within reason, so that the client hears why it is refused.
    guard try await stream.read(into: &reader, budget: share, limit: 4 * limits.messageBytes) else {
      return false
    }
    let answer: SMTPAnswer
    if share.isRefused {
      answer = .noRoom
    } else if reader.isTooLarge {
      answer = .tooLarge
    } else if reader.hasBareLineFeed {
      answer = .bareLineFeed
    } else {
      answer = await taker.take(reader.bytes, envelope)
    }
    return try await carryOut(answer.isPositive ? .answer(answer) : session.refuse(answer))
  }

  private func say(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }
}
