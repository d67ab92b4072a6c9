import Channels
import Contracts
import EventLog
import Foundation
import HTTPClient
import Keyring
import Knowledge
import Postgres

/// Hand one message to its provider.
package struct DeliverEffect: Sendable {
  package let channel: Channel
  package let secrets: ConnectionCreated.Private
  /// All of it but the bytes of its files.
  package let message: OutboundMessage
  package let files: [OutgoingFile]
}

/// `SendOutcome` as the ledger keeps it.
package enum DeliverOutcome: Codable, Sendable {
  case accepted(providerID: String, earlier: [String]? = nil, milliseconds: Double)
  case notTaken(reason: String, code: Int?, retryAfterSeconds: Double?)
  case partlyTaken(ids: [String], reason: String, code: Int?, retryAfterSeconds: Double?)
  case unconfirmed(reason: String, parts: [String]? = nil)
  case rejected(reason: String, code: Int?)
  case uncertain(reason: String, parts: [String]? = nil)

  /// The event that it leads to, or the state, holds the ids, sealed.
  var withoutProviderID: DeliverOutcome {
    switch self {
    case .accepted(_, _, let milliseconds): .accepted(providerID: "", milliseconds: milliseconds)
    case .partlyTaken(_, let reason, let code, let seconds):
      .partlyTaken(ids: [], reason: reason, code: code, retryAfterSeconds: seconds)
    case .unconfirmed(let reason, _): .unconfirmed(reason: reason)
    case .uncertain(let reason, _): .uncertain(reason: reason)
    case .notTaken, .rejected: self
    }
  }
}

