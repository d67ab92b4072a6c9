import Contracts
import HTTPClient

/// What one kind of channel does: makes sense of what its provider sends, and sends to it.
///
/// Adapters hold configuration only; they keep nothing between calls and may be used from any task. Only
/// `channel`, `parse` and `send` must be written; a channel whose provider calls us is a `WebhookChannel`
/// too.
package protocol ChannelAdapter: Sendable {
  var channel: Channel { get }

  /// What a connection lacks for receiving and sending, as the members are called in `connection.created`:
  /// `app_secret`.
  func missing(from secrets: ConnectionCreated.Private) -> [String]

  /// Turns one raw body into its items, in the order of the body; pure and bounded in memory and time.
  ///
  /// Whatever a well-formed body holds becomes an item, if only a counted `other`: nothing is dropped
  /// silently. The same provider id may come more than once, in one body or in many; the reader drops
  /// repetitions.
  /// - Parameters:
  ///   - body: as it was recorded. What authenticated it was checked before and is not recorded.
  ///   - sender: who sent the body, where the engine's own endpoint established it; else ignored.
  /// - Throws: only when the body as a whole is not of this channel's shape.
  func parse(_ body: [UInt8], sender: String?) throws(ChannelError) -> [InboundItem]

  /// `parse` for a reader that has the connection. Some platforms report what was said to others too, and only
  /// who we are there tells what was said to us; where that is not so, this is `parse` without.
  func parse(
    _ body: [UInt8],
    sender: String?,
    for connection: ConnectionCreated.Private
  ) throws(ChannelError) -> [InboundItem]

  /// Sends one message and says what became of it.
  ///
  /// Calls the provider at most once for each part of the message that is not `taken`, and has several parts only when
  /// the text is longer than the platform's limit or the platform takes files apart from texts. Nothing is tried
  /// again here: that is for the caller, after `notTaken`, `partlyTaken` and `unconfirmed` alone.
  func send(
    _ message: OutboundMessage,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> SendOutcome

  /// Gets the bytes of an attachment; may be repeated.
  /// - Parameters:
  ///   - body: the body that the message came in; needed for a `.part` alone.
  ///   - maximumBytes: of the attachment; a longer one is refused as `too-large`, without being read to its end.
  func fetch(
    _ source: AttachmentSource,
    in body: [UInt8]?,
    maximumBytes: Int,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> FetchOutcome

  /// How often the platform takes messages; no limits unless the channel says otherwise.
  var sendLimits: SendLimits { get }

  /// How many of the calls that `sendLimits` count a message will take.
  /// - Parameter message: its files may be without their bytes.
  func calls(for message: OutboundMessage) -> Int

  /// What threads have in common that the platform limits together, as the topics of a group; nil when it limits each by
  /// itself.
  func group(of thread: String) -> String?

  /// Whether the platform reports what was sent through it without naming who sent it. Then such a report is known by
  /// the id that the platform gave the message, and before that is known by what it says.
  var echoesUnmarked: Bool { get }

  /// What the reports of a message will say, as `EchoMark` has it, one for each of its calls; needed where
  /// `echoesUnmarked`.
  /// - Parameter message: its files may be without their bytes.
  func echoMarks(of message: OutboundMessage) -> [String]

  /// How long after a contact's last message the platform takes free text that no person wrote; nil for ever.
  var answerWindow: Duration? { get }

  /// Whether templates that the platform approved beforehand can be sent outside of that time.
  var takesTemplates: Bool { get }

  /// Whether `send` can show places and address cards, if only as lines; if not, they become lines of the text before
  /// it is recorded.
  var showsCards: Bool { get }

  /// Whether the engine itself is the platform: its pages show what the log says.
  var isServedHere: Bool { get }

  /// Whether `ConsentWords` mean what they say: not where they may be said to others, nor where a contact hears nothing
  /// unless they ask.
  /// - Parameter isThread: whether it was said in a thread.
  func hearsConsent(isThread: Bool) -> Bool

  /// Whether what names an account that no connection has is refused, as `other-account`; if not, it is taken for that
  /// of the connection whose address was called.
  var refusesOtherAccounts: Bool { get }

  /// What the code of a `failed` status means, as a reason of `SendOutcome`: platforms refuse some messages only after
  /// they took them. nil for one that says nothing for certain, and where the platform tells of no failures.
  func failureReason(_ code: Int) -> String?

  /// Whether the platform can be told that this message was read, or that a button was seen.
  func acknowledges(_ message: MessageReference) -> Bool

  /// After how long it is to be shown again that an answer is being written; nil where it cannot be shown.
  var typingLasts: Duration? { get }

  /// Calls the provider and says what stands in the way of receiving and sending; changes nothing there.
  /// - Parameter url: where the provider should call; nil where it does not.
  func check(
    _ connection: ConnectionCreated.Private,
    at url: String?,
    using client: HTTPClient
  ) async -> [ConnectionFinding]

  /// Shows the contact that their message was read or that an answer is being written, where the platform
  /// can.
  /// - Returns: whether the provider took it. If not, nothing is lost.
  func show(
    _ signal: ChannelSignal,
    to target: MessageReference,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> Bool
}

extension ChannelAdapter {
  package var sendLimits: SendLimits { SendLimits() }

  package func calls(for message: OutboundMessage) -> Int { 1 }

  package func group(of thread: String) -> String? { nil }

  /// Whether the thread is one of several of its group.
  package func isTopic(_ thread: String) -> Bool { group(of: thread).map { $0 != thread } ?? false }

  package var echoesUnmarked: Bool { false }

  package func echoMarks(of message: OutboundMessage) -> [String] { [] }

  package var answerWindow: Duration? { nil }

  package var takesTemplates: Bool { false }

  package var showsCards: Bool { true }

  package var isServedHere: Bool { false }

  package func hearsConsent(isThread: Bool) -> Bool { !isThread }

  package var refusesOtherAccounts: Bool { false }

  package func failureReason(_ code: Int) -> String? { nil }

  package func acknowledges(_ message: MessageReference) -> Bool { false }

  package var typingLasts: Duration? { nil }

  package func missing(from secrets: ConnectionCreated.Private) -> [String] { [] }

  package func parse(
    _ body: [UInt8],
    sender: String?,
    for connection: ConnectionCreated.Private
  ) throws(ChannelError) -> [InboundItem] {
    try parse(body, sender: sender)
  }

  /// `parse` of a body that was recorded as text.
  package func parse(_ body: String, sender: String?) throws(ChannelError) -> [InboundItem] {
    try parse(Array(body.utf8), sender: sender)
  }

  package func fetch(
    _ source: AttachmentSource,
    in body: [UInt8]?,
    maximumBytes: Int,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> FetchOutcome {
    .failed(reason: "unsupported", code: nil)
  }

  package func check(
    _ connection: ConnectionCreated.Private,
    at url: String?,
    using client: HTTPClient
  ) async -> [ConnectionFinding] { [] }

  package func show(
    _ signal: ChannelSignal,
    to target: MessageReference,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> Bool { false }
}

package enum ChannelSignal: Sendable, Equatable {
  case read
  /// Fades by itself within seconds, or with the answer.
  case typing
}

/// A message of a contact, as its provider knows it.
package struct MessageReference: Sendable, Equatable {
  package let address: String
  package let thread: String?
  package let providerID: String

  package init(address: String, thread: String? = nil, providerID: String) {
    self.address = address
    self.thread = thread
    self.providerID = providerID
  }
}
