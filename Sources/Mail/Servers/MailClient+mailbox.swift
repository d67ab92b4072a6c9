import CCurl
import FoundationEssentials

extension MailClient {
  /// What one step fetches at most.
  package struct StepLimits: Sendable {
    package var messages = 50
    /// Of all messages together; the first is taken whatever it has.
    package var bytes = 32 << 20
    /// Of one message; of larger ones the beginning is fetched.
    package var messageBytes = 25 << 20
    /// How much is fetched of a larger one.
    package var cutBytes = 1 << 20
    /// The numbers looked at, of which not each need have a message.
    package var span: UInt32 = 1_000
    /// What arrived so long before reading began counts as new: clocks differ.
    package var margin = Duration.seconds(3_600)
    /// For each request.
    package var timeout = Duration.seconds(60)

    package init() {}
  }

  /// Fetches the messages of INBOX after a position, oldest first, and marks them as seen.
  ///
  /// The same position gives the same messages for as long as they are there. When the server numbers anew,
  /// all that arrived since reading began comes again: whoever reads it knows messages by their ids.
  /// - Parameter position: nil for the end: only what comes from now on is wanted.
  package func poll(
    after position: MailboxPosition?, from server: MailServer, limits: StepLimits = StepLimits()
  ) async throws(MailError) -> MailboxStep {
    try await withTransfer(to: server) { transfer in
      Result { () throws(MailError) in try MailboxReader(server, transfer, limits).step(after: position) }
    }
  }

  /// Waits until there is a message after the position, or for `timeout` (RFC 2177).
  /// - Parameter timeout: of less than half an hour, after which servers may hang up.
  /// - Returns: whether there is one. False may come early, when the server ends the wait.
  /// - Throws: `refused` when the server knows no IDLE.
  package func wait(
    after position: MailboxPosition, at server: MailServer, timeout: Duration = .seconds(25 * 60)
  ) async throws(MailError) -> Bool {
    try await withTransfer(to: server) { transfer in
      Result { () throws(MailError) in
        try MailboxReader(server, transfer, StepLimits()).wait(position, timeout)
      }
    }
  }
}

/// Reads one mailbox over one connection, which selects it once.
private struct MailboxReader {
  let server: MailServer
  let transfer: MailTransfer
  let limits: MailClient.StepLimits

  init(_ server: MailServer, _ transfer: MailTransfer, _ limits: MailClient.StepLimits) {
    self.server = server
    self.transfer = transfer
    self.limits = limits
  }

  func step(after position: MailboxPosition?) throws(MailError) -> MailboxStep {
    let state = try select()
    let now = Date()
    let since = position?.since ?? now.addingTimeInterval(-Double(limits.margin.components.seconds))
    let start: UInt32
    if let position {
      start =
        position.validity == state.validity ? position.uid : try lastUID(before: since, of: state)
    } else {
      start = state.nextUID - 1
    }
    guard start < state.nextUID - 1 else {
      return MailboxStep(
        messages: [], tooLarge: [],
        next: MailboxPosition(validity: state.validity, uid: start, since: since), isMore: false)
    }
    let end = start + min(limits.span, state.nextUID - 1 - start)
    let entries = try entries(from: start + 1, to: end).filter { ($0.arrival ?? now) >= since }
    return try read(entries, of: state, since: since, to: end)
  }

  /// Where to begin in a numbering that is new: before the first message of the day, by the server's days.
  private func lastUID(before since: Date, of state: MailboxState) throws(MailError) -> UInt32 {
    try request("UID SEARCH SINCE \(IMAPDate.day(since.addingTimeInterval(-86_400)))")
    let found = transfer.lines.filter { $0.hasPrefix("* SEARCH") }
      .flatMap { $0.split(separator: " ").dropFirst(2).compactMap { UInt32($0) } }
    return min(found.min() ?? state.nextUID, state.nextUID) - 1
  }