/// Sends through the channel's adapter.
package struct ChannelSender: EffectPerformer {
  private let channels: ChannelAdapters
  private let client: HTTPClient
  private let pool: PostgresPool
  private let links: FileLinks?

  /// - Parameter links: where providers may get files that they take in no other way; nil where they cannot call.
  package init(channels: ChannelAdapters, client: HTTPClient, pool: PostgresPool, links: FileLinks? = nil) {
    self.channels = channels
    self.client = client
    self.pool = pool
    self.links = links
  }

  package func perform(_ effect: DeliverEffect) async -> DeliverOutcome {
    let clock = ContinuousClock()
    let start = clock.now
    let channel: any ChannelAdapter
    do { channel = try channels.adapter(for: effect.channel) } catch {
      return .rejected(reason: error.code.rawValue, code: nil)
    }
    let message: OutboundMessage
    do { message = try await effect.message.with(files(of: effect)) } catch let error as MissingFile {
      return .rejected(reason: error.reason, code: nil)
    } catch {
      return .notTaken(reason: "store-unavailable", code: nil, retryAfterSeconds: nil)
    }
    let outcome = await channel.send(message, from: effect.secrets, using: client)
    return switch outcome {
    case .accepted(let id, let earlier):
      .accepted(
        providerID: id, earlier: earlier.isEmpty ? nil : earlier,
        milliseconds: (clock.now - start).seconds * 1_000)
    case .notTaken(let reason, let code, let retryAfter):
      .notTaken(reason: reason, code: code, retryAfterSeconds: retryAfter?.seconds)
    case .partlyTaken(let ids, let reason, let code, let retryAfter):
      .partlyTaken(ids: ids, reason: reason, code: code, retryAfterSeconds: retryAfter?.seconds)
    case .rejected(let reason, let code): .rejected(reason: reason, code: code)
    case .unconfirmed(let reason, let parts):
      .unconfirmed(reason: reason, parts: parts.isEmpty ? nil : parts)
    case .uncertain(let reason, let parts): .uncertain(reason: reason, parts: parts.isEmpty ? nil : parts)
    }
  }

  private struct MissingFile: Error { let reason = "attachment-gone" }

  private func files(of effect: DeliverEffect) async throws -> [OutboundAttachment] {
    guard !effect.files.isEmpty else { return [] }
    let sealed = try await pool.withTransaction { transaction in
      try effect.files.map { file in
        guard let bytes = try BlobStore.get(hash: file.blob, in: transaction) else { throw MissingFile() }
        return bytes
      }
    }
    return try zip(effect.files, sealed).map { file, sealed in
      OutboundAttachment(
        kind: file.kind, mediaType: file.mediaType, name: file.name,
        bytes: try JWE.open(String(decoding: sealed, as: UTF8.self), with: file.key),
        url: links?.url(of: file, at: Surroundings.date))
    }
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
  /// How often it was sent again after a call that may have been carried out.
  var resends = 0

  func succeeded(
    _ providerID: String, earlier: [String]?, milliseconds: Double, tenantKey: SealingKey,
    contactKey: SealingKey?
  ) throws -> Event {
    try record.makes(
      DeliverySucceeded.self, by: stage, key: record.event.key,
      facts: DeliverySucceeded.Facts(
        conversation: target.conversation, message: message.id, connection: target.connection,
        channel: target.channel,
        providerHMAC: tenantKey.hmac(providerID, on: target.channel),
        parts: earlier.map { $0.map { tenantKey.hmac($0, on: target.channel) } }, attempts: attempts,
        milliseconds: milliseconds, resends: resends == 0 ? nil : resends),
      private: contactKey.map { _ in DeliverySucceeded.Private(providerID: providerID, parts: earlier) },
      sealedWith: contactKey, at: context.now)
  }

  /// The provider told of the message instead of answering the call.
  /// - Parameters:
  ///   - earlier: the ids and HMACs of the parts before the last.
  ///   - since: when the call ended.
  ///   - key: the contact's; nil once that is destroyed.
  func settled(
    by told: MarkedReport, earlier: (ids: [String], hmacs: [String]), since: Date, key: SealingKey?,
    _ keys: [KeyID: SealingKey]
  ) throws -> Event {
    let content = try told.providerID(keys).map {
      DeliverySucceeded.Private(providerID: $0, parts: earlier.ids.isEmpty ? nil : earlier.ids)
    }
    return try record.makes(
      DeliverySucceeded.self, by: stage, key: record.event.key,
      facts: DeliverySucceeded.Facts(
        conversation: target.conversation, message: message.id, connection: target.connection,
        channel: target.channel, providerHMAC: told.providerHMAC,
        parts: earlier.hmacs.isEmpty ? nil : earlier.hmacs, attempts: attempts,
        milliseconds: max(0, context.now.timeIntervalSince(since) * 1_000),
        resends: resends == 0 ? nil : resends),
      private: key == nil ? nil : content, sealedWith: key, at: context.now)
  }

  func failed(_ reason: String, code: Int?) throws -> Event {
    try record.makes(
      DeliveryFailed.self, by: stage, key: record.event.key, facts: problem(reason, code, []),
      at: context.now)
  }

  /// It is not sent any more. What was taken of it, or may have been, makes that uncertain, in the eyes of whoever looks
  /// after it.
  /// - Parameter taken: HMACs of the ids of these parts.
  func ended(_ reason: String, code: Int? = nil, taken: [String]) throws -> Event {
    if taken.isEmpty, resends == 0 { return try failed(reason, code: code) }
    return try uncertain(taken.isEmpty ? reason : "partly-taken", code: code, parts: taken)
  }

  /// - Parameter parts: HMACs of the ids of what was taken all the same.
  func uncertain(_ reason: String, code: Int? = nil, parts: [String] = []) throws -> Event {
    try record.makes(
      DeliveryUncertain.self, by: stage, key: record.event.key, facts: problem(reason, code, parts),
      at: context.now)
  }

  private func problem(_ reason: String, _ code: Int?, _ parts: [String]) -> DeliveryProblem {
    DeliveryProblem(
      conversation: target.conversation, message: message.id, connection: target.connection,
      channel: target.channel, reason: reason, code: code, attempts: attempts,
      parts: parts.isEmpty ? nil : parts, resends: resends == 0 ? nil : resends)
  }
}
