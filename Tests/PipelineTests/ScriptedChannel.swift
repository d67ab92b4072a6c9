import Channels
import Contracts
import Foundation
import HTTPClient
import Synchronization
import TestKit

/// Stands for a provider whose bodies name what they hold: a body is a key of what was told before.
final class ScriptedChannel: WebhookChannel {
  let channel: Channel
  let maximumBodyBytes = 1 << 20
  private let bodies = Mutex<[String: [InboundItem]]>([:])
  let typingLasts: Duration? = .milliseconds(100)
  let sendLimits: SendLimits
  let echoesUnmarked: Bool
  let refusesOtherAccounts: Bool
  /// nil of a channel that has none.
  private let real: (any ChannelAdapter)?
  private let shown = Mutex<[ChannelSignal]>([])
  private let file: @Sendable (AttachmentSource, Int) async -> FetchOutcome
  private let fetched = Mutex<[AttachmentSource]>([])
  private let pointed = Mutex<[MessageReference]>([])
  private let acknowledging = Mutex<[Bool]>([])
  private let onSend: @Sendable (OutboundMessage) -> Void
  private let groups: @Sendable (String) -> String?
  private let plans = Mutex(0)

  /// - Parameters:
  ///   - channel: that it stands for.
  ///   - like: whose answers it gives to what stages ask of it; nil for the channel's own adapter.
  init(
    _ channel: Channel = .whatsapp, sendLimits: SendLimits = SendLimits(), echoesUnmarked: Bool = false,
    refusesOtherAccounts: Bool = false, like other: (any ChannelAdapter)? = nil,
    file: @escaping @Sendable (AttachmentSource, Int) async -> FetchOutcome = { _, _ in
      .failed(reason: "gone", code: 404)
    }, onSend: @escaping @Sendable (OutboundMessage) -> Void = { _ in },
    group: @escaping @Sendable (String) -> String? = { _ in nil }
  ) {
    self.channel = channel
    real = other ?? ChannelAdapters()[channel]
    self.sendLimits = sendLimits
    self.echoesUnmarked = echoesUnmarked
    self.refusesOtherAccounts = refusesOtherAccounts
    self.file = file
    self.onSend = onSend
    groups = group
  }

  /// How often the calls of a message were counted.
  var counted: Int { plans.withLock { $0 } }

  var answerWindow: Duration? { real?.answerWindow }

  var takesTemplates: Bool { real?.takesTemplates ?? false }

  var showsCards: Bool { real?.showsCards ?? true }

  func hearsConsent(isThread: Bool) -> Bool { real?.hearsConsent(isThread: isThread) ?? !isThread }

  func group(of thread: String) -> String? { groups(thread) }

  func calls(for message: OutboundMessage) -> Int {
    plans.withLock { $0 += 1 }
    return 1
  }

  func echoMarks(of message: OutboundMessage) -> [String] { [EchoMark.text(message.text)] }

  func acknowledges(_ message: MessageReference) -> Bool { !message.providerID.hasPrefix("mute") }

  /// The provider refuses to hear so many times that a message was read.
  func refuseReads(_ count: Int) {
    acknowledging.withLock { $0 = Array(repeating: false, count: count) }
  }

  var signals: [ChannelSignal] { shown.withLock { $0 } }
  /// What the signals were about.
  var targets: [MessageReference] { pointed.withLock { $0 } }

  func fetchCount(of source: AttachmentSource) -> Int { fetched.withLock { $0.count { $0 == source } } }

  func isAuthentic(_ call: WebhookCall, for connection: ConnectionCreated.Private) -> Bool { true }

  func parse(_ body: [UInt8], sender: String?) throws(ChannelError) -> [InboundItem] {
    bodies.withLock { $0[String(decoding: body, as: UTF8.self)] ?? [] }
  }

  func send(
    _ message: OutboundMessage, from connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> SendOutcome {
    onSend(message)
    return .accepted(providerID: "sent \(message.id)")
  }

  func fetch(
    _ source: AttachmentSource, in body: [UInt8]?, maximumBytes: Int,
    from connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> FetchOutcome {
    let call = fetched.withLock { fetched in
      fetched.append(source)
      return fetched.count
    }
    // A body's parts are the body itself, as far as there are any.
    if case .part(let number) = source {
      guard let body, number < 5 else { return .failed(reason: "gone", code: nil) }
      return .fetched(bytes: body, mediaType: nil)
    }
    return await file(source, call)
  }

  func show(
    _ signal: ChannelSignal, to target: MessageReference, from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> Bool {
    shown.withLock { $0.append(signal) }
    pointed.withLock { $0.append(target) }
    if signal == .read { return acknowledging.withLock { $0.popLast() } ?? true }
    return true
  }

  /// The provider reports these in one body.
  func report(_ items: InboundItem..., to tenant: TestTenant) async throws {
    try await tenant.receive(prepare(items), on: tenant.whatsApp, channel: channel)
  }

  /// The provider reports these one body after the other, and nothing comes between.
  func report(bodies: [[InboundItem]], to tenant: TestTenant) async throws {
    try await tenant.receive(bodies.map(prepare), on: tenant.whatsApp, channel: channel)
  }

  /// From here on a body is read as these.
  func learn(_ body: String, _ items: [InboundItem]) { bodies.withLock { $0[body] = items } }

  /// A body that holds these.
  func prepare(_ items: [InboundItem]) -> String {
    let body = UUID().uuidString
    bodies.withLock { $0[body] = items }
    return body
  }
}

extension InboundItem {
  static func text(_ id: String, _ text: String, from origin: InboundOrigin) -> InboundItem {
    .message(InboundMessage(providerID: id, origin: origin, content: InboundContent(.text, text: text)))
  }

  static func edit(_ id: String, of target: String, _ text: String, from origin: InboundOrigin) -> InboundItem
  {
    .edit(
      InboundEdit(
        providerID: id, target: target, origin: origin, content: InboundContent(.text, text: text)))
  }

  static func deletion(of target: String, from origin: InboundOrigin) -> InboundItem {
    .deletion(InboundDeletion(target: target, origin: origin))
  }
}

extension InboundOrigin {
  static func of(_ address: String, thread: String? = nil, account: String? = nil) -> InboundOrigin {
    InboundOrigin(
      account: account, address: address, name: address.uppercased(), thread: thread,
      time: Date(timeIntervalSince1970: 1_700_000_000))
  }
}
