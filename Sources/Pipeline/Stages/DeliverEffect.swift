import Channels
import Contracts
import Foundation
import HTTPClient
import Keyring

/// Hand one message to its provider.
package struct DeliverEffect: Sendable {
  package let channel: Channel
  package let secrets: ConnectionCreated.Private
  package let message: OutboundMessage
  /// What the contact last wrote, to be shown as read.
  package let answers: MessageReference?
}

/// `SendOutcome` as the ledger keeps it.
package enum DeliverOutcome: Codable, Sendable {
  case accepted(providerID: String, milliseconds: Double)
  case notTaken(reason: String, code: Int?, retryAfterSeconds: Double?)
  case rejected(reason: String, code: Int?)
  case uncertain(reason: String)
}

/// Sends through the channel's adapter.
package struct ChannelSender: EffectPerformer {
  private let channels: ChannelAdapters
  private let client: HTTPClient

  package init(channels: ChannelAdapters, client: HTTPClient) {
    self.channels = channels
    self.client = client
  }

  package func perform(_ effect: DeliverEffect) async -> DeliverOutcome {
    let clock = ContinuousClock()
    let start = clock.now
    let channel: any ChannelAdapter
    do { channel = try channels.adapter(for: effect.channel) } catch {
      return .rejected(reason: error.code.rawValue, code: nil)
    }
    // A hint beside the sending: it neither holds it up nor outlives it.
    async let _ = show(.read, effect, on: channel)
    let outcome = await channel.send(effect.message, from: effect.secrets, using: client)
    return switch outcome {
    case .accepted(let id):
      .accepted(providerID: id, milliseconds: (clock.now - start).seconds * 1_000)
    case .notTaken(let reason, let code, let retryAfter):
      .notTaken(reason: reason, code: code, retryAfterSeconds: retryAfter?.seconds)
    case .rejected(let reason, let code): .rejected(reason: reason, code: code)
    case .uncertain(let reason): .uncertain(reason: reason)
    }
  }

  private func show(
    _ signal: ChannelSignal, _ effect: DeliverEffect, on channel: any ChannelAdapter
  ) async -> Bool {
    guard let message = effect.answers else { return false }
    return await channel.show(signal, to: message, from: effect.secrets, using: client)
  }
}

/// Makes the events that end a delivery.
struct DeliveryReport {
  let stage: StageName
  let record: Record
  let message: Outgoing
  let target: DeliverState.Target
  let attempts: Int
  let context: StageContext

  func succeeded(
    _ providerID: String, milliseconds: Double, tenantKey: SealingKey, contactKey: SealingKey?
  ) throws -> Event {
    try record.makes(
      DeliverySucceeded.self, by: stage, key: record.event.key,
      facts: DeliverySucceeded.Facts(
        conversation: target.conversation, message: message.id, connection: target.connection,
        channel: target.channel,
        providerHMAC: tenantKey.hmac(providerID, on: target.channel), attempts: attempts,
        milliseconds: milliseconds),
      private: contactKey.map { _ in DeliverySucceeded.Private(providerID: providerID) },
      sealedWith: contactKey, at: context.now)
  }

  func failed(_ reason: String, code: Int?) throws -> Event {
    try record.makes(
      DeliveryFailed.self, by: stage, key: record.event.key, facts: problem(reason, code),
      at: context.now)
  }

  func uncertain(_ reason: String) throws -> Event {
    try record.makes(
      DeliveryUncertain.self, by: stage, key: record.event.key, facts: problem(reason, nil),
      at: context.now)
  }

  private func problem(_ reason: String, _ code: Int?) -> DeliveryProblem {
    DeliveryProblem(
      conversation: target.conversation, message: message.id, connection: target.connection,
      channel: target.channel, reason: reason, code: code, attempts: attempts)
  }
}