  private func read(
    _ entries: [MailboxEntry], of state: MailboxState, since: Date, to end: UInt32
  ) throws(MailError) -> MailboxStep {
    var messages: [MailboxStep.Message] = []
    var tooLarge: [UInt32] = []
    var bytes = 0
    var reached = end
    for entry in entries {
      let isCut = entry.bytes > limits.messageBytes
      bytes += isCut ? limits.cutBytes : entry.bytes
      if !messages.isEmpty, messages.count == limits.messages || bytes > limits.bytes {
        reached = entry.uid - 1
        break
      }
      if isCut { tooLarge.append(entry.uid) }
      if let message = try fetch(entry, isCut: isCut, of: state) { messages.append(message) }
    }
    return MailboxStep(
      messages: messages, tooLarge: tooLarge,
      next: MailboxPosition(validity: state.validity, uid: reached, since: since),
      isMore: reached < state.nextUID - 1)
  }

  private func select() throws(MailError) -> MailboxState {
    try request("NOOP")
    guard let state = MailboxState(transfer.lines) else {
      throw MailError(code: .refused, message: "the mailbox does not number its messages")
    }
    return state
  }

  private func entries(from first: UInt32, to last: UInt32) throws(MailError) -> [MailboxEntry] {
    try request("UID FETCH \(first):\(last) (UID RFC822.SIZE INTERNALDATE)")
    let entries = transfer.lines.compactMap { MailboxEntry($0) }.filter { (first...last).contains($0.uid) }
    // A server may tell of one message twice, as when its flags change.
    return Dictionary(entries.map { ($0.uid, $0) }) { $1 }.values.sorted { $0.uid < $1.uid }
  }

  /// nil when it is there no longer, or when the server gives more of it than was asked for.
  private func fetch(
    _ entry: MailboxEntry, isCut: Bool, of state: MailboxState
  ) throws(MailError) -> MailboxStep.Message? {
    transfer.set(CURLOPT_CUSTOMREQUEST, nil)
    // RFC 5092, section 6.1: from the first byte, so many.
    let part = isCut ? "/;PARTIAL=0.\(limits.cutBytes)" : ""
    transfer.set(CURLOPT_URL, "\(server.url)/INBOX;UIDVALIDITY=\(state.validity)/;UID=\(entry.uid)\(part)")
    let limits = MailTransfer.Limits(bodyBytes: limits.messageBytes + (1 << 20), timeout: limits.timeout)
    switch transfer.perform(limits) {
    case .success:
      guard isCut else { return MailboxStep.Message(uid: entry.uid, bytes: transfer.body, whole: nil) }
      return MailboxStep.Message(
        uid: entry.uid, bytes: Array(transfer.body.prefix(self.limits.cutBytes)), whole: entry.bytes)
    case .failure(let error) where error.code == .refused: return nil
    // Reading goes on behind it: a server that cuts nothing would be asked for it for ever.
    case .failure(let error) where isCut && error.code == .tooLarge: return nil
    case .failure(let error): throw error
    }
  }

  private func request(
    _ command: String, timeout: Duration? = nil, isToContinue: @escaping (String) -> Bool = { _ in true }
  ) throws(MailError) {
    transfer.set(CURLOPT_URL, "\(server.url)/INBOX")
    transfer.set(CURLOPT_CUSTOMREQUEST, command)
    let limits = MailTransfer.Limits(bodyBytes: 4 << 20, timeout: timeout ?? limits.timeout)
    try transfer.perform(limits, isToContinue: isToContinue).get()
  }

  func wait(_ position: MailboxPosition, _ timeout: Duration) throws(MailError) -> Bool {
    let state = try select()
    if state.validity != position.validity || state.nextUID > position.uid + 1 { return true }
    // The first is told when the mailbox is selected; one more came since then, and is not told again.
    if transfer.lines.count(where: Self.isArrival) > 1 { return true }
    var isIdle = false
    var isNew = false
    do throws(MailError) {
      try request("IDLE", timeout: timeout) { line in
        if line.hasPrefix("+") { isIdle = true }
        if Self.isArrival(line) { isNew = true }
        return !isNew
      }
    } catch {
      if isNew { return true }
      if isIdle, error.code == .timeout || error.code == .connectionLost { return false }
      throw error
    }
    return false
  }

  private static func isArrival(_ line: String) -> Bool { line.hasPrefix("* ") && line.hasSuffix(" EXISTS") }
}
